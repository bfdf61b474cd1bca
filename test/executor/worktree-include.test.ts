// .worktreeinclude: ignored files that a repository wants in its workspaces come only with the user's word, and never from or to elsewhere.
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { grantConsents, hasConsent } from "../../src/core/node/consent.ts";
import { readWorktreeInclude } from "../../src/executor/worktree-include.ts";
import { type Bench, git, makeRepo, openBench, repoAt } from "../support/fake-link-executor.ts";

function makeIncluding(bench: Bench, patterns: string): string {
  const repo = makeRepo(bench.folder);
  writeFileSync(join(repo, ".gitignore"), ".env\nconf/\nlinks/\n");
  mkdirSync(join(repo, "conf"));
  writeFileSync(join(repo, ".worktreeinclude"), patterns);
  writeFileSync(join(repo, ".env"), "SETTING=1\n", { mode: 0o640 });
  writeFileSync(join(repo, "conf", "local.ini"), "local\n");
  writeFileSync(join(repo, "conf", "other.ini"), "other\n");
  writeFileSync(join(repo, "untracked.txt"), "not ignored\n");
  git(repo, "add", ".gitignore", ".worktreeinclude");
  git(repo, "commit", "-qm", "include");
  return repo;
}

function agree(bench: Bench, repo: string): void {
  const include = readWorktreeInclude(repo);
  if (include) grantConsents(join(bench.folder, "consent.json"), [{ ...include, what: ".worktreeinclude" }], Date.now());
}

const summaries = (bench: Bench, id: string): unknown[] =>
  bench.link.reports(id).flatMap((frame) => (frame.event === "mission.progress" && frame.data?.phase === "workspace" ? [frame.data.summary] : []));
const mission = (id: string, repo: string, base = "main") => ({
  ...{ mission_id: id, objective: "edit made.txt x", agents: ["fake"] },
  workspace: { ...repoAt(repo), base },
});

test("without the user's word nothing is brought, and the mission says so", async () => {
  await using bench = await openBench();
  const repo = makeIncluding(bench, ".env\n");
  bench.start();
  await bench.link.dispatch(mission("i-1", repo));
  await bench.link.end("i-1");
  expect(summaries(bench, "i-1")).toEqual([".worktreeinclude was not brought: nobody on this machine has agreed to its present content"]);
  expect(existsSync(join(bench.folder, "workspaces", "i-1", ".env"))).toBe(false);
  // A word for another content is none for this one.
  agree(bench, repo);
  writeFileSync(join(repo, ".worktreeinclude"), ".env\nconf/\n");
  await bench.link.dispatch(mission("i-2", repo));
  await bench.link.end("i-2");
  expect(existsSync(join(bench.folder, "workspaces", "i-2", ".env"))).toBe(false);
});

test("with it, ignored files that it names are brought with their modes, and are never committed or shown", async () => {
  await using bench = await openBench();
  const repo = makeIncluding(bench, ".env\nconf/*\n!conf/other.ini\nuntracked.txt\nREADME.md\n");
  agree(bench, repo);
  // Ignored only here, so that the commit's own .gitignore would not keep it out of a result.
  writeFileSync(join(repo, ".git", "info", "exclude"), "/odd name [1].key\n".replace("[1]", "\\[1\\]"));
  writeFileSync(join(repo, "odd name [1].key"), "odd\n");
  writeFileSync(join(repo, ".worktreeinclude"), `${readFileSync(join(repo, ".worktreeinclude"), "utf8")}*.key\n`);
  agree(bench, repo);
  bench.start();
  await bench.link.dispatch(mission("i-1", repo));
  expect((await bench.link.end("i-1")).event).toBe("mission.completed");
  expect(summaries(bench, "i-1")).toEqual(["brought 3 ignored files that .worktreeinclude names"]);
  const root = join(bench.folder, "workspaces", "i-1");
  expect(readFileSync(join(root, ".env"), "utf8")).toBe("SETTING=1\n");
  expect(statSync(join(root, ".env")).mode & 0o777).toBe(0o640);
  expect([join(root, "conf", "local.ini"), join(root, "conf", "other.ini"), join(root, "untracked.txt")].map((path) => existsSync(path))).toEqual([
    true,
    false,
    false,
  ]);
  expect(git(root, "status", "--porcelain")).toBe("?? made.txt");
  expect(git(repo, "diff", "--name-only", "main", "refs/heads/aiwg/i-1")).toBe("made.txt");
  bench.link.send({ event: "mission.diff", mission_id: "i-1", attempt: 1 });
  const diff = await bench.link.until(() => bench.link.frames.find((frame) => frame.event === "mission.diff"), "a diff");
  expect(JSON.stringify(diff.data)).not.toMatch(/SETTING|odd/);
});

test("links lead neither out of the repository nor out of the workspace", async () => {
  await using bench = await openBench();
  const repo = makeIncluding(bench, "links/\nconf/\n");
  const outside = join(bench.folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "private.txt"), "private\n");
  mkdirSync(join(repo, "links"));
  symlinkSync(join(outside, "private.txt"), join(repo, "links", "file"));
  symlinkSync(outside, join(repo, "links", "folder"));
  // In the commit, the folder that is brought is a link to elsewhere.
  git(repo, "checkout", "-q", "-b", "trap");
  git(repo, "rm", "-q", "--cached", ".gitignore");
  writeFileSync(join(bench.folder, "target"), outside);
  const id = git(repo, "hash-object", "-w", join(bench.folder, "target"));
  git(repo, "update-index", "--add", "--cacheinfo", `120000,${id},conf`);
  git(repo, "commit", "-qm", "trap");
  git(repo, "symbolic-ref", "HEAD", "refs/heads/main");
  git(repo, "read-tree", "main");
  agree(bench, repo);
  bench.start();
  await bench.link.dispatch(mission("i-1", repo, "trap"));
  await bench.link.end("i-1");
  expect(existsSync(join(outside, "local.ini"))).toBe(false);
  expect(existsSync(join(bench.folder, "workspaces", "i-1", "links"))).toBe(false);
  expect(summaries(bench, "i-1")).toEqual(["brought 0 ignored files that .worktreeinclude names; 2 could not be put in place"]);
});

test("a consent counts for one project and one content, and is remembered once", async () => {
  await using bench = await openBench();
  const file = join(bench.folder, "consent.json");
  const consent = { project: "/p", hash: "a".repeat(64), what: "x" };
  expect(hasConsent(file, consent)).toBe(false);
  for (let i = 0; i < 2; i++) grantConsents(file, [consent], 0);
  grantConsents(file, [{ ...consent, project: "/q" }], 0);
  expect([hasConsent(file, consent), hasConsent(file, { ...consent, hash: "b" }), hasConsent(file, { ...consent, project: "/r" })]).toEqual([
    true,
    false,
    false,
  ]);
  expect((JSON.parse(readFileSync(file, "utf8")) as { granted: unknown[] }).granted).toHaveLength(2);
  expect(statSync(file).mode & 0o077).toBe(0);
});
