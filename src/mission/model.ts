// The words of a mission as types and constants: states, priorities, roles, what a mission is. Pure; no I/O, no schema library.

export const MISSION_STATES = ["queued", "assigned", "running", "paused", "hitl_required", "suspended", "done", "failed", "aborted"] as const;
/** Contract §1. */
export type MissionState = (typeof MISSION_STATES)[number];

/** States in which an executor owns the mission: they hold a lease and a slot. */
export const OWNED_STATES = ["assigned", "running", "paused", "hitl_required"] as const satisfies readonly MissionState[];
export const TERMINAL_STATES = ["done", "failed", "aborted"] as const satisfies readonly MissionState[];

export function isOwned(state: MissionState): boolean {
  return (OWNED_STATES as readonly string[]).includes(state);
}
export function isTerminal(state: MissionState): boolean {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

const ALIASES: Readonly<Record<string, MissionState>> = { "hitl-required": "hitl_required", completed: "done", cancelled: "aborted" };

/** A state as prior art may spell it, in our spelling; undefined if it is none. */
export function readState(text: string): MissionState | undefined {
  return (MISSION_STATES as readonly string[]).includes(text) ? (text as MissionState) : ALIASES[text];
}

export const PRIORITIES = ["low", "normal", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];
/** Greater runs first. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}

export const ON_LOST = ["hold", "retry"] as const;
/** What happens when the owner is lost: wait for a person, or run again (contract §1, Silence). */
export type OnLost = (typeof ON_LOST)[number];

/** How a dispatch reached its executor, as its answer says. Here and not with the schemas, so that aiwg/dispatch needs no schema library. */
export const DISPATCH_PATHS = ["ws", "v2", "v1-fallback"] as const;

export const SESSION_STATES = ["active", "paused", "stopped"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Roles of tokens, smallest first; `enrol` and `executor` stand beside the ladder. */
export const ROLES = ["read", "operate", "admin", "enrol", "executor"] as const;
export type Role = (typeof ROLES)[number];

/** `failed.reason` of our executor (contract §6). */
export const FAILURE_REASONS = [
  "check_failed",
  "limit_iterations",
  "limit_wall_clock",
  "limit_cost",
  "limit_tokens",
  "limit_tool_calls",
  "agent_failed",
  "workspace_failed",
  "attempts_exhausted",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Defaults of contract §1 and §6; milliseconds where the name says so. */
export const DEFAULTS = {
  maxAttempts: 3,
  maxIterations: 5,
  wallClockS: 7_200,
  checkTimeoutS: 600,
  leaseTtlMs: 30_000,
  holdTtlMs: 15 * 60_000,
  rejectedForMs: 30_000,
  silentAfterMs: 30_000,
  port: 7337,
  /** After which an ended mission is archived. */
  retentionDays: 30,
} as const;

/** Version of the executor link and of the register route. */
export const SPEC_VERSION = "1.0.0";

/** True for a version of the protocol with our major: a newer minor only adds what may be ignored. */
export function isOurProtocol(version: string): boolean {
  return /^\d{1,9}(?:\.\d{1,9}){0,2}$/.test(version) && version.split(".")[0] === SPEC_VERSION.split(".")[0];
}
