// The one transition table of missions (contract §1). Pure: who may fire an event, and leases, are decided elsewhere.
import type { MissionState } from "./model.ts";

/**
 * What can happen to a stored mission. Names with a dot are reports of the owner; the others come from
 * serve (assign, lost_*, unconfirmed, expired), from an operator (abort, resume) or from the bridge (refuse).
 */
export const MISSION_EVENTS = [
  "assign",
  "refuse",
  "abort",
  "resume",
  "answer",
  "expired",
  "unconfirmed",
  "lost_hold",
  "lost_retry",
  "lost_exhausted",
  "lost_aborting",
  "mission.assigned",
  "mission.rejected",
  "mission.started",
  "mission.progress",
  "mission.hitl_required",
  "mission.paused",
  "mission.resumed",
  "mission.suspended",
  "mission.reconnected",
  "mission.completed",
  "mission.failed",
  "mission.aborted",
] as const;
export type MissionEvent = (typeof MISSION_EVENTS)[number];

type Row = Partial<Record<MissionEvent, MissionState>>;

// What any owner may report and any end of ownership does.
const OWNED = {
  lost_hold: "suspended",
  lost_retry: "queued",
  lost_exhausted: "failed",
  lost_aborting: "aborted",
  "mission.suspended": "suspended",
  "mission.failed": "failed",
  "mission.aborted": "aborted",
} as const satisfies Row;

/** from → event → to. An absent pair is a conflict: nothing changes. */
export const TRANSITIONS: Readonly<Record<MissionState, Readonly<Row>>> = {
  queued: { assign: "assigned", refuse: "failed", abort: "aborted" },
  assigned: {
    ...OWNED,
    unconfirmed: "queued",
    "mission.assigned": "assigned",
    "mission.rejected": "queued",
    "mission.started": "running",
  },
  running: {
    ...OWNED,
    "mission.progress": "running",
    "mission.reconnected": "running",
    // Confirms an answer that serve already stored.
    "mission.resumed": "running",
    "mission.paused": "paused",
    "mission.hitl_required": "hitl_required",
    "mission.completed": "done",
  },
  paused: {
    ...OWNED,
    "mission.progress": "paused",
    "mission.reconnected": "paused",
    "mission.resumed": "running",
    "mission.completed": "done",
  },
  hitl_required: {
    ...OWNED,
    answer: "running",
    expired: "suspended",
    "mission.progress": "hitl_required",
    "mission.reconnected": "hitl_required",
    "mission.completed": "done",
  },
  suspended: { abort: "aborted", resume: "queued" },
  done: {},
  failed: {},
  aborted: {},
};

/** The state after `event`, or undefined if the pair is a conflict. */
export function nextState(from: MissionState, event: MissionEvent): MissionState | undefined {
  return TRANSITIONS[from][event];
}
