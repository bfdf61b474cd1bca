// What an agent can do to the git of its workspace and to the files in it, and the result that is taken all the same.
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bench, type BenchOptions, git, makeRepo, openBench, repoAt } from "../support/fake-link-executor.ts";

/** A bench whose agent `sh` runs this script in the workspace. */
const withScript = (script: string, more: BenchOptions = {}): Promise<Bench> =>
  openBench({ ...more, agents: { sh: { kind: "command", command: ["sh", "-c", script] } } });

/** The end of mission `id`, whose agent works in a clone of `repo`. */
async function endOf(bench: Bench, id: string, repo: string, more: object = {}) {
  await bench.link.dispatch({ mission_id: id, objective: "go", agents: ["sh"], workspace: repoAt(repo), ...more });
  return bench.link.end(id);
}

/** Pids of processes that work in a folder or below (Linux; elsewhere none are seen). */
function processesIn(folder: string): string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

const COMMIT = "git add -A; git -c user.name=x -c user.email=x@x commit -qm agent";
const HARM: Readonly<Record<string, string>> = {
  "a FIFO as HEAD": "rm .git/HEAD; mkfifo .git/HEAD",
  "a FIFO as packed-refs": "rm -f .git/packed-refs; mkfifo .git/packed-refs",
  "a FIFO as index": "rm .git/index; mkfifo .git/index",
  "a FIFO as config": "rm .git/config; mkfifo .git/config",
  "a FIFO among the objects":
    "mkdir -p .git/objects/aa; mkfifo .git/objects/aa/00000000000000000000000000000000000000; rm -f .git/objects/info/alternates; mkfifo .git/objects/info/alternates",
  "a ref that is locked": "mkdir -p .git/refs/heads/aiwg; touch .git/refs/heads/aiwg/m-1.lock .git/index.lock .git/HEAD.lock",
  "refs that lead elsewhere": "rm -rf .git/refs/heads; mkdir ../elsewhere; ln -s ../../../elsewhere .git/refs/heads",
  "objects that lead elsewhere": "mv .git/objects ../objects; ln -s ../../objects .git/objects",
  "an exclude file that hides all": "mkdir -p .git/info; echo '*' > .git/info/exclude",
  "a link as .git": "mv .git ../moved; ln -s ../moved .git",
  "a file as .git": "rm -rf .git; echo 'gitdir: /tmp' > .git",
  "no .git": "rm -rf .git",
  "a FIFO as .gitignore": "mkfifo .gitignore; mkdir sub; mkfifo sub/.gitattributes",
};

test.each(Object.entries(HARM))("%s costs no work, and no process of git stays", async (_, harm) => {
  await using bench = await withScript(`echo one > work.txt; ${COMMIT}; echo two >> work.txt; ${harm}`);
  const repo = makeRepo(bench.folder);
  bench.start();
  expect((await endOf(bench, "m-1", repo)).event).toBe("mission.completed");
  expect(git(repo, "show", "refs/heads/aiwg/m-1:work.txt")).toBe("one\ntwo");
  expect(git(repo, "show", "refs/heads/aiwg/m-1:README.md")).toBe("hello");
  expect(processesIn(bench.folder)).toEqual([]);
});

test.each(["abort", "stop"])(
  "a git of ours that takes too long when the work is kept ends with %s, and so does what it started",
  async (by) => {
    const bench = await withScript("echo '* filter=slow' > .gitattributes; echo 1 > work.txt", { env: { HOME: "/nonexistent" } });
    await using _ = bench;
    const home = join(bench.folder, "home");
    mkdirSync(home);
    writeFileSync(join(home, ".gitconfig"), `[filter "slow"]\n\tclean = "touch ${bench.folder}/slow; sleep 1000"\n`);
    const repo = makeRepo(bench.folder);
    const executor = bench.start({ env: { ...process.env, HOME: home } });
    await bench.link.dispatch({ mission_id: "m-1", objective: "go", agents: ["sh"], workspace: repoAt(repo) });
    await bench.link.until(() => existsSync(join(bench.folder, "slow")), "a slow git");
    if (by === "abort") {
      bench.link.send({ event: "mission.abort", mission_id: "m-1", attempt: 1, data: {} });
      expect((await bench.link.end("m-1")).event).toBe("mission.aborted");
    } else {
      await executor.stop();
      expect((await bench.link.end("m-1")).event).toBe("mission.suspended");
    }
    expect(processesIn(bench.folder)).toEqual([]);
  },
  60_000,
);

test("the agent's own commits are kept where its .git is as git made it, and where they are not that is said", async () => {
  await using bench = await withScript(`echo one > work.txt; ${COMMIT}; [ $AIWG_MISSION_ID = m-1 ] || { rm .git/HEAD; mkfifo .git/HEAD; }`);
  const repo = makeRepo(bench.folder);
  bench.start();
  await endOf(bench, "m-1", repo);
  expect(git(repo, "log", "--format=%s", "refs/heads/aiwg/m-1").split("\n")).toEqual(["agent", "first"]);
  const end = await endOf(bench, "m-2", repo);
  expect(git(repo, "log", "--format=%s", "refs/heads/aiwg/m-2").split("\n")).toEqual(["go", "first"]);
  expect(end.data?.["summary"]).toMatch(/the agent's own commits could not be read: its work is one commit/);
  expect(bench.link.log("m-2")).toMatch(/the agent's own commits could not be read/);
});

test("files become folders, folders become links, and what is neither is named and left as it was", async () => {
  await using bench = await withScript(`case $AIWG_MISSION_ID in
    m-1) rm -rf dir; ln -s tracked.txt dir;;
    m-2) rm tracked.txt; mkdir tracked.txt; echo 1 > tracked.txt/x;;
    m-3) rm tracked.txt; mkfifo tracked.txt; mkfifo fresh; echo new > new.txt;;
    m-4) printf a > "$(printf 'b\\377d')"; printf b > "$(printf 'line\\nbreak')";;
  esac`);
  const repo = makeRepo(bench.folder);
  mkdirSync(join(repo, "dir"));
  writeFileSync(join(repo, "dir", "k.txt"), "k\n");
  writeFileSync(join(repo, "tracked.txt"), "t\n");
  git(repo, "add", "-A");
  git(repo, "commit", "-qm", "more");
  bench.start();
  const end = async (id: string): Promise<unknown> => {
    const { event, data } = await endOf(bench, id, repo);
    return { event, summary: data?.["summary"] };
  };
  const changes = (id: string): string[] => git(repo, "diff", "--no-renames", "--name-status", "main", `refs/heads/aiwg/${id}`).split("\n");
  const fine = { event: "mission.completed", summary: null };
  expect(await end("m-1")).toEqual(fine);
  expect(changes("m-1")).toEqual(["A\tdir", "D\tdir/k.txt"]);
  expect(await end("m-2")).toEqual(fine);
  expect(changes("m-2")).toEqual(["D\ttracked.txt", "A\ttracked.txt/x"]);
  expect(await end("m-3")).toEqual({
    event: "mission.completed",
    summary: expect.stringMatching(/^not on the branch: fresh \(a special file\)\nnot on the branch: tracked.txt \(a special file\)$/m),
  });
  expect(changes("m-3")).toEqual(["A\tnew.txt"]);
  expect(bench.link.log("m-3")).toMatch(/── not on the branch: tracked.txt \(a special file\)\n/);
  expect(await end("m-4")).toEqual(fine);
  expect(changes("m-4")).toEqual(['A\t"b\\377d"', 'A\t"line\\nbreak"']);
});

test("a repository inside of the workspace is on the branch as plain files, and a submodule is named", async () => {
  await using bench = await withScript(
    `git init -q nested; echo inner > nested/file; git init -q empty; mkdir -p trap/.git/refs trap/.git/objects; mkfifo trap/.git/HEAD; echo t > trap/file; echo x > sub/changed`,
  );
  const repo = makeRepo(bench.folder);
  git(repo, "update-index", "--add", "--cacheinfo", `160000,${git(repo, "rev-parse", "HEAD")},sub`);
  git(repo, "commit", "-qm", "submodule");
  bench.start();
  const end = await endOf(bench, "m-1", repo, { checks: [{ run: "test -f nested/file" }] });
  expect(end).toMatchObject({ event: "mission.completed", data: { verified: true } });
  expect(git(repo, "ls-tree", "-r", "--name-only", "refs/heads/aiwg/m-1").split("\n")).toEqual(["README.md", "nested/file", "sub", "trap/file"]);
  expect(String(end.data?.["summary"]).split("\n").toSorted()).toEqual([
    "not on the branch: sub/ (a submodule)",
    "on the branch as plain files, without its history: nested/ (a repository of its own)",
    "on the branch as plain files, without its history: trap/ (a repository of its own)",
  ]);
});

test("what git ignores stays away, unless it was tracked", async () => {
  await using bench = await withScript("echo 2 > kept.log; echo 2 > other.log; mkdir -p out/deep; echo 3 > out/deep/x; echo 3 > out/was");
  const repo = makeRepo(bench.folder);
  mkdirSync(join(repo, "out"));
  for (const name of ["kept.log", "out/was"]) writeFileSync(join(repo, name), "1\n");
  writeFileSync(join(repo, ".gitignore"), "*.log\nout/\n");
  git(repo, "add", "-Af");
  git(repo, "commit", "-qm", "more");
  bench.start();
  expect((await endOf(bench, "m-1", repo)).event).toBe("mission.completed");
  expect(git(repo, "diff", "--name-status", "main", "refs/heads/aiwg/m-1").split("\n")).toEqual(["M\tkept.log", "M\tout/was"]);
});

test("a branch named aiwg and a path with a line break are refused before the agent begins, in words that help", async () => {
  await using bench = await withScript("touch ../../began");
  const taken = makeRepo(bench.folder, "taken");
  git(taken, "branch", "aiwg");
  const broken = makeRepo(bench.folder, "line\nbreak");
  bench.start();
  const first = await endOf(bench, "m-1", taken);
  expect(first.data).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/has a branch named aiwg.*git branch -m aiwg/) });
  const second = await endOf(bench, "m-2", broken);
  expect(second.data).toMatchObject({ reason: "workspace_failed", error: expect.stringMatching(/has a line break in it/) });
  expect(existsSync(join(bench.folder, "began"))).toBe(false);
  expect(bench.link.log("m-1")).toMatch(/── failed \(workspace_failed\): .*has a branch named aiwg.*\n$/);
});

test("why an agent failed is the last line of its transcript", async () => {
  await using bench = await withScript("exit 7");
  bench.start();
  await bench.link.dispatch({ mission_id: "m-1", objective: "go", agents: ["sh"] });
  await bench.link.end("m-1");
  expect(bench.link.log("m-1")).toMatch(/── failed \(agent_failed\): the agent .*7.*\n$/);
});
