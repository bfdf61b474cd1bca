// A lock between processes that the operating system frees when its holder dies, however it dies.
// SQLite's file locks are used for it, since Node has none; the holder's name lies in a file beside. Must not know what is guarded.
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { AiwgError } from "../errors.ts";
import { parseJson } from "../json.ts";
import { makePrivateDir, readIfExists, writeFileAtomic } from "./fs.ts";
import { SQLITE, sqliteCode, sqliteError } from "./sqlite.ts";

export type LockHolder = { readonly pid: number; readonly what: string; readonly since: string };
export type Lock = { release(): void };

// A lock belongs to the process: without this a caller that drops its Lock would lose it to the garbage collector.
const held = new Set<DatabaseSync>();

const holderFile = (path: string): string => `${path}.json`;

/** Who says to hold the lock at `path`; undefined if nobody wrote a name. */
export function lockHolder(path: string): LockHolder | undefined {
  const value = parseJson(readIfExists(holderFile(path)) ?? "")?.value;
  return typeof value === "object" && value !== null && "pid" in value ? (value as LockHolder) : undefined;
}

/** Takes the lock at `path` or throws `lock_held`, naming the holder; `store_unavailable` or `output_failed` where the disk is full. `what` says for whom, e.g. "bridge of queue.db". */
export function takeLock(path: string, what: string, now: number): Lock {
  makePrivateDir(dirname(path));
  let db: DatabaseSync | undefined;
  try {
    // Whoever only asks whether it is held (isLocked) holds it for a moment.
    db = new DatabaseSync(path, { timeout: 300 });
    db.exec("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    db?.close();
    if (sqliteCode(error) !== SQLITE.BUSY) throw sqliteError(error, path, "lock file");
    const holder = lockHolder(path);
    throw new AiwgError("lock_held", holder ? `${what} is held by process ${holder.pid} (since ${holder.since})` : `${what} is held by another process`, {
      hint: holder ? `Stop process ${holder.pid} first, or work through it.` : "Stop the other process first.",
    });
  }
  const handle = db;
  try {
    writeFileAtomic(holderFile(path), JSON.stringify({ pid: process.pid, what, since: new Date(now).toISOString() } satisfies LockHolder));
  } catch (error) {
    handle.close();
    throw error;
  }
  held.add(handle);
  return {
    release() {
      rmSync(holderFile(path), { force: true });
      held.delete(handle);
      handle.close();
    },
  };
}

/** True if some process holds the lock now. */
export function isLocked(path: string): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0, readOnly: false });
    db.exec("BEGIN EXCLUSIVE; ROLLBACK");
    return false;
  } catch (error) {
    return sqliteCode(error) === SQLITE.BUSY;
  } finally {
    db?.close();
  }
}
