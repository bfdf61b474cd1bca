// The queue as commands use it: opened, written in one transaction, closed again. Must not know the bridge's side (outbox.ts).
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/time.ts";
import { adoptRow } from "./adopt.ts";
import { cleanRows } from "./clean.ts";
import { enqueueAll, insertSession } from "./enqueue.ts";
import { exportLines } from "./export.ts";
import { importAll } from "./import.ts";
import { ABORTED_UNKNOWN } from "./mirror.ts";
import { moveRows } from "./move.ts";
import type { AbortOutcome, Queue, SteerOutcome } from "./queue.ts";
import { bridgeOf, readerOver } from "./read-queue.ts";
import { UNKNOWN_TO_SERVE, missionOf, sessionOf } from "./rows.ts";
import { openQueueFile, transaction } from "./schema.ts";
import { setSession } from "./sessions.ts";
import { holdRow, needRow, releaseRow, setRowPriority, type Steered } from "./steer.ts";

const TERMINAL = "('done', 'failed', 'aborted')";

// A row that was moved has left before (tries > 0): a serve may have it, though it is bound to none now.
function abortRow(db: DatabaseSync, id: string, now: number): AbortOutcome["outcome"] {
  const here = db
    .prepare(
      `UPDATE mission SET state = 'aborted', reason = 'aborted before it was sent', phase = 0, abort = 2, updated_at = ?
       WHERE id = ? AND phase IN (1, 2, 5, 6) AND serve_id IS NULL AND tries = 0`,
    )
    .run(now, id);
  if (here.changes === 1) return "aborted";
  // Nobody has it now; should the serve that took it come back, it is told.
  const forgotten = db
    .prepare(
      `UPDATE mission SET state = 'aborted', reason = '${ABORTED_UNKNOWN}', abort = 1, updated_at = ?
       WHERE id = ? AND state = 'suspended' AND reason = '${UNKNOWN_TO_SERVE}'`,
    )
    .run(now, id);
  if (forgotten.changes === 1) return "aborted";
  // What is in flight stays held: its answer decides, then the request is told to serve. So does what another serve may have.
  const asked = db
    .prepare(
      `UPDATE mission SET abort = max(abort, 1), phase = CASE WHEN phase IN (3, 4) THEN phase ELSE 0 END, updated_at = ?
       WHERE id = ? AND state NOT IN ${TERMINAL}`,
    )
    .run(now, id);
  return asked.changes === 1 ? "requested" : "already_ended";
}

/** Opens the queue file at `path`, making it if need be. Throws store_version, store_corrupt or store_unavailable. */
export function openQueue(path: string, clock: Clock): Queue {
  const db = openQueueFile(path);
  const write = <T>(work: () => T): T => transaction(db, path, work);
  const steer = (id: string, work: () => Steered): SteerOutcome =>
    write(() => {
      const outcome = work();
      return { outcome, mission: missionOf(needRow(db, id), bridgeOf(db)) };
    });

  return {
    ...readerOver(db, path),
    startSession: ({ project, name }) => write(() => sessionOf(insertSession(db, project, name ?? null, clock.now()))),
    enqueue: (input) => write(() => enqueueAll(db, input, clock.now())),
    requestAbort: (id) =>
      write(() => {
        needRow(db, id);
        const outcome = abortRow(db, id, clock.now());
        return { outcome, mission: missionOf(needRow(db, id), bridgeOf(db)) };
      }),
    hold: (id, reason) => steer(id, () => holdRow(db, id, reason, clock.now())),
    release: (id) => steer(id, () => releaseRow(db, id, clock.now())),
    setPriority: (id, priority) => steer(id, () => setRowPriority(db, id, priority, clock.now())),
    setSessionState: (id, state) => write(() => sessionOf(setSession(db, id, state))),
    adopt: (mission, serveId, project) =>
      write(() => {
        adoptRow(db, mission, serveId, project, clock.now());
        return missionOf(needRow(db, mission.mission_id), bridgeOf(db));
      }),
    move: (ids, { force = false, dryRun = false, present } = {}) =>
      write(() => moveRows(db, ids, { force, dryRun, present: present ?? bridgeOf(db).serve_id, now: clock.now() })),
    exportMissions: (filter) => exportLines(db, filter),
    importMissions: (project, text) => write(() => importAll(db, project, text, clock.now())),
    clean: (input) => write(() => cleanRows(db, input)),
  };
}
