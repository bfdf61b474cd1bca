// The diff of a workspace as serve asks for it: of running and ended missions, against hostile repositories, without secrets, bounded.
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bench, type BenchOptions, git, makeRepo, openBench, repoAt } from "../support/fake-link-executor.ts";

const withScript = (script: string, more: BenchOptions = {}): Promise<Bench> =>
  openBench({ ...more, agents: { sh: { kind: "command", command: ["sh", "-c", script] } } });

/** Asks and waits for the next answer. */
async function diffOf(bench: Bench, id: string): Promise<string> {
  const before = bench.link.frames.length;
  bench.link.send({ event: "mission.diff", mission_id: id, attempt: 1 });
  const frame = await bench.link.until(
    () => bench.link.frames.slice(before).find((found) => found.event === "mission.diff" && found.mission_id === id),
    `a diff of ${id}`,
  );
  return frame.event === "mission.diff" ? frame.data.text : "";
}

test("the diff shows edits, commits and new files of a running mission, and of an ended one as long as its workspace is there", async () => {
  await using bench = await withScript(
    "echo more >> README.md; git -c user.name=x -c user.email=x@x commit -qam mine; mkdir sub; echo new > sub/new.txt; echo ready; while [ ! -e ../../go ]; do sleep 0.05; done",
  );
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "d:1", objective: "go", agents: ["sh"], workspace: repoAt(repo) });
  await bench.link.until(() => bench.link.log("d:1").includes("ready"), "the agent's work");
  const running = await diffOf(bench, "d:1");
  expect(running).toMatch(/^diff --git a\/README.md b\/README.md\n(?:.*\n)+? hello\n\+more\n/);
  expect(running).toContain("\n+++ b/sub/new.txt\n@@ -0,0 +1 @@\n+new\n");
  writeFileSync(join(bench.folder, "go"), "");
  const end = await bench.link.end("d:1");
  expect(await diffOf(bench, "d:1")).toBe(running);
  rmSync(String(end.data?.["workspace"]), { recursive: true });
  expect(await diffOf(bench, "d:1")).toMatch(/^# there is no workspace of mission d:1/);
  expect(await diffOf(bench, "never-was")).toMatch(/^# there is no workspace/);
});

test("a mission without a repository shows its files, and one without changes shows nothing", async () => {
  await using bench = await withScript("[ $AIWG_MISSION_ID = d-2 ] || echo a > a.txt");
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "d-1", objective: "go", agents: ["sh"] });
  await bench.link.dispatch({ mission_id: "d-2", objective: "go", agents: ["sh"], workspace: repoAt(repo) });
  for (const id of ["d-1", "d-2"]) await bench.link.end(id);
  expect(await diffOf(bench, "d-1")).toContain("+++ b/a.txt\n");
  expect(await diffOf(bench, "d-2")).toBe("");
});

test("nothing that an agent plants in .git runs for a diff, also while the agent is at work", async () => {
  await using bench = await withScript(`
    evil="$PWD/../../evil.sh"; git config core.fsmonitor "$evil"; git config diff.external "$evil"; git config diff.x.textconv "$evil"; git config filter.x.clean "$evil"
    mkdir -p .git/info; echo '* filter=x diff=x' > .git/info/attributes; echo '* filter=x diff=x' > .gitattributes; echo changed > README.md
    git init -q nested; git -C nested config core.fsmonitor "$evil"; echo inner > nested/file
    mv .git .hidden; ln -s .hidden .git; echo ready; while [ ! -e ../../go ]; do sleep 0.05; done; rm .git; mv .hidden .git`);
  const repo = makeRepo(bench.folder);
  writeFileSync(join(bench.folder, "evil.sh"), `#!/bin/sh\ntouch ${bench.folder}/EVIL\ncat\n`);
  chmodSync(join(bench.folder, "evil.sh"), 0o755);
  bench.start();
  await bench.link.dispatch({ mission_id: "d-1", objective: "go", agents: ["sh"], workspace: repoAt(repo) });
  await bench.link.until(() => bench.link.log("d-1").includes("ready"), "the agent's work");
  expect(await diffOf(bench, "d-1")).toContain("-hello\n+changed\n");
  writeFileSync(join(bench.folder, "go"), "");
  await bench.link.end("d-1");
  expect(await diffOf(bench, "d-1")).toContain("-hello\n+changed\n");
  expect(existsSync(join(bench.folder, "EVIL"))).toBe(false);
});

test("a diff shows no secret, in a restarted executor neither, and says so where it cannot know them any more", async () => {
  const secret = "s3cr3t/of-the-file-0123456789";
  await using bench = await withScript('echo "key=$DEPLOY_KEY" > config; printf %s "$DEPLOY_KEY$DEPLOY_KEY$DEPLOY_KEY" | base64 > encoded');
  const file = join(bench.folder, "secrets.env");
  writeFileSync(file, `DEPLOY_KEY=${secret}\n`, { mode: 0o600 });
  const executor = bench.start();
  await bench.link.dispatch({ mission_id: "d-1", objective: "go", agents: ["sh"], secrets: ["DEPLOY_KEY"] });
  await bench.link.end("d-1");
  const text = await diffOf(bench, "d-1");
  expect(text).toContain("+key=[redacted]\n");
  await executor.stop();
  bench.start();
  const connections = bench.link.connections();
  await bench.link.until(() => bench.link.connections() >= connections && bench.link.isConnected(), "a link");
  expect(await diffOf(bench, "d-1")).toBe(text);
  expect(JSON.stringify(bench.link.frames)).not.toContain(secret.slice(0, 12));
  expect(text.replaceAll(/\n\+/g, "")).not.toContain(Buffer.from(secret).toString("base64").slice(4, 30));
  rmSync(file);
  expect(await diffOf(bench, "d-1")).toMatch(/^# not shown, .*no secret DEPLOY_KEY/);
});

test("a long diff is cut visibly, and a file that is too large is named instead", async () => {
  await using bench = await withScript(
    `yes "a line of text that is not short" | head -c 3000000 > long.txt; head -c 5000000 /dev/zero > zeros.bin; printf '\\001%.0s' $(seq 1 20) > control`,
  );
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "d-1", objective: "go", agents: ["sh"], workspace: repoAt(repo) });
  await bench.link.end("d-1");
  const text = await diffOf(bench, "d-1");
  expect(text).toMatch(/^# left out, larger than 4 MiB: zeros.bin\n/);
  expect(text).toMatch(/\n# \[diff cut after 51\d KiB of \d+ KiB\]\n$/);
  expect(Buffer.byteLength(text)).toBeLessThan(520 * 1024);
});

test("what was made before a pause or a graceful stop is a commit in the repository, and the workspace's own git is as it was", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  const executor = bench.start();
  const objective = "1: edit first.txt one\n1: think 500ms\n2: edit second.txt two\n2: hang";
  await bench.link.dispatch({ mission_id: "s-1", objective, agents: ["fake"], checks: [{ run: "false" }], workspace: repoAt(repo) });
  await bench.link.report("s-1", "mission.started");
  bench.link.send({ event: "mission.pause", mission_id: "s-1", attempt: 1 });
  const paused = await bench.link.report("s-1", "mission.paused");
  expect(git(repo, "ls-tree", "--name-only", String(paused.data?.["commit"])).split("\n")).toEqual(["README.md", "first.txt"]);
  bench.link.send({ event: "mission.resume", mission_id: "s-1", attempt: 1 });
  await bench.link.until(() => existsSync(join(bench.folder, "workspaces", "s-1", "second.txt")), "the second turn");
  await executor.stop();
  const end = await bench.link.end("s-1");
  expect(end).toMatchObject({ event: "mission.suspended", data: { branch: "aiwg/s-1", commit: git(repo, "rev-parse", "refs/heads/aiwg/s-1") } });
  expect(git(repo, "log", "--format=%s", "refs/heads/aiwg/s-1").split("\n")).toHaveLength(3);
  const { workspace, commit } = end.data ?? {};
  expect(git(String(workspace), "status", "--porcelain").split("\n")).toEqual(["?? first.txt", "?? second.txt"]);
  // Elsewhere: another executor, another workspace, from that commit.
  bench.start({ executorId: "e-2" });
  await bench.link.until(() => bench.link.registrations.length === 2 && bench.link.isConnected(), "another executor");
  const elsewhere = { ...repoAt(repo), base: commit };
  await bench.link.dispatch({ mission_id: "s-1", objective: "edit third.txt three", agents: ["fake"], workspace: elsewhere }, 3);
  const done = await bench.link.end("s-1", 3);
  expect(done.event).toBe("mission.completed");
  expect(done.data?.["workspace"]).not.toBe(workspace);
  expect(git(repo, "ls-tree", "--name-only", "refs/heads/aiwg/s-1").split("\n")).toEqual(["README.md", "first.txt", "second.txt", "third.txt"]);
});

test("an executor without a usable git refuses missions with a repository, and runs others", async () => {
  await using bench = await openBench({ env: { PATH: "/nonexistent" } });
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "g-1", objective: "say x", agents: ["fake"], workspace: repoAt(repo) });
  await bench.link.dispatch({ mission_id: "g-2", objective: "say x", agents: ["fake"] });
  expect((await bench.link.end("g-2")).event).toBe("mission.completed");
  expect(await bench.link.end("g-1")).toMatchObject({
    event: "mission.rejected",
    data: { reason: expect.stringMatching(/^git was not found on PATH: .*2\.38/) },
  });
});

test("a git that is too old is named with its version", async () => {
  await using bench = await openBench({ env: { PATH: "" } });
  const path = join(bench.folder, "git");
  writeFileSync(path, "#!/bin/sh\necho git version 2.30.1\n");
  chmodSync(path, 0o755);
  bench.start({ env: { ...process.env, PATH: bench.folder } });
  await bench.link.dispatch({ mission_id: "g-1", objective: "say x", agents: ["fake"], workspace: repoAt(makeRepo(bench.folder)) });
  expect((await bench.link.end("g-1")).data).toMatchObject({ reason: expect.stringMatching(/^git 2\.30\.1 is too old/) });
});
