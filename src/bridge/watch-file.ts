// Notices within milliseconds that another process wrote to the queue. A hint only: who is woken looks for itself, and a
// slow poll stands behind it. Must not read the file.
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Clock } from "../core/time.ts";

/** A write is seen before it is synced, and only then can others read it: so after the last write it is looked at again. */
const AGAIN_MS = [5, 20, 100, 500];

/** Calls `changed` when the queue's write-ahead log was touched, and some times after; returns how to stop. Without watches only the poll is left. */
export function watchQueue(path: string, changed: () => void, clock: Clock, log: Log): () => void {
  const wal = `${basename(path)}-wal`;
  let looks = 0;
  let cancel: (() => void) | undefined;
  const again = (): void => {
    const ms = AGAIN_MS[looks++];
    cancel =
      ms === undefined
        ? undefined
        : clock.after(ms, () => {
            changed();
            again();
          });
  };
  try {
    // The folder, since the file comes and goes with its users.
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name !== null && name !== wal) return;
      looks = 0;
      changed();
      if (cancel === undefined) again();
    });
    watcher.on("error", (error) => log.warn({ error: error.message }, "the queue's folder can no longer be watched; new missions are found by polling"));
    return () => {
      watcher.close();
      cancel?.();
    };
  } catch (error) {
    log.warn({ error: messageOf(error) }, "the queue's folder cannot be watched; new missions are found by polling");
    return () => undefined;
  }
}
