// The queue's missions as JSON lines, read row by row so that any number of them leaves in little memory. Reads only.
import type { DatabaseSync } from "node:sqlite";
import { parseJson } from "../../core/json.ts";
import { rfc3339 } from "../../core/time.ts";
import type { MissionRow, SessionRow } from "./rows.ts";
import { EXPORT_HEADER, missionText, sessionText } from "./transfer.ts";

const PAGE = 200;

const valueOf = (json: string | null) => (json === null ? null : parseJson(json)?.value) as Record<string, unknown> | null;

/** Lines without their ends: header, sessions, missions in the order in which they were queued. */
export function* exportLines(db: DatabaseSync, filter: { readonly project?: string; readonly session?: string }): Generator<string, void, void> {
  yield JSON.stringify(EXPORT_HEADER);
  const sessions = db.prepare("SELECT * FROM session WHERE (?1 IS NULL OR project_id = ?1) AND (?2 IS NULL OR id = ?2) ORDER BY n");
  const missions = db.prepare(
    "SELECT m.*, p.body, p.original FROM mission m JOIN payload p ON p.mission_id = m.id WHERE m.session_id = ? AND m.n > ? ORDER BY m.n LIMIT ?",
  );
  const chosen = sessions.all(filter.project ?? null, filter.session ?? null) as SessionRow[];
  for (const { id, name, state, metadata, created_at, dated } of chosen) {
    yield sessionText({
      id,
      name,
      state,
      created_at: dated === 1 ? rfc3339(created_at) : null,
      metadata: valueOf(metadata),
    });
  }
  for (const { id } of chosen) {
    for (let after = 0; ;) {
      const page = missions.all(id, after, PAGE) as (MissionRow & { readonly body: string; readonly original: string | null })[];
      for (const row of page) {
        after = row.n;
        yield missionText({
          ...{ session_id: id, state: row.state, reason: row.reason, held: row.held, attempt: row.attempt, executor_id: row.executor_id },
          ...{ request_id: row.request_id, request_hash: row.request_hash, retry_of: row.retry_of },
          result: valueOf(row.result),
          original: valueOf(row.original),
          ...{ created_at: rfc3339(row.created_at), updated_at: rfc3339(row.updated_at), body: parseJson(row.body)?.value },
        });
      }
      if (page.length < PAGE) break;
    }
  }
}
