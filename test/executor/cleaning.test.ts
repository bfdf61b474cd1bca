// What mc clean and doctor are told of workspaces and left-over processes, and what they may remove.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endOrphans, findOrphans } from "../../src/executor/orphans.ts";
import { listWorkspaces, removeWorkspace } from "../../src/executor/workspace-list.ts";
import { type Bench, git, makeRepo, openBench, processesWith, repoAt } from "../support/fake-link-executor.ts";

const dirsOf = (bench: Bench) => ({ executor: join(bench.folder, "executor"), workspaces: join(bench.folder, "workspaces") });
const listed = async (bench: Bench, name: string) => (await listWorkspaces(dirsOf(bench), process.env)).find((entry) => entry.name === name);

test("workspaces are listed with what they hold, and removed unless a run is open in them", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  const dirs = dirsOf(bench);
  expect(await listWorkspaces(dirs, process.env)).toEqual([]);
  bench.start();
  const before = Date.now() - 1_000;
  await bench.link.dispatch({ mission_id: "w-done", objective: "edit a.txt a", agents: ["fake"], workspace: repoAt(repo) });
  await bench.link.dispatch({ mission_id: "w-plain", objective: "edit a.txt a", agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "W:open", objective: "edit a.txt a\nask Go on?", agents: ["fake"], workspace: repoAt(repo) });
  for (const id of ["w-done", "w-plain"]) await bench.link.end(id);
  await bench.link.report("W:open", "mission.hitl_required");
  mkdirSync(join(dirs.workspaces, "strange"));
  const done = await listed(bench, "w-done");
  expect(done).toMatchObject({ mission: "w-done", isOpen: false, branch: "aiwg/w-done", isFetched: true, isUncommitted: false });
  expect(done?.bytes).toBeGreaterThan(1_000);
  expect(done?.lastUsedAt).toBeGreaterThan(before);
  expect(await listed(bench, "w-plain")).toMatchObject({ mission: "w-plain", isOpen: false, branch: null, isFetched: null, isUncommitted: true });
  expect(await listed(bench, "strange")).toMatchObject({ mission: null, isUncommitted: null });
  const open = (await listWorkspaces(dirs, process.env)).find((entry) => entry.mission === "W:open");
  expect(open).toMatchObject({ isOpen: true, isFetched: false, isUncommitted: true });
  await expect(removeWorkspace(dirs, open?.name ?? "", process.env)).rejects.toMatchObject({ code: "state_conflict" });
  await expect(removeWorkspace(dirs, "../executor", process.env)).rejects.toMatchObject({ code: "not_found" });
  expect(existsSync(open?.path ?? "")).toBe(true);
  // Work after the branch was fetched; and a folder that cannot be written to is no obstacle.
  mkdirSync(join(done?.path ?? "", "cache"));
  writeFileSync(join(done?.path ?? "", "cache", "file"), "x");
  expect(await listed(bench, "w-done")).toMatchObject({ isUncommitted: true });
  chmodSync(join(done?.path ?? "", "cache"), 0o500);
  await removeWorkspace(dirs, "w-done", process.env);
  expect(existsSync(done?.path ?? "")).toBe(false);
  expect(git(repo, "show", "refs/heads/aiwg/w-done:a.txt")).toBe("a");
  expect(readdirSync(dirs.workspaces).toSorted()).toEqual([open?.name, "strange", "w-plain"].toSorted());
  expect(readdirSync(join(dirs.executor, "tmp"))).toEqual([]);
});

test("a workspace of a run whose executor was killed is kept, with its pinned base, until the executor was back", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  const dirs = dirsOf(bench);
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "w-1", objective: "edit a.txt a\nhang", agents: ["fake"], workspace: repoAt(repo) });
  await bench.link.until(() => existsSync(join(dirs.workspaces, "w-1", "a.txt")), "work");
  first.kill("SIGKILL");
  await once(first, "exit");
  await expect(removeWorkspace(dirs, "w-1", process.env)).rejects.toMatchObject({ code: "state_conflict" });
  expect(git(repo, "rev-parse", "refs/aiwg/w-1")).toBe(git(repo, "rev-parse", "main"));
  const connections = bench.link.connections();
  bench.spawn();
  await bench.link.until(() => bench.link.connections() > connections, "the executor again");
  expect(await listed(bench, "w-1")).toMatchObject({ isOpen: false, isFetched: false, isUncommitted: true });
  await removeWorkspace(dirs, "w-1", process.env);
  expect(git(repo, "for-each-ref", "refs/aiwg")).toBe("");
});

test("processes whose executor and supervisor are gone are found by their mark and ended; others are left alone", async () => {
  await using bench = await openBench();
  const dirs = dirsOf(bench);
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "o-1", objective: "hang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("o-1").includes("outside of the group"), "a deaf agent");
  const pid = processesWith("AIWG_MISSION_ID=o-1")[0] ?? 0;
  const mark = readFileSync(`/proc/${pid}/environ`, "latin1")
    .split("\0")
    .find((entry) => entry.startsWith("AIWG_RUN="));
  expect(findOrphans(dirs)).toEqual([]);
  // A stranger with a mark that no inbox of ours knows.
  const stranger: ChildProcess = spawn("sleep", ["1000"], { env: { AIWG_RUN: "of-another-home", PATH: process.env["PATH"] ?? "" } });
  try {
    const supervisor = processesWith(mark ?? "").find((found) => readFileSync(`/proc/${found}/cmdline`, "utf8").includes("supervisor-main"));
    // Stopped, so that neither can end the agent.
    first.kill("SIGSTOP");
    process.kill(supervisor ?? 0, "SIGKILL");
    first.kill("SIGKILL");
    await once(first, "exit");
    const orphans = findOrphans(dirs);
    expect(orphans).toMatchObject([{ executorId: "e-1", mission_id: "o-1", attempt: 1 }]);
    expect(orphans[0]?.pids.toSorted()).toEqual(processesWith(mark ?? "").toSorted());
    expect(await endOrphans(orphans, 200)).toEqual([]);
    expect(processesWith(mark ?? "")).toEqual([]);
    expect(findOrphans(dirs)).toEqual([]);
    expect(stranger.exitCode).toBeNull();
  } finally {
    stranger.kill("SIGKILL");
  }
});
