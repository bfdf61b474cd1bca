// Names of the events that serve appends (contract §2.2). Apart from their schema, so that types of them need no schema library.

/** The `event` member of an event. */
export const EVENT_TYPES = [
  "mission.queued",
  "mission.assigned",
  "mission.started",
  "mission.progress",
  "mission.hitl_required",
  "mission.hitl_responded",
  "mission.paused",
  "mission.resumed",
  "mission.suspended",
  "mission.completed",
  "mission.failed",
  "mission.aborted",
  "mission.changed",
  "executor.registered",
  "executor.connected",
  "executor.disconnected",
  "executor.draining",
  "executor.deregistered",
  "session.changed",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
