import { expect, test } from "vitest";
import { MISSION_EVENTS, nextState } from "./machine.ts";
import { MISSION_STATES, type MissionState } from "./model.ts";

// Written out by hand from contract §1, independent of the table under test: "state event → state"; all else conflicts.
const owned = ["assigned", "running", "paused", "hitl_required"];
const expected = new Map<string, MissionState>([
  ["queued assign", "assigned"],
  ["queued refuse", "failed"],
  ["queued abort", "aborted"],
  ["suspended abort", "aborted"],
  ["suspended resume", "queued"],
  ["assigned mission.assigned", "assigned"],
  ["assigned mission.rejected", "queued"],
  ["assigned unconfirmed", "queued"],
  ["assigned mission.started", "running"],
  ["running mission.paused", "paused"],
  ["running mission.resumed", "running"],
  ["paused mission.resumed", "running"],
  ["running mission.hitl_required", "hitl_required"],
  ["hitl_required answer", "running"],
  ["hitl_required expired", "suspended"],
  ...owned.flatMap((state): [string, MissionState][] => [
    [`${state} mission.suspended`, "suspended"],
    [`${state} lost_hold`, "suspended"],
    [`${state} lost_retry`, "queued"],
    [`${state} lost_exhausted`, "failed"],
    [`${state} lost_aborting`, "aborted"],
    [`${state} mission.failed`, "failed"],
    [`${state} mission.aborted`, "aborted"],
  ]),
  ...["running", "paused", "hitl_required"].flatMap((state): [string, MissionState][] => [
    [`${state} mission.completed`, "done"],
    [`${state} mission.progress`, state as MissionState],
    [`${state} mission.reconnected`, state as MissionState],
  ]),
]);

for (const state of MISSION_STATES) {
  for (const event of MISSION_EVENTS) {
    const to = expected.get(`${state} ${event}`);
    test(`${state} + ${event} ${to === undefined ? "is a conflict" : `becomes ${to}`}`, () => {
      expect(nextState(state, event)).toBe(to);
    });
  }
}
