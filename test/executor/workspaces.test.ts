// Workspaces with real git repositories: isolation, what counts as the result, and repositories or agents that mean harm.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type BenchOptions, git, makeRepo, openBench, repoAt } from "../support/fake-link-executor.ts";

/** A bench whose agent `sh` runs this script in the workspace. */
const withScript = (script: string, more: BenchOptions = {}): Promise<Awaited<ReturnType<typeof openBench>>> =>
  openBench({ ...more, agents: { sh: { kind: "command", command: ["sh", "-c", script] } } });
const mission = (id: string, repo: string, more: object = {}): { mission_id: string } => ({
  ...{ mission_id: id, objective: "go", agents: ["sh"], workspace: repoAt(repo) },
  ...more,
});

test("a dirty repository is left as it is, and the mission works from the commit", async () => {
  await using bench = await withScript("cat README.md > seen.txt");
  const repo = makeRepo(bench.folder);
  writeFileSync(join(repo, "README.md"), "edited by a person\n");
  writeFileSync(join(repo, "untracked.txt"), "mine\n");
  bench.start();
  await bench.link.dispatch(mission("m-1", repo));
  await bench.link.end("m-1");
  expect(git(repo, "show", "refs/heads/aiwg/m-1:seen.txt")).toBe("hello");
  expect(readFileSync(join(repo, "README.md"), "utf8")).toBe("edited by a person\n");
  expect(git(repo, "status", "--porcelain")).toBe("M README.md\n?? untracked.txt");
  expect(git(repo, "branch", "--show-current")).toBe("main");
});

test("a repository without commits, a missing base and a missing folder fail the mission with git's words", async () => {
  await using bench = await withScript("true");
  const repo = makeRepo(bench.folder);
  const empty = join(bench.folder, "empty");
  git(bench.folder, "init", "-q", empty);
  bench.start();
  await bench.link.dispatch(mission("m-1", empty));
  await bench.link.dispatch(mission("m-2", repo, { workspace: { ...repoAt(repo), base: "no-such-thing" } }));
  await bench.link.dispatch(mission("m-3", join(bench.folder, "nowhere")));
  await bench.link.dispatch(mission("m-4", repo, { workspace: { ...repoAt(repo), subdir: "not/there" } }));
  const failure = async (id: string): Promise<unknown> => (await bench.link.end(id)).data;
  expect(await failure("m-1")).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/has no commits: git rev-parse: fatal: /) });
  expect(await failure("m-2")).toMatchObject({
    reason: "workspace_failed",
    error: expect.stringMatching(/base no-such-thing is not a commit .*git rev-parse: fatal: /),
  });
  expect(await failure("m-3")).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/does not exist on this host/) });
  expect(await failure("m-4")).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/not\/there does not exist/) });
});

test("nothing that an agent plants in .git runs in our name, and its work is still taken", async () => {
  const bench = await withScript(`
    evil="$PWD/../../evil.sh"
    git config core.fsmonitor "$evil"; git config core.hooksPath "$PWD/hooks"; git config filter.x.clean "$evil"; git config filter.x.smudge "$evil"
    git config core.sshCommand "$evil"; git config uploadpack.packObjectsHook "$evil"; git config gc.auto 1; git config commit.gpgsign true; git config gpg.program "$evil"
    mkdir -p hooks .git/hooks .git/info; for h in pre-commit post-commit reference-transaction post-index-change post-checkout; do cp "$evil" hooks/$h; cp "$evil" .git/hooks/$h; done
    echo '* filter=x' > .git/info/attributes; echo '* filter=x' > .gitattributes
    mkdir ../elsewhere; echo "../../elsewhere" > .git/commondir
    echo changed > work.txt; git init -q nested; git -C nested config core.fsmonitor "$evil"; echo inner > nested/file
    touch .git/index.lock; rm -f .git/HEAD.lock
  `);
  await using _ = bench;
  const repo = makeRepo(bench.folder);
  writeFileSync(join(bench.folder, "evil.sh"), `#!/bin/sh\ntouch ${bench.folder}/EVIL\ncat\n`);
  chmodSync(join(bench.folder, "evil.sh"), 0o755);
  bench.start();
  await bench.link.dispatch(mission("m-1", repo));
  expect(await bench.link.end("m-1")).toMatchObject({ event: "mission.completed" });
  expect(git(repo, "show", "refs/heads/aiwg/m-1:work.txt")).toBe("changed");
  expect(existsSync(join(bench.folder, "EVIL"))).toBe(false);
});

test("what counts is what lies in the folder, whatever branch, index or commits the agent left", async () => {
  await using bench = await withScript(
    "git checkout -q -b mine; echo a > a; git add a; git -c user.name=x -c user.email=x@x commit -qm agent; echo b > b; git add b; echo c > b; rm README.md; git checkout -q --detach",
  );
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch(mission("m-1", repo));
  await bench.link.end("m-1");
  expect(git(repo, "ls-tree", "--name-only", "refs/heads/aiwg/m-1").split("\n")).toEqual(["a", "b"]);
  expect(git(repo, "show", "refs/heads/aiwg/m-1:b")).toBe("c");
  expect(git(repo, "log", "--format=%s", "refs/heads/aiwg/m-1").split("\n")).toEqual(["go", "agent", "first"]);
});

test("with --repo-root other repositories are refused, also by link and by url", async () => {
  const bench = await openBench();
  await using _ = bench;
  mkdirSync(join(bench.folder, "allowed"));
  const inside = makeRepo(join(bench.folder, "allowed"));
  const outside = makeRepo(bench.folder, "outside");
  symlinkSync(outside, join(bench.folder, "allowed", "link"));
  bench.start({ repoRoots: [join(bench.folder, "allowed")] });
  const dispatch = (id: string, workspace: object): Promise<void> => bench.link.dispatch({ mission_id: id, objective: "say x", agents: ["fake"], workspace });
  await dispatch("m-1", repoAt(outside));
  await dispatch("m-2", repoAt(join(bench.folder, "allowed", "link")));
  await dispatch("m-3", repoAt(join(bench.folder, "allowed", "..", "outside")));
  await dispatch("m-4", { repo: { url: `file://${outside}` } });
  await dispatch("m-5", { repo: { url: "https://example.invalid/x.git" } });
  await dispatch("m-6", { repo: { path: inside, host_id: "h-other" } });
  await dispatch("m-7", repoAt(inside));
  for (const id of ["m-1", "m-2", "m-3", "m-4", "m-5", "m-6"]) expect((await bench.link.end(id)).event).toBe("mission.rejected");
  expect((await bench.link.end("m-7")).event).toBe("mission.completed");
});

test("a repository given by url is cloned, from any base", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  git(repo, "branch", "side");
  bench.start();
  const workspace = { repo: { url: `file://${repo}` }, base: "side" };
  await bench.link.dispatch({ mission_id: "m-1", objective: "edit x.txt x", agents: ["fake"], workspace });
  const end = await bench.link.end("m-1");
  expect(end).toMatchObject({ event: "mission.completed", data: { branch: "aiwg/m-1" } });
  expect(git(String(end.data?.["workspace"]), "show", `${String(end.data?.["commit"])}:x.txt`)).toBe("x");
});

test("a subfolder that the agent turns into a link out of the workspace is not entered", async () => {
  await using bench = await withScript("cd .. && rm -rf sub && ln -s / sub");
  const repo = makeRepo(bench.folder);
  mkdirSync(join(repo, "sub"));
  writeFileSync(join(repo, "sub", "f"), "x\n");
  git(repo, "add", "-A");
  git(repo, "commit", "-qm", "sub");
  bench.start();
  await bench.link.dispatch(mission("m-1", repo, { workspace: { ...repoAt(repo), subdir: "sub" }, checks: [{ run: "true" }] }));
  expect((await bench.link.end("m-1")).data).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/leads out of the workspace/) });
});

test("a resume that names a folder elsewhere is not followed", async () => {
  await using bench = await openBench();
  const elsewhere = join(bench.folder, "elsewhere");
  mkdirSync(elsewhere);
  bench.start();
  await bench.link.dispatch({ mission_id: "m-1", objective: "edit x.txt x", agents: ["fake"], resume: { workspace: elsewhere, session_id: null } });
  await bench.link.end("m-1");
  expect(existsSync(join(elsewhere, "x.txt"))).toBe(false);
  expect(existsSync(join(bench.folder, "workspaces", "m-1", "x.txt"))).toBe(true);
});

function transcriptOf(folder: string, name: string): string {
  const own = join(folder, "executor", "ids", "e-1");
  const serve = readdirSync(own).find((entry) => entry.startsWith("serve-")) ?? "";
  return readFileSync(join(own, serve, "runs", name), "utf8");
}

test("secrets that an agent prints are in no file, no frame and no report", async () => {
  const secret = 's3cr3t/value+with="odd" chars';
  const bench = await openBench({
    agents: {
      sh: {
        kind: "command",
        command: [
          "sh",
          "-c",
          `echo "$MY_TOKEN"; printf %s "$MY_TOKEN" | base64 -w0; echo; printf 'x%s' "$MY_TOKEN" | base64 -w0; echo; printf %s "$MY_TOKEN" | od -An -tx1 | tr -d ' \\n'; echo; for i in 1 2 3; do printf s3cr3t/val; sleep 0.1; printf 'ue+with="odd" chars'; done; echo "$MY_TOKEN" >&2`,
        ],
        env: { MY_TOKEN: secret },
      },
    },
  });
  await using _ = bench;
  bench.start();
  await bench.link.dispatch({ mission_id: "m-1", objective: "x", agents: ["sh"], checks: [{ run: "true" }] });
  await bench.link.end("m-1");
  const shown = JSON.stringify(bench.link.frames) + transcriptOf(bench.folder, "m-1.1.log");
  expect(shown).toContain("[redacted]");
  for (const part of [
    secret,
    "s3cr3t/val",
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64").slice(0, 30),
    Buffer.from(secret).toString("hex"),
  ]) {
    expect(shown).not.toContain(part);
  }
});
