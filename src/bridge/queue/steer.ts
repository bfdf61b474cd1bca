// Steering rows that have not left: hold, release, priority. Works inside a transaction of the caller; what serve has or may
// have is said to be there, so that the caller asks serve too.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { isTerminal, priorityRank, type Priority } from "../../mission/model.ts";
import type { SteerOutcome } from "./queue.ts";
import { SELECT_MISSION, type MissionRow } from "./rows.ts";
import { DUE_PHASE, PHASE } from "./schema.ts";

/** What was done; the row has to be read again. */
export type Steered = SteerOutcome["outcome"];

/** A row of the queue. Throws not_found. */
export function needRow(db: DatabaseSync, id: string): MissionRow {
  const row = db.prepare(`${SELECT_MISSION} WHERE id = ?`).get(id) as MissionRow | undefined;
  if (!row) throw new AiwgError("not_found", `no mission ${id} in the queue`);
  return row;
}

const hasEnded = ({ state }: MissionRow): boolean => state !== "pending" && state !== "sent" && isTerminal(state);

/** True if serve has it, may have it, or is being asked to take it. */
export function mayBeAtServe(row: MissionRow): boolean {
  return row.phase === PHASE.settled || row.phase === PHASE.inFlight || row.unknown === 1;
}

/** Keeps a row from being sent, with a reason; in flight, it is held if it comes back. */
export function holdRow(db: DatabaseSync, id: string, reason: string | undefined, now: number): Steered {
  const row = needRow(db, id);
  if (hasEnded(row)) return "already_ended";
  if (row.phase !== PHASE.settled) {
    const why = reason === undefined ? "paused by a person" : `paused by a person: ${reason}`;
    const sql = "UPDATE mission SET held = coalesce(held, ?), phase = CASE WHEN phase IN (1, 2, 6) THEN 5 ELSE phase END, updated_at = ? WHERE id = ?";
    db.prepare(sql).run(why, now, id);
  }
  return mayBeAtServe(row) ? "at_serve" : "done";
}

/** Lets a row go, unless its session is held. */
export function releaseRow(db: DatabaseSync, id: string, now: number): Steered {
  const row = needRow(db, id);
  if (hasEnded(row)) return "already_ended";
  if (row.held !== null) {
    db.prepare("UPDATE mission SET held = NULL, updated_at = ? WHERE id = ?").run(now, id);
    // Only an imported mission is suspended and held.
    const state = "CASE state WHEN 'suspended' THEN 'pending' ELSE state END";
    db.prepare(`UPDATE mission SET phase = ${DUE_PHASE}, state = ${state} WHERE id = ? AND phase = 5`).run(id);
  }
  return mayBeAtServe(row) ? "at_serve" : "done";
}

/** Changes rank and body together: serve gets the body as it is then. */
export function setRowPriority(db: DatabaseSync, id: string, priority: Priority, now: number): Steered {
  const row = needRow(db, id);
  if (hasEnded(row)) return "already_ended";
  // Once serve may have it, another body would be another payload under the same id.
  if (mayBeAtServe(row)) return "at_serve";
  const { body } = db.prepare("SELECT body FROM payload WHERE mission_id = ?").get(id) as { body: string };
  const text = JSON.stringify({ ...(parseJson(body)?.value as Record<string, unknown>), priority });
  db.prepare("UPDATE payload SET original = coalesce(original, body), body = ?, sent = NULL, sent_to = NULL WHERE mission_id = ?").run(text, id);
  db.prepare("UPDATE mission SET priority = ?, updated_at = ? WHERE id = ?").run(priorityRank(priority), now, id);
  return "done";
}
