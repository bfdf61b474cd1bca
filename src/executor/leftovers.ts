// Processes of runs whose executor is not running: normally none, since supervisors end theirs. Must not touch the runs of
// an executor that lives.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isLocked, takeLock } from "../core/node/lock.ts";
import type { Log } from "../core/node/log.ts";
import { isAlive } from "../core/node/processes.ts";
import type { Clock } from "../core/time.ts";
import { openInbox, type Inbox, type StoredRun } from "./inbox.ts";
import { bootId, treeMembers } from "./process-tree.ts";
import { sweepRuns } from "./sweep.ts";

export type Leftover = { readonly executor_id: string; readonly mission_id: string; readonly attempt: number; readonly pids: readonly number[] };

const homeOf = (executorDir: string): string => join(executorDir, "ids");
const lockOf = (executorDir: string, id: string): string => join(homeOf(executorDir), id, "lock");

function idsAtRest(executorDir: string): string[] {
  const home = homeOf(executorDir);
  return existsSync(home) ? readdirSync(home).filter((id) => existsSync(lockOf(executorDir, id)) && !isLocked(lockOf(executorDir, id))) : [];
}

async function eachInbox<T>(executorDir: string, id: string, work: (inbox: Inbox) => T | Promise<T>): Promise<T[]> {
  const home = join(homeOf(executorDir), id);
  const results: T[] = [];
  for (const key of readdirSync(home)) {
    const path = join(home, key, "inbox.db");
    if (!existsSync(path)) continue;
    const inbox = openInbox(path);
    try {
      results.push(await work(inbox));
    } finally {
      inbox.close();
    }
  }
  return results;
}

function pidsOf({ marker, leader, boot }: StoredRun): number[] {
  if (marker === null || boot !== bootId()) return [];
  const members = treeMembers({ leader: leader ?? undefined, marker });
  return leader !== null && isAlive(leader) ? [leader.pid, ...members] : members;
}

/** What still runs of executors that do not. Throws what opening an inbox throws. */
export async function findLeftovers(executorDir: string): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const executor_id of idsAtRest(executorDir)) {
    const runs = await eachInbox(executorDir, executor_id, (inbox) => inbox.open());
    for (const run of runs.flat()) {
      const pids = pidsOf(run);
      if (pids.length > 0) found.push({ executor_id, mission_id: run.mission_id, attempt: run.attempt, pids });
    }
  }
  return found;
}

/** Ends what is left of one executor, as its next start would. Throws lock_held if it has started meanwhile. */
export async function endLeftovers(executorDir: string, executorId: string, deps: { readonly clock: Clock; readonly log: Log }): Promise<void> {
  const lock = takeLock(lockOf(executorDir, executorId), `executor ${executorId}`, deps.clock.now());
  try {
    await eachInbox(executorDir, executorId, (inbox) => sweepRuns(inbox, deps.clock, deps.log));
  } finally {
    lock.release();
  }
}
