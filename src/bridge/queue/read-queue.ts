// The queue as those use it who only look. Apart from its writer, which brings a schema library along that looking does not need.
import type { DatabaseSync } from "node:sqlite";
import { parseJson } from "../../core/json.ts";
import { isAlive } from "../../core/node/processes.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import { findRow } from "./find.ts";
import { prepareIdentity } from "./identity.ts";
import type { BridgeStatus, Counts, MissionFilter, QueueReader, QueueState } from "./queue.ts";
import { missionOf, SELECT_MISSION, sessionOf, type MissionRow, type SessionRow } from "./rows.ts";
import { openQueueFile, reading } from "./schema.ts";

/** The bridge, as it last wrote itself down. */
export function bridgeOf(db: DatabaseSync): BridgeStatus {
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

/** Reads over an open file. */
export function readerOver(db: DatabaseSync, path: string): QueueReader {
  const read = <T>(work: () => T): T => reading(path, work);
  const rowOf = (id: string): MissionRow | undefined => db.prepare(`${SELECT_MISSION} WHERE id = ?`).get(id) as MissionRow | undefined;
  const bodyOf = (id: string): DispatchBody | undefined => {
    const row = db.prepare("SELECT body FROM payload WHERE mission_id = ?").get(id) as { body: string } | undefined;
    return row && (parseJson(row.body)?.value as DispatchBody);
  };

  return {
    path,
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
    bridge: () => read(() => bridgeOf(db)),
    close: () => db.close(),
  };
}

/** Opens the queue file at `path` for looking, making it if need be. Throws store_version, store_corrupt or store_unavailable. */
export function openQueueToRead(path: string): QueueReader {
  return readerOver(openQueueFile(path), path);
}
