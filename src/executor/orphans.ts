// Processes of runs whose executor is gone: found by the mark they inherited and the inbox that holds it. Must not touch others.
import { isAlive } from "../core/node/processes.ts";
import type { RunRef } from "../mission/wire/frames.ts";
import { openRuns } from "./open-runs.ts";
import { bootId, endRun, type Tree, treeMembers } from "./process-tree.ts";
import type { WorkspaceDirs } from "./workspace-record.ts";

export type Orphan = RunRef & { readonly executorId: string; readonly pids: readonly number[]; readonly tree: Tree };

/** Runs that nobody attends and of which processes are alive. A supervisor ends its run by itself within seconds. */
export function findOrphans(dirs: WorkspaceDirs): Orphan[] {
  const boot = bootId();
  return openRuns(dirs).flatMap(({ executorId, mission_id, attempt, isAttended, marker, leader, boot: started }) => {
    if (isAttended || marker === null || started !== boot) return [];
    const tree = { leader, marker };
    const pids = [...(leader && isAlive(leader) ? [leader.pid] : []), ...treeMembers(tree)];
    return pids.length === 0 ? [] : [{ executorId, mission_id, attempt, pids, tree }];
  });
}

/** Ends them (TERM, after `graceMs` KILL); resolves with the pids that could not be ended. */
export async function endOrphans(orphans: readonly Orphan[], graceMs = 2_000): Promise<number[]> {
  return (await Promise.all(orphans.map(({ tree }) => endRun(tree, graceMs)))).flat();
}
