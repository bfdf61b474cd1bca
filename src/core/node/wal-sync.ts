// Commits of a WAL database made durable outside of COMMIT: with synchronous=NORMAL a commit only writes the log, and this
// flushes it, on another thread where the caller wants. Must not know who waits for it.
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Sync } from "./group-commit.ts";

/** So much log before SQLite moves it into the database, which takes two syncs and the event loop. */
const CHECKPOINT_BYTES = 4 * 1_024 * 1_024;

/**
 * Turns the database at `path` over to syncs of its own; it must have been written to, so that its log is there.
 * SQLite still syncs by itself when it begins the log anew and at checkpoints, so order and integrity stay its own.
 */
export function syncOutsideCommit(db: DatabaseSync, path: string): Sync & { readonly close: () => void } {
  // The log stays this file while the connection is open: it is rewound, never replaced. Locks are not held on it.
  const log = openSync(`${path}-wal`, "r+");
  const page = Number(Object.values(db.prepare("PRAGMA page_size").get() ?? {})[0]);
  db.exec(`PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=${Math.floor(CHECKPOINT_BYTES / page)}`);
  fdatasyncSync(log);
  return {
    now: () => fdatasyncSync(log),
    later: () => new Promise((resolve, reject) => fdatasync(log, (error) => (error ? reject(error) : resolve()))),
    close: () => closeSync(log),
  };
}
