// What a judged attempt means for its row in the queue: accepted, failed, aborted, or due again and when. Asks serve first where
// a mission would fail though an earlier attempt may have arrived. Must not send missions.
import type { Client } from "../client/client.ts";
import { parseJson } from "../core/json.ts";
import type { Mission } from "../mission/wire/http.ts";
import { backoffMs, jitteredMs, RETRY_DEFAULTS } from "../core/backoff.ts";
import { isUnknownToServe, type Verdict } from "./judge.ts";
import { newsOfMission } from "./queue/mirror.ts";
import type { Intent, Outbox, Settlement } from "./queue/outbox.ts";

export type SettlementDeps = {
  readonly outbox: Outbox;
  readonly random: () => number;
  readonly retryBaseMs: number;
  readonly maxAttempts: number;
  readonly respondAsync: boolean;
  /** Fires when the bridge stops and waits no longer. */
  readonly signal: AbortSignal;
};

type Door = { readonly client: Client; readonly serveId: string };

/** True if the mission that serve knows is the one that was queued here, not another under the same id. */
function isOurs(mission: Mission, sent: { readonly sessionId: string; readonly body: string } | undefined): boolean {
  const body = parseJson(sent?.body ?? "")?.value as { readonly objective?: unknown } | undefined;
  return mission.session_id === sent?.sessionId && mission.objective === body?.objective;
}

// Failed for good, unless an earlier attempt of unknown outcome had been stored.
async function failedUnlessStored(door: Door, intent: Intent, reason: string, delayMs: number, deps: SettlementDeps): Promise<Settlement | undefined> {
  if (!intent.unknown) return { kind: "failed", reason };
  try {
    const mission = await door.client.mission(intent.missionId, deps.signal);
    if (!isOurs(mission, deps.outbox.sent(intent.missionId))) return { kind: "failed", reason };
    await deps.outbox.applyRead(door.serveId, newsOfMission(mission));
    return undefined;
  } catch (error) {
    if (isUnknownToServe(error)) return { kind: "failed", reason };
    return { kind: "again", reason: `${reason}; whether an earlier attempt arrived is not known yet`, delayMs, unknown: true, pending: true, declined: false };
  }
}

/** The settlement of an attempt; undefined if the row was settled by reading what serve knows. Never rejects for what serve does. */
export async function settlementOf(door: Door, intent: Intent, verdict: Verdict, deps: SettlementDeps): Promise<Settlement | undefined> {
  const wait = (asked?: number): number => jitteredMs(backoffMs(intent.attempt, deps.retryBaseMs, RETRY_DEFAULTS.maxBackoffMs), asked, deps.random);
  switch (verdict.kind) {
    case "accepted":
      return { kind: "accepted", state: verdict.state, executorId: verdict.executorId, attempt: verdict.attempt };
    case "tombstone":
      return { kind: "aborted", reason: verdict.reason };
    case "refused":
      return failedUnlessStored(door, intent, verdict.reason, wait(), deps);
    case "again": {
      const { reason, unknown, declined, retryAfterMs } = verdict;
      if (declined && !deps.respondAsync && intent.declined + 1 >= deps.maxAttempts) {
        return failedUnlessStored(door, intent, `${reason} (${intent.declined + 1} times)`, wait(retryAfterMs), deps);
      }
      const stopped = deps.signal.aborted;
      return { kind: "again", reason, delayMs: stopped ? 0 : wait(retryAfterMs), unknown, pending: !stopped, declined };
    }
    case "line": {
      const { failure, unknown, pending } = verdict;
      // A fault is probed by the line; the mission itself is not late. What may have arrived earlier stays sent: nobody judged it.
      return {
        kind: "again",
        reason: failure.reason,
        delayMs: failure.kind === "fault" ? 0 : wait(),
        unknown,
        pending: pending && !intent.wasSent,
        declined: false,
      };
    }
    default:
      return verdict satisfies never;
  }
}
