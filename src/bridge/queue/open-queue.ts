// The queue as commands use it: opened, written in one transaction, closed again. Must not know the bridge's side (outbox.ts).
import type { DatabaseSync } from "node:sqlite";
import { parseJson } from "../../core/json.ts";
import { isAlive } from "../../core/node/processes.ts";
import type { Clock } from "../../core/time.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import { adoptRow } from "./adopt.ts";
import { cleanRows } from "./clean.ts";
import { enqueueAll, insertSession } from "./enqueue.ts";
import { exportLines } from "./export.ts";
import { findRow } from "./find.ts";
import { prepareIdentity } from "./identity.ts";
import { importAll } from "./import.ts";
import { UNKNOWN_TO_SERVE } from "./mirror.ts";
import { moveRows } from "./move.ts";
import type { AbortOutcome, BridgeStatus, Counts, MissionFilter, Queue, QueueState, SteerOutcome } from "./queue.ts";
import { missionOf, SELECT_MISSION, sessionOf, type MissionRow, type SessionRow } from "./rows.ts";
import { openQueueFile, reading, transaction } from "./schema.ts";
import { setSession } from "./sessions.ts";
import { holdRow, needRow, releaseRow, setRowPriority, type Steered } from "./steer.ts";

const TERMINAL = "('done', 'failed', 'aborted')";

function bridgeOf(db: DatabaseSync): BridgeStatus {
  const row = db.prepare("SELECT pid, start, fault, serve_id FROM bridge WHERE one = 1").get() as
    | { readonly pid: number; readonly start: string; readonly fault: string | null; readonly serve_id: string | null }
    | undefined;
  if (!row || !isAlive({ pid: row.pid, start: row.start })) return { running: false, pid: null, fault: null, serve_id: row?.serve_id ?? null };
  return { running: true, pid: row.pid, fault: row.fault, serve_id: row.serve_id };
}

// The conditions of a filter and their values.
function whereOf(filter: Partial<MissionFilter>): { readonly sql: string; readonly values: readonly string[] } {
  const parts: [string, readonly string[]][] = [];
  // A session is the narrower condition: the plus keeps SQLite from walking the project's index instead.
  if (filter.project !== undefined) parts.push([filter.session === undefined ? "project_id = ?" : "+project_id = ?", [filter.project]]);
  if (filter.session !== undefined) parts.push(["session_id = ?", [filter.session]]);
  if (filter.states !== undefined) parts.push([`state IN (${filter.states.map(() => "?").join(", ")})`, filter.states]);
  return { sql: parts.length === 0 ? "" : `WHERE ${parts.map(([sql]) => sql).join(" AND ")}`, values: parts.flatMap(([, values]) => values) };
}

function abortRow(db: DatabaseSync, id: string, now: number): AbortOutcome["outcome"] {
  const here = db
    .prepare(
      `UPDATE mission SET state = 'aborted', reason = 'aborted before it was sent', phase = 0, abort = 2, updated_at = ?
       WHERE id = ? AND phase IN (1, 2, 5, 6) AND serve_id IS NULL`,
    )
    .run(now, id);
  if (here.changes === 1) return "aborted";
  // Nobody has it now; should the serve that took it come back, it is told.
  const forgotten = db
    .prepare(
      `UPDATE mission SET state = 'aborted', reason = 'aborted while serve did not know it', abort = 1, updated_at = ?
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
  const read = <T>(work: () => T): T => reading(path, work);
  const rowOf = (id: string): MissionRow | undefined => db.prepare(`${SELECT_MISSION} WHERE id = ?`).get(id) as MissionRow | undefined;
  const bodyOf = (id: string): DispatchBody | undefined => {
    const row = db.prepare("SELECT body FROM payload WHERE mission_id = ?").get(id) as { body: string } | undefined;
    return row && (parseJson(row.body)?.value as DispatchBody);
  };
  const steer = (id: string, work: () => Steered): SteerOutcome =>
    write(() => {
      const outcome = work();
      return { outcome, mission: missionOf(needRow(db, id), bridgeOf(db)) };
    });

  return {
    path,
    startSession: ({ project, name }) => write(() => sessionOf(insertSession(db, project, name ?? null, clock.now()))),
    enqueue: (input) => write(() => enqueueAll(db, input, clock.now())),
    sessions: (project) =>
      read(() => {
        const where = project === undefined ? "" : "WHERE project_id = ?";
        const rows = db.prepare(`SELECT * FROM session ${where} ORDER BY n DESC`).all(...(project === undefined ? [] : [project])) as SessionRow[];
        return rows.map(sessionOf);
      }),
    missions: (filter) =>
      read(() => {
        const { sql, values } = whereOf(filter);
        const rows = db.prepare(`${SELECT_MISSION} ${sql} ORDER BY n DESC LIMIT ?`).all(...values, filter.limit) as MissionRow[];
        const bridge = bridgeOf(db);
        return rows.map((row) => missionOf(row, bridge));
      }),
    counts: ({ project, session }) =>
      read(() => {
        const where = [...(project === undefined ? [] : ["s.project_id = ?"]), ...(session === undefined ? [] : ["s.id = ?"])];
        const sql = `SELECT t.state, sum(t.n) AS n FROM tally t JOIN session s ON s.id = t.session_id ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
          GROUP BY t.state HAVING sum(t.n) > 0`;
        const rows = db.prepare(sql).all(...[project, session].filter((value) => value !== undefined)) as { state: QueueState; n: number }[];
        return Object.fromEntries(rows.map(({ state, n }) => [state, n])) as Counts;
      }),
    mission: (id) =>
      read(() => {
        const row = rowOf(id);
        return row && missionOf(row, bridgeOf(db));
      }),
    body: (id) => read(() => bodyOf(id)),
    isKnown: (id) => read(() => prepareIdentity(db).mission(id) !== undefined),
    requested: (projectId, requestId) =>
      read(() => {
        const known = prepareIdentity(db).request(projectId, requestId);
        return known && bodyOf(known.id);
      }),
    find: (project, text) =>
      read(() => {
        const found = findRow(db, project, text);
        return found.kind === "mission" ? { kind: "mission", mission: missionOf(found.row, bridgeOf(db)) } : { kind: "session", session: sessionOf(found.row) };
      }),
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
    move: (ids, { force = false, dryRun = false } = {}) => write(() => moveRows(db, ids, { force, dryRun, now: clock.now() })),
    exportMissions: (filter) => exportLines(db, filter),
    importMissions: (project, text) => write(() => importAll(db, project, text, clock.now())),
    clean: (input) => write(() => cleanRows(db, input)),
    bridge: () => read(() => bridgeOf(db)),
    close: () => db.close(),
  };
}
