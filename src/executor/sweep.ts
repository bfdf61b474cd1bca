// After a crash of the executor: ends what is left of its runs, before anything is told to serve. Must not know the link.
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../core/node/log.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import type { Inbox, StoredRun } from "./inbox.ts";
import { bootId, endRun } from "./process-tree.ts";

const GRACE_MS = 1_000;

async function sweepRun(run: StoredRun, inbox: Inbox, clock: Clock, log: Log): Promise<void> {
  const ref = { mission_id: run.mission_id, attempt: run.attempt };
  if (run.marker !== null && run.boot === bootId()) {
    const left = await endRun({ leader: run.leader ?? undefined, marker: run.marker }, GRACE_MS);
    // Not forgotten: as long as something of it lives, serve must not hear that it is lost.
    if (left.length > 0) return log.error({ ...ref, pids: left }, "processes of an earlier run cannot be ended");
  }
  // Nothing was started, and a mission that may not be run again by itself would be held for nothing: give it back.
  if (run.phase === "accepted" && run.on_lost !== "retry") {
    await inbox.report(ref, "mission.rejected", rfc3339(clock.now()), { reason: "the executor restarted before the agent was started" }, { phase: "ended" });
    return;
  }
  log.info({ ...ref }, "a run of an earlier process was ended");
  await inbox.patch(ref, { phase: "ended" });
}

const STALE_MS = 86_400_000;

/** Removes what a killed executor left of its work beside workspaces; other executors share the folder, so only what is a day old. */
export function sweepScratch(dir: string, now: number): void {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) {
    const stat = lstatSync(join(dir, name), { throwIfNoEntry: false });
    if (stat && now - stat.mtimeMs > STALE_MS) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

/** Resolves when no process of any unfinished run is left. */
export async function sweepRuns(inbox: Inbox, clock: Clock, log: Log): Promise<void> {
  await Promise.all(inbox.open().map((run) => sweepRun(run, inbox, clock, log)));
}
