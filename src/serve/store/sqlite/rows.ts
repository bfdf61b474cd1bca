// Rows of the tables as types, and as the wire shapes they stand for. Pure; must not run SQL.
import { rfc3339 } from "../../../core/time.ts";
import { readDemand, type Candidate, type Demand } from "../../../mission/match.ts";
import { DEFAULTS, PRIORITIES, isOwned, type MissionState, type OnLost, type Role, type SessionState } from "../../../mission/model.ts";
import type { DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { Executor, Mission, MissionResult, Question, Session, TokenInfo } from "../../../mission/wire/http.ts";

/** Who keeps a queued mission from being assigned. */
export const HELD = { operator: 1, session: 2 } as const;

/** What transitions read and write of a mission; what was asked for is in the spec. */
export type MissionRow = {
  n: number;
  id: string;
  session_id: string;
  project_id: string | null;
  project_name: string | null;
  demand: string;
  state: MissionState;
  reason: string;
  seq: number;
  fence: number;
  priority: number;
  on_lost: OnLost;
  started: number;
  max_attempts: number;
  executor_id: string | null;
  agent: string | null;
  confirmed: number;
  abort_requested: number;
  abort_reason: string | null;
  workspace: string | null;
  agent_session: string | null;
  commit_id: string | null;
  resume: string | null;
  result: string | null;
  retry_of: string | null;
  /** Bits: HELD. */
  held: number;
  wants: "pause" | "resume" | null;
  /** What the operator said when asking for the pause. */
  pause_reason: string | null;
  blocked: number;
  /** 1 once it has asked a question. */
  asked: number;
  created_at: number;
  queued_at: number;
  updated_at: number;
  started_at: number | null;
  ended_at: number | null;
};

/** A mission with the body of its spec, which leaves its id out. */
export type SpecifiedRow = MissionRow & { body: string };

export type ExecutorRow = {
  id: string;
  name: string;
  version: string;
  capabilities: readonly string[];
  slots: number;
  /** How many missions it owns: counted, not stored. */
  running: number;
  host_id: string | null;
  a2a_instance_id: string | null;
  endpoints: string | null;
  connected: number;
  draining: number;
  epoch: string | null;
  acked: number;
  /** Reports known above a gap, as rows of report_seen. */
  ahead: number;
  registered_at: number;
  last_seen: number | null;
};

export type SessionRow = { id: string; state: SessionState; project_id: string | null; project_name: string | null; created_at: number; updated_at: number };
export type QuestionRow = {
  mission_id: string;
  hitl_id: string;
  session_id: string;
  attempt: number;
  prompt: string;
  choices: string | null;
  fallback: string | null;
  asked_at: number;
  expires_at: string | null;
  state: "open" | "answered" | "closed";
  response: string | null;
  answered_at: number | null;
};
export type TokenRow = {
  id: string;
  hash: string;
  role: Role;
  executor_id: string | null;
  name: string | null;
  created_at: number;
  expires_at: number | null;
  uses_left: number | null;
};

export const bodyOfRow = ({ id, body }: Pick<SpecifiedRow, "id" | "body">): DispatchBody => ({
  mission_id: id,
  ...(JSON.parse(body) as Omit<DispatchBody, "mission_id">),
});
export const demandOfRow = (row: { demand: string }): Demand => readDemand(row.demand);

const time = (ms: number | null): string | null => (ms === null ? null : rfc3339(ms));
const project = (row: { project_id: string | null; project_name: string | null }) =>
  row.project_id === null ? null : { id: row.project_id, name: row.project_name };

export function isSilent(row: ExecutorRow, now: number): boolean {
  return row.last_seen !== null && now - row.last_seen > DEFAULTS.silentAfterMs;
}

/** The executor as matching sees it. */
export function candidateOf(row: ExecutorRow): Candidate {
  return {
    executor_id: row.id,
    connected: row.connected === 1,
    draining: row.draining === 1,
    slots: row.slots,
    running: row.running,
    capabilities: row.capabilities,
    host_id: row.host_id,
    a2a_instance_id: row.a2a_instance_id,
  };
}

export function executorOf(row: ExecutorRow, now: number): Executor {
  return {
    executor_id: row.id,
    name: row.name,
    version: row.version,
    capabilities: [...row.capabilities],
    connected: row.connected === 1,
    draining: row.draining === 1,
    silent: isSilent(row, now),
    slots: row.slots,
    running: row.running,
    host_id: row.host_id,
    a2a_instance_id: row.a2a_instance_id,
    registered_at: rfc3339(row.registered_at),
    last_seen: time(row.last_seen),
  };
}

/** `waits` is why it is not assigned now (queued); `silent` that its owner has not been heard of lately. */
export function missionOf(row: SpecifiedRow, live: { readonly waits?: string; readonly silent?: boolean }): Mission {
  const body = bodyOfRow(row);
  const waiting = row.state === "queued" && live.waits !== undefined ? (row.reason ? `${live.waits} (${row.reason})` : live.waits) : row.reason;
  return {
    mission_id: row.id,
    session_id: row.session_id,
    project: project(row),
    objective: body.objective,
    completion: body.completion ?? null,
    state: row.state,
    reason: live.silent && isOwned(row.state) ? `executor silent: ${row.executor_id ?? "unknown"}` : waiting,
    seq: row.seq,
    attempt: row.fence,
    attempts_started: row.started,
    max_attempts: row.max_attempts,
    executor_id: row.executor_id,
    agent: row.agent,
    priority: PRIORITIES[row.priority] ?? "normal",
    on_lost: row.on_lost,
    abort_requested: row.abort_requested === 1,
    held: row.state === "queued" && row.held > 0,
    ...(body.after && body.after.length > 0 ? { after: body.after } : {}),
    ...(row.result === null ? {} : { result: JSON.parse(row.result) as MissionResult }),
    ...(row.retry_of === null ? {} : { retry_of: row.retry_of }),
    created_at: rfc3339(row.created_at),
    updated_at: rfc3339(row.updated_at),
    started_at: time(row.started_at),
    ended_at: time(row.ended_at),
  };
}

export function sessionOf(row: SessionRow, counts: Session["counts"]): Session {
  return { session_id: row.id, state: row.state, project: project(row), counts, created_at: rfc3339(row.created_at), updated_at: rfc3339(row.updated_at) };
}

export function questionOf(row: QuestionRow): Question {
  return {
    hitl_id: row.hitl_id,
    mission_id: row.mission_id,
    session_id: row.session_id,
    prompt: row.prompt,
    ...(row.choices === null ? {} : { choices: JSON.parse(row.choices) as string[] }),
    ...(row.fallback === null ? {} : { default: row.fallback }),
    asked_at: rfc3339(row.asked_at),
    ...(row.expires_at === null ? {} : { expires_at: row.expires_at }),
    state: row.state,
  };
}

export function tokenOf(row: TokenRow): TokenInfo {
  return {
    id: row.id,
    role: row.role === "executor" ? `executor:${row.executor_id ?? ""}` : row.role,
    name: row.name,
    created_at: rfc3339(row.created_at),
    expires_at: time(row.expires_at),
    uses_left: row.uses_left,
  };
}
