// What became of a mission, as an exit code (contract §5). Pure.
import type { QueueState } from "../bridge/queue/queue.ts";
import { isForgotten } from "../bridge/queue/rows.ts";
import { OWNED_STATES, TERMINAL_STATES } from "../mission/model.ts";

/** States at serve that are not the end. */
export const LIVE_STATES = ["queued", ...OWNED_STATES, "suspended"] as const;

/** True for a state that never changes again. */
export function isEnded(state: QueueState): boolean {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

/** True while serve has not answered for the mission. */
export function isUnsent(state: QueueState): boolean {
  return state === "pending" || state === "sent";
}

/** Exit codes by outcome. */
export const OUTCOME_EXIT = { done: 0, failed: 10, waits: 11, limit: 12, aborted: 13 } as const;

/** The code for a mission in this state, or undefined while it goes on by itself. */
export function outcomeExit(state: QueueState, reason: string): number | undefined {
  switch (state) {
    case "done":
      return OUTCOME_EXIT.done;
    case "failed":
      return reason.startsWith("limit_") ? OUTCOME_EXIT.limit : OUTCOME_EXIT.failed;
    case "aborted":
      return OUTCOME_EXIT.aborted;
    case "hitl_required":
      return OUTCOME_EXIT.waits;
    case "suspended":
      // Goes on by itself when its executor is back (contract §1).
      return reason === "executor_shutdown" ? undefined : OUTCOME_EXIT.waits;
    default:
      return undefined;
  }
}

/** The command that lets a suspended mission go on. */
export function wayOn(id: string, suspended: { readonly state: string; readonly reason: string }): string {
  return isForgotten(suspended) ? `aiwg mc move ${id} --force` : `aiwg mc resume ${id}`;
}
