// The one door to the mission table: a row is found, kept and written here. Must not know what a transition means.
import { AiwgError } from "../../../core/errors.ts";
import type { MissionRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** The row of a mission that has not left for the archive. Changed in place, it must be saved in the same operation. */
export function findMission(tx: Tx, id: string): MissionRow | undefined {
  return tx.memory.rows.get(id) ?? tx.memory.rows.keep(tx.get<MissionRow>("SELECT * FROM mission WHERE id = ?", id));
}

/** The row; throws not_found, or state_conflict for a mission in the archive: nothing can happen to it any more. */
export function needMission(tx: Tx, id: string): MissionRow {
  const row = findMission(tx, id);
  if (!row && tx.get("SELECT 1 FROM archive WHERE mission_id = ?", id))
    throw new AiwgError("state_conflict", `mission ${id} ended long ago and is archived; queue a new one`);
  if (!row) throw new AiwgError("not_found", `there is no mission ${id}`);
  return row;
}

// What changes while an owner goes on; no index has any of it but the state.
const ONGOING = [
  ...["state", "reason", "seq", "started", "agent", "confirmed", "workspace", "agent_session", "commit_id"],
  ...["updated_at", "started_at", "wants", "pause_reason", "asked"],
] as const satisfies readonly (keyof MissionRow)[];
// What changes when an owner's mission ends. Which index has a row of it is told by the state and the end.
const ENDING = [
  ...["state", "reason", "seq", "fence", "confirmed", "workspace", "agent_session", "commit_id"],
  ...["updated_at", "ended_at", "wants", "result"],
] as const satisfies readonly (keyof MissionRow)[];
const CHANGING = [
  ...ONGOING,
  ...["fence", "executor_id", "abort_requested", "abort_reason", "result", "queued_at", "ended_at", "held", "blocked", "priority"],
] as const satisfies readonly (keyof MissionRow)[];

const INSERT = `
INSERT INTO mission (n, id, session_id, project_id, project_name, demand, state, reason, seq, fence, priority, on_lost, max_attempts,
  executor_id, agent, created_at, queued_at, updated_at, retry_of, held, blocked, started, confirmed, abort_requested)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`;
/** Writes a row, or a part of it, and keeps it. */
export type Save = (tx: Tx, row: MissionRow) => void;

/** A new mission: what its row has no value for yet is zero or null. Members by name: by a list of names, a twentieth fewer dispatches a second. */
export const insertMission: Save = (tx, row) => {
  const { n, id, session_id, project_id, project_name, demand, state, reason, seq, fence, priority, on_lost, max_attempts } = row;
  const { executor_id, agent, created_at, queued_at, updated_at, retry_of, held, blocked } = row;
  // oxfmt-ignore
  tx.run(INSERT, n, id, session_id, project_id, project_name, demand, state, reason, seq, fence, priority, on_lost, max_attempts,
    executor_id, agent, created_at, queued_at, updated_at, retry_of, held, blocked);
  tx.memory.rows.keep(row);
};

function saving(columns: readonly (keyof MissionRow)[]): Save {
  const sql = `UPDATE mission SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE n = ?`;
  return (tx, row) => {
    tx.run(sql, ...columns.map((column) => row[column]), row.n);
    tx.memory.rows.keep(row);
  };
}

/** Writes the columns back that transitions change. */
export const saveMission = saving(CHANGING);
/** The same where ownership neither begins nor ends. */
export const saveOngoing = saving(ONGOING);
/** The same where the mission of an owner ends. */
export const saveEnded = saving(ENDING);
/** Writes back what is asked of an executor: it changes when a mission resumes. */
export const saveDemand = saving(["demand", "resume"]);
