// Notices within milliseconds that another process wrote to the queue. A hint only: who is woken looks for itself, and a
// slow poll stands behind it. Must not read the file.
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";

/** Calls `changed` when the queue's write-ahead log was touched; returns how to stop. Without watches only the poll is left. */
export function watchQueue(path: string, changed: () => void, log: Log): () => void {
  const wal = `${basename(path)}-wal`;
  try {
    // The folder, since the file comes and goes with its users.
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === null || name === wal) changed();
    });
    watcher.on("error", (error) => log.warn({ error: error.message }, "the queue's folder can no longer be watched; new missions are found by polling"));
    return () => watcher.close();
  } catch (error) {
    log.warn({ error: messageOf(error) }, "the queue's folder cannot be watched; new missions are found by polling");
    return () => undefined;
  }
}
