// Rows of the queue as the values that callers see, with a stated reason for each. Pure; must not query.
import { parseJson } from "../../core/json.ts";
import { rfc3339 } from "../../core/time.ts";
import { PRIORITIES, type SessionState } from "../../mission/model.ts";
import type { MissionResult } from "../../mission/wire/http.ts";
import type { BridgeStatus, QueuedMission, QueuedSession, QueueState } from "./queue.ts";
import { ABORT, PHASE } from "./schema.ts";

/** A row of table `mission`. */
export type MissionRow = {
  readonly n: number;
  readonly id: string;
  readonly session_id: string;
  readonly project_id: string;
  readonly project_name: string;
  readonly request_hash: string | null;
  readonly objective: string;
  readonly priority: number;
  readonly state: QueueState;
  readonly reason: string;
  readonly seq: number;
  readonly attempt: number;
  readonly executor_id: string | null;
  readonly result: string | null;
  readonly phase: number;
  readonly tries: number;
  readonly unknown: number;
  readonly serve_id: string | null;
  readonly abort: number;
  readonly held: string | null;
  readonly request_id: string | null;
  readonly retry_of: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  /** Of its session. */
  readonly session_state: SessionState;
};
/** Reads rows of missions, each with the state of its session; conditions follow. */
export const SELECT_MISSION = "SELECT mission.*, (SELECT state FROM session WHERE id = mission.session_id) AS session_state FROM mission";

/** What an accepted mission is called that serve does not know (any more). */
export const UNKNOWN_TO_SERVE = "unknown_to_serve";

/** True if no serve is known to have the accepted mission: only the queue can end it, or send it once more. */
export function isForgotten({ state, reason }: { readonly state: string; readonly reason: string }): boolean {
  return state === "suspended" && reason === UNKNOWN_TO_SERVE;
}

/** A row of table `session`. */
export type SessionRow = {
  readonly id: string;
  readonly project_id: string;
  readonly project_name: string;
  readonly name: string | null;
  readonly state: SessionState;
  readonly metadata: string | null;
  readonly created_at: number;
  /** 0: it came without a date. */
  readonly dated: number;
};

// What is said of a mirrored state when serve gave no reason with it.
const PLAIN: Readonly<Record<QueueState, string>> = {
  pending: "about to be sent",
  sent: "waits for the answer of serve",
  queued: "waits for an executor",
  assigned: "waits for the executor to confirm",
  running: "an agent works on it",
  paused: "paused",
  hitl_required: "waits for a person's answer",
  suspended: "suspended",
  done: "done",
  failed: "failed",
  aborted: "aborted",
};

function reasonOf(row: MissionRow, bridge: BridgeStatus): string {
  const last = row.reason;
  const ended = row.state === "done" || row.state === "failed" || row.state === "aborted";
  if (row.phase === PHASE.held) return row.held ?? `its session is ${row.session_state}`;
  if (row.phase === PHASE.blocked) return last;
  if (ended || (row.phase === PHASE.settled && row.abort !== ABORT.requested)) return last || PLAIN[row.state];
  if (!bridge.running) return last ? `no bridge is running; before that: ${last}` : "no bridge is running";
  if (row.phase === PHASE.elsewhere) return last;
  if (bridge.fault !== null) return bridge.fault;
  if (row.abort === ABORT.requested) return "the bridge is about to tell serve that it shall be aborted";
  return last || PLAIN[row.state];
}

/** A mission row as its readers see it. */
export function missionOf(row: MissionRow, bridge: BridgeStatus): QueuedMission {
  // Judged when it was written.
  const result = row.result === null ? undefined : (parseJson(row.result)?.value as MissionResult | undefined);
  return {
    mission_id: row.id,
    session_id: row.session_id,
    project: { id: row.project_id, name: row.project_name },
    state: row.state,
    reason: reasonOf(row, bridge),
    seq: row.seq,
    attempt: row.attempt,
    executor_id: row.executor_id,
    objective: row.objective,
    priority: PRIORITIES[row.priority] ?? "normal",
    held: row.phase === PHASE.held,
    abort_requested: row.abort !== ABORT.none,
    dispatch_attempts: row.tries,
    serve_id: row.serve_id,
    retry_of: row.retry_of,
    result: result ?? null,
    created_at: rfc3339(row.created_at),
    updated_at: rfc3339(row.updated_at),
  };
}

/** A session row as its readers see it. */
export function sessionOf(row: SessionRow): QueuedSession {
  return {
    session_id: row.id,
    project: { id: row.project_id, name: row.project_name },
    name: row.name,
    state: row.state,
    created_at: rfc3339(row.created_at),
  };
}
