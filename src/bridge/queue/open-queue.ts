// The queue as commands use it: opened, written in one transaction, closed again. Must not know the bridge's side (outbox.ts).
import type { Clock } from "../../core/time.ts";
import { prepareAbort } from "./abort.ts";
import { adoptRow } from "./adopt.ts";
import { cleanRows } from "./clean.ts";
import { enqueueAll, insertSession } from "./enqueue.ts";
import { exportLines } from "./export.ts";
import { importAll } from "./import.ts";
import { moveRows } from "./move.ts";
import type { AbortOutcome, Queue, SteerOutcome } from "./queue.ts";
import { bridgeOf, readerOver } from "./read-queue.ts";
import { missionOf, sessionOf } from "./rows.ts";
import { openQueueFile, transaction } from "./schema.ts";
import { setSession } from "./sessions.ts";
import { holdRow, needRow, releaseRow, setRowPriority, type Steered } from "./steer.ts";

/** Opens the queue file at `path`, making it if need be. Throws store_version, store_corrupt or store_unavailable. */
export function openQueue(path: string, clock: Clock): Queue {
  const db = openQueueFile(path);
  const write = <T>(work: () => T): T => transaction(db, path, work);
  const steer = (id: string, work: () => Steered): SteerOutcome =>
    write(() => {
      const outcome = work();
      return { outcome, mission: missionOf(needRow(db, id), bridgeOf(db)) };
    });

  const abortOf = (): ((id: string) => AbortOutcome) => {
    const abort = prepareAbort(db, clock.now());
    const bridge = bridgeOf(db);
    return (id) => {
      const outcome = abort(id);
      return { outcome, mission: missionOf(needRow(db, id), bridge) };
    };
  };

  return {
    ...readerOver(db, path),
    startSession: ({ project, name }) => write(() => sessionOf(insertSession(db, project, name ?? null, clock.now()))),
    enqueue: (input) => write(() => enqueueAll(db, input, clock.now())),
    requestAbort: (id) => write(() => abortOf()(id)),
    requestAborts: (ids) => write(() => ids.map(abortOf())),
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
