// Reads, beside a running executor, which runs its inboxes hold as not ended. Must not change them.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isLocked } from "../core/node/lock.ts";
import type { ProcessId } from "../core/node/processes.ts";
import { sqliteError } from "../core/node/sqlite.ts";
import type { RunRef } from "../mission/wire/frames.ts";
import type { WorkspaceDirs } from "./workspace-record.ts";

export type OpenRun = RunRef & {
  readonly executorId: string;
  /** False: its executor was killed, and nobody has looked after the run since. */
  readonly isAttended: boolean;
  readonly marker: string | null;
  readonly leader: ProcessId | undefined;
  readonly boot: string | null;
};

type Row = { mission_id: string; attempt: number; marker: string | null; pid: number | null; start: string | null; boot: string | null };

function rowsOf(path: string): Row[] {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
    return db.prepare("SELECT mission_id, attempt, marker, pid, start, boot FROM run WHERE phase <> 'ended'").all() as Row[];
  } catch (error) {
    throw sqliteError(error, path, "executor inbox");
  } finally {
    db?.close();
  }
}

/** Every run of this user's executors that has not ended. Throws store_corrupt or the like where an inbox cannot be read. */
export function openRuns(dirs: WorkspaceDirs): OpenRun[] {
  const ids = join(dirs.executor, "ids");
  if (!existsSync(ids)) return [];
  return readdirSync(ids).flatMap((executorId) => {
    const home = join(ids, executorId);
    const lock = join(home, "lock");
    const isAttended = existsSync(lock) && isLocked(lock);
    const inboxes = readdirSync(home)
      .map((key) => join(home, key, "inbox.db"))
      .filter((path) => existsSync(path));
    return inboxes.flatMap(rowsOf).map(({ pid, start, ...row }): OpenRun => {
      const leader = pid === null || start === null ? undefined : { pid, start };
      return { executorId, isAttended, leader, ...row };
    });
  });
}
