// What serve's API answers, as plain types: a program that uses aiwg/client needs no schema library to compile. The schemas
// that validate lie in src/mission/wire; api.test.ts holds both together.
import type { MissionState, Priority, Role, SessionState } from "../mission/model.ts";
import type { EventType } from "../mission/wire/event-types.ts";

/** A check as it went. */
export type CheckResult = {
  [member: string]: unknown;
  run: string | string[];
  exit_code: number | null;
  passed: boolean;
  duration_ms?: number | null | undefined;
  output?: string | null | undefined;
  timed_out?: boolean | null | undefined;
};
/** `verified`: true if all checks passed, null if there were none. */
export type MissionResult = {
  verified: boolean | null;
  checks: CheckResult[];
  exit_code: number | null;
  summary: string | null;
  tokens_total: number | null;
  cost_usd: number | null;
  branch: string | null;
  commit: string | null;
};
/** `reason`: why it waits or how it ended, always there. Times are RFC 3339, UTC. */
export type Mission = {
  mission_id: string;
  session_id: string;
  project: { id: string; name: string | null } | null;
  objective: string;
  completion: string | null;
  state: MissionState;
  reason: string;
  seq: number;
  attempt: number;
  attempts_started: number;
  max_attempts: number;
  executor_id: string | null;
  agent: string | null;
  priority: Priority;
  on_lost: "hold" | "retry";
  abort_requested: boolean;
  held: boolean;
  after?: string[] | undefined;
  result?: MissionResult | undefined;
  retry_of?: string | undefined;
  /** It ended long ago: it can be read, but nothing can happen to it any more. */
  archived?: true | undefined;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  ended_at: string | null;
};
export type MissionCounts = Partial<Record<MissionState, number>>;
/** `next_cursor` asks for the next page. */
export type MissionPage = { missions: Mission[]; next_cursor: string | null; counts?: MissionCounts | undefined };
export type Session = {
  session_id: string;
  state: SessionState;
  project: { id: string; name: string | null } | null;
  counts: MissionCounts;
  created_at: string;
  updated_at: string;
};
/** Answer of pause, resume and abort. */
export type Control = { mission_id: string; state: MissionState; abort_requested?: boolean | undefined };
/** Answer of a retry, as of a dispatch. */
export type Accepted = {
  mission_id: string;
  session_id: string;
  status: "assigned" | "queued";
  executor_id: string | null;
  attempt: number;
  estimated_start?: string | undefined;
  dispatch_path: "ws" | "v2" | "v1-fallback" | null;
  idempotent_replayed: boolean;
};
export type Question = {
  hitl_id: string;
  mission_id: string;
  session_id: string;
  prompt: string;
  choices?: string[] | undefined;
  default?: string | undefined;
  asked_at: string;
  expires_at?: string | undefined;
  /** `closed`: its mission went on without an answer. */
  state?: "open" | "answered" | "closed" | undefined;
};
export type Answered = { mission_id: string; hitl_id: string; state: MissionState };
export type Executor = {
  executor_id: string;
  name: string;
  version: string;
  capabilities: string[];
  connected: boolean;
  draining: boolean;
  silent: boolean;
  slots: number;
  running: number;
  host_id: string | null;
  a2a_instance_id: string | null;
  registered_at: string;
  last_seen: string | null;
};
export type RegisterInput = {
  executor_id: string;
  name: string;
  version: string;
  spec_version: "1.0.0";
  capabilities: string[];
  slots?: number | null | undefined;
  host_id?: string | null | undefined;
  token_sha256?: string | null | undefined;
  transport_endpoints?: { rest?: string | null | undefined; ws?: string | null | undefined } | null | undefined;
  a2a_instance_id?: string | null | undefined;
};
export type Registered = { executor_id: string; token?: string | undefined; registered_at: string; ws_url: string };
export type TokenInput = {
  role: Exclude<Role, "executor">;
  name?: string | null | undefined;
  uses?: number | null | undefined;
  ttl_s?: number | null | undefined;
};
/** The token itself is shown this once. */
export type TokenCreated = { id: string; token: string; role: Role; expires_at?: string | undefined };
export type TokenInfo = { id: string; role: string; name: string | null; created_at: string; expires_at: string | null; uses_left: number | null };
/** A one-time code: whoever sends it first, in time, gets a `SessionToken`. */
export type SessionCode = { code: string; expires_at: string };
export type SessionToken = { token: string; role: "operate"; expires_at: string };
export type Version = { version: string; serve_id: string; protocol: string };
/** One appended fact; `seq` grows. */
export type ServeEvent = {
  seq: number;
  event: EventType;
  session_id?: string | undefined;
  mission_id?: string | undefined;
  executor_id?: string | undefined;
  attempt?: number | undefined;
  state?: MissionState | undefined;
  reason?: string | undefined;
  ts: string;
  data: Record<string, unknown>;
};

export type MissionsQuery = {
  readonly session?: string | undefined;
  readonly project?: string | undefined;
  readonly state?: readonly MissionState[] | undefined;
  readonly executor?: string | undefined;
  readonly agent?: string | undefined;
  readonly q?: string | undefined;
  readonly sort?: "created" | "-created" | "updated" | "-updated" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
  readonly counts?: boolean | undefined;
};
export type EventsQuery = {
  /** Only events with a greater seq; absent: only what happens from now on. */
  readonly after?: number | undefined;
  readonly session?: string | undefined;
  readonly mission?: string | undefined;
  readonly project?: string | undefined;
};

/** `hello` comes first. `reset`: the cursor cannot be resumed; read anew, then go on from `hello.head`. */
export type StreamItem =
  | { readonly kind: "hello"; readonly serve_id: string; readonly head: number }
  | { readonly kind: "event"; readonly event: ServeEvent }
  | { readonly kind: "reset" };
