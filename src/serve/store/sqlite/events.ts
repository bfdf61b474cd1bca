// Reading the event log from a cursor, in bounded steps. Never writes.
import { rfc3339 } from "../../../core/time.ts";
import type { EventType, ServeEvent } from "../../../mission/wire/events.ts";
import type { MissionState } from "../../../mission/model.ts";
import type { EventFilter } from "../store.ts";
import type { Statements, Tx } from "./tx.ts";

type EventRow = {
  seq: number;
  type: EventType;
  session_id: string | null;
  mission_id: string | null;
  executor_id: string | null;
  attempt: number | null;
  state: MissionState | null;
  reason: string | null;
  at: number;
  data: string;
};

function eventOf(row: EventRow): ServeEvent {
  return {
    seq: row.seq,
    event: row.type,
    ...(row.session_id === null ? {} : { session_id: row.session_id }),
    ...(row.mission_id === null ? {} : { mission_id: row.mission_id }),
    ...(row.executor_id === null ? {} : { executor_id: row.executor_id }),
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    ...(row.state === null ? {} : { state: row.state }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ts: rfc3339(row.at),
    data: JSON.parse(row.data) as Record<string, unknown>,
  };
}

/** The greatest seq ever given, 0 before the first. Events may leave, and archiving notes up to where; their seqs never come again. */
export function greatestSeq(db: Statements): number {
  const stored = db.get<{ seq: number | null }>("SELECT max(seq) AS seq FROM event")?.seq ?? 0;
  return Math.max(stored, Number(db.get<{ value: string }>("SELECT value FROM meta WHERE key = 'pruned'")?.value ?? 0));
}

// Session and project of a mission's event are the mission's.
const [SESSION, PROJECT] = ["coalesce(event.session_id, mission.session_id)", "coalesce(event.project_id, mission.project_id)"];
const EVENT = `
SELECT event.seq, type, mission.id AS mission_id, event.executor_id, attempt, event.state, event.reason, at, data, ${SESSION} AS session_id, ${PROJECT} AS project_id
  FROM event LEFT JOIN mission ON mission.n = event.n`;

/** At most `limit` events after the cursor. A filtered read looks at 20 × `limit` events at most and says how far it came. */
export function events(tx: Tx, after: number, limit: number, filter: EventFilter): { events: ServeEvent[]; scanned: number } {
  if (filter.mission !== undefined) {
    const rows = tx.all<EventRow & { session_id: string | null; project_id: string | null }>(
      `${EVENT} WHERE event.n = (SELECT n FROM mission WHERE id = ?) AND event.seq > ? ORDER BY event.seq LIMIT ?`,
      filter.mission,
      after,
      limit,
    );
    const fits = rows.filter((row) => (filter.session ?? row.session_id) === row.session_id && (filter.project ?? row.project_id) === row.project_id);
    return { events: fits.map(eventOf), scanned: rows.length < limit ? Math.max(after, tx.memory.seq) : (rows.at(-1)?.seq ?? after) };
  }
  if (filter.session === undefined && filter.project === undefined) {
    const rows = tx.all<EventRow>(`${EVENT} WHERE event.seq > ? ORDER BY event.seq LIMIT ?`, after, limit);
    return { events: rows.map(eventOf), scanned: rows.at(-1)?.seq ?? after };
  }
  const upTo = Math.min(tx.memory.seq, after + limit * 20);
  const rows = tx.all<EventRow>(
    `${EVENT} WHERE event.seq > ? AND event.seq <= ? AND (? IS NULL OR ${SESSION} = ?) AND (? IS NULL OR ${PROJECT} = ?)
       ORDER BY event.seq LIMIT ?`,
    ...[after, upTo, filter.session ?? null, filter.session ?? null, filter.project ?? null, filter.project ?? null, limit],
  );
  return { events: rows.map(eventOf), scanned: rows.length < limit ? Math.max(after, upTo) : (rows.at(-1)?.seq ?? after) };
}
