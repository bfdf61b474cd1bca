// Sessions of the queue as switches: a paused or stopped one holds what waits in it. Works inside a transaction of the
// caller; must not know who asks.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError } from "../../core/errors.ts";
import { SESSION_STATES, type SessionState } from "../../mission/model.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";
import type { SessionRow } from "./rows.ts";

/** What serve says of a session; `seq` null: it was read, not told. */
export type SessionNews = { readonly session_id: string; readonly state: SessionState; readonly seq: number | null };

/** An event as news about a session; undefined if it is none. */
export function sessionNewsOf(event: ServeEvent): SessionNews | undefined {
  const state = SESSION_STATES.find((name) => name === event.data["state"]);
  if (event.event !== "session.changed" || event.session_id === undefined || state === undefined) return undefined;
  return { session_id: event.session_id, state, seq: event.seq };
}

function apply(db: DatabaseSync, id: string, state: SessionState): void {
  db.prepare("UPDATE session SET state = ? WHERE id = ?").run(state, id);
  // What is in flight, or bound to another serve, is held when it comes back.
  if (state === "active") db.prepare("UPDATE mission SET phase = 1 WHERE session_id = ? AND phase = 5 AND held IS NULL").run(id);
  else db.prepare("UPDATE mission SET phase = 5 WHERE session_id = ? AND phase IN (1, 2, 6)").run(id);
}

/** Sets the state by the word of a person here. Throws not_found, or state_conflict once it is stopped. */
export function setSession(db: DatabaseSync, id: string, state: SessionState): SessionRow {
  const read = db.prepare("SELECT * FROM session WHERE id = ?");
  const row = read.get(id) as SessionRow | undefined;
  if (!row) throw new AiwgError("not_found", `no session ${id} in the queue`);
  if (row.state === state) return row;
  if (row.state === "stopped") throw new AiwgError("state_conflict", `session ${id} is stopped; its missions stay as they are`);
  apply(db, id, state);
  db.prepare("UPDATE session SET serve_id = NULL WHERE id = ?").run(id);
  return { ...row, state };
}

/**
 * Mirrors serve's word. That a session is active counts only where serve had said otherwise: a dispatch makes it active
 * there, whatever was said here.
 */
export function mirrorSession(db: DatabaseSync, serveId: string, news: SessionNews): void {
  type Known = { readonly state: SessionState; readonly seq: number; readonly serve_id: string | null };
  const row = db.prepare("SELECT state, seq, serve_id FROM session WHERE id = ?").get(news.session_id) as Known | undefined;
  if (!row) return;
  const isItsWord = row.serve_id === serveId;
  if (isItsWord && news.seq !== null && news.seq <= row.seq) return;
  if (row.state !== news.state) {
    if (row.state === "stopped" || (news.state === "active" && !isItsWord)) return;
    apply(db, news.session_id, news.state);
  }
  db.prepare("UPDATE session SET serve_id = ?, seq = ? WHERE id = ?").run(serveId, news.seq ?? (isItsWord ? row.seq : 0), news.session_id);
}
