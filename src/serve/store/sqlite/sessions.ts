// Sessions as switches: a paused or stopped one holds its queued missions. Must not know executors.
import { AiwgError } from "../../../core/errors.ts";
import type { SessionState } from "../../../mission/model.ts";
import { HELD, type MissionRow, type SessionRow } from "./rows.ts";
import { appendEvent } from "./transition.ts";
import type { Tx } from "./tx.ts";

/** The bit of HELD that a session in this state sets on its queued missions. */
export function heldBy(state: SessionState | undefined): number {
  return state === "paused" || state === "stopped" ? HELD.session : 0;
}

/** The session as it is; must not be changed in place. */
export function findSession(tx: Tx, id: string): SessionRow | undefined {
  return tx.memory.sessions.get(id) ?? tx.memory.sessions.keep(tx.get<SessionRow>("SELECT * FROM session WHERE id = ?", id));
}

/** Sets the session's bit on a queued row in memory, as its session's state asks. */
export function holdWithSession(tx: Tx, row: MissionRow): void {
  row.held = (row.held & ~HELD.session) | heldBy(findSession(tx, row.session_id)?.state);
}

/** Moves a session; the same state again changes nothing. Throws state_conflict once it is stopped. False if unknown. */
export function setSessionState(tx: Tx, id: string, state: SessionState): boolean {
  const row = findSession(tx, id);
  if (!row) return false;
  if (row.state === state) return true;
  if (row.state === "stopped") throw new AiwgError("state_conflict", `session ${id} is stopped; its missions stay as they are`);
  tx.run("UPDATE session SET state = ?, updated_at = ? WHERE id = ?", state, tx.now(), id);
  const bit = HELD.session;
  if (state === "active") tx.run("UPDATE mission SET held = held & ~? WHERE session_id = ? AND state = 'queued' AND held & ? <> 0", bit, id, bit);
  else tx.run("UPDATE mission SET held = held | ? WHERE session_id = ? AND state = 'queued'", bit, id);
  tx.memory.rows.forget();
  tx.memory.sessions.forget(id);
  appendEvent(tx, { type: "session.changed", session_id: id, project_id: row.project_id, data: { state } });
  tx.effect({ kind: "ready" });
  return true;
}
