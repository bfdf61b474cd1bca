// Reading the event log from a cursor, in bounded steps. Never writes.
import { rfc3339 } from "../../../core/time.ts";
import type { EventType, ServeEvent } from "../../../mission/wire/events.ts";
import type { MissionState } from "../../../mission/model.ts";
import type { EventFilter } from "../store.ts";
import type { Tx } from "./tx.ts";

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

/** The greatest seq ever given, 0 before the first. Events may leave; their seqs never come again. */
export function head(tx: Tx): number {
  return tx.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'event'")?.seq ?? 0;
}

/** At most `limit` events after the cursor. A filtered read looks at 20 × `limit` events at most and says how far it came. */
export function events(tx: Tx, after: number, limit: number, filter: EventFilter): { events: ServeEvent[]; scanned: number } {
  if (filter.mission !== undefined) {
    const rows = tx.all<EventRow & { session_id: string | null; project_id: string | null }>(
      "SELECT * FROM event WHERE mission_id = ? AND seq > ? ORDER BY seq LIMIT ?",
      filter.mission,
      after,
      limit,
    );
    const fits = rows.filter((row) => (filter.session ?? row.session_id) === row.session_id && (filter.project ?? row.project_id) === row.project_id);
    return { events: fits.map(eventOf), scanned: rows.length < limit ? Math.max(after, head(tx)) : (rows.at(-1)?.seq ?? after) };
  }
  if (filter.session === undefined && filter.project === undefined) {
    const rows = tx.all<EventRow>("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", after, limit);
    return { events: rows.map(eventOf), scanned: rows.at(-1)?.seq ?? after };
  }
  const upTo = Math.min(head(tx), after + limit * 20);
  const rows = tx.all<EventRow>(
    "SELECT * FROM event WHERE seq > ? AND seq <= ? AND (? IS NULL OR session_id = ?) AND (? IS NULL OR project_id = ?) ORDER BY seq LIMIT ?",
    ...[after, upTo, filter.session ?? null, filter.session ?? null, filter.project ?? null, filter.project ?? null, limit],
  );
  return { events: rows.map(eventOf), scanned: rows.length < limit ? Math.max(after, upTo) : (rows.at(-1)?.seq ?? after) };
}
