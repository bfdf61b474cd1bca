// Leases of live ownerships, counted on the monotonic clock of the process that holds the links (contract §1, Silence).
// Must not know sockets; the store decides what the end of an ownership means.
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Clock } from "../core/time.ts";
import type { RunRef } from "../mission/wire/frames.ts";
import type { OwnedRun, Store } from "./store/store.ts";

type Lease = { readonly run: OwnedRun; until: number };

export type Renewal = {
  readonly leases: readonly (RunRef & { readonly ttl_ms: number })[];
  readonly refused: readonly (RunRef & { readonly reason: string })[];
};

export type Leases = {
  /** Extends the leases of the runs that this executor still owns. Expired or foreign ones are refused. */
  renew(executorId: string, runs: readonly RunRef[]): Renewal;
  /** The attempt that an executor owns of a mission, if any. */
  attemptOf(executorId: string, missionId: string): number | undefined;
  stop(): void;
};

export type LeaseOptions = { readonly store: Store; readonly clock: Clock; readonly log: Log; readonly leaseTtlMs: number; readonly holdTtlMs: number };

/** Starts counting. After a restart every stored ownership gets a whole ttl of grace on top of its own. */
export async function startLeases({ store, clock, log, leaseTtlMs, holdTtlMs }: LeaseOptions): Promise<Leases> {
  const leases = new Map<string, Lease>();
  const ttlOf = (run: OwnedRun): number => (run.confirmed && run.on_lost === "hold" ? holdTtlMs : leaseTtlMs);
  const tickMs = Math.max(20, Math.min(1_000, leaseTtlMs / 10));
  let cancel = (): void => {};

  const unsubscribe = store.subscribe((effects) => {
    for (const effect of effects) {
      if (effect.kind === "owned") leases.set(effect.run.mission_id, { run: effect.run, until: clock.monotonic() + ttlOf(effect.run) });
      else if (effect.kind === "released" && leases.get(effect.run.mission_id)?.run.attempt === effect.run.attempt) leases.delete(effect.run.mission_id);
    }
  });
  for (const run of await store.ownedRuns()) leases.set(run.mission_id, { run, until: clock.monotonic() + ttlOf(run) + leaseTtlMs });

  const expire = (): void => {
    const now = clock.monotonic();
    for (const lease of leases.values()) {
      if (lease.until > now) continue;
      // Until the store has decided, nobody may renew it; a failed commit is tried again after a tick.
      store.endOwnership(lease.run, "lease_expired").then(
        (ended) => {
          if (!ended && leases.get(lease.run.mission_id) === lease) leases.delete(lease.run.mission_id);
        },
        (error: unknown) => log.warn({ mission_id: lease.run.mission_id, error: messageOf(error) }, "leases: ownership could not be ended"),
      );
    }
    cancel = clock.after(tickMs, expire);
  };
  cancel = clock.after(tickMs, expire);

  return {
    renew(executorId, runs) {
      const now = clock.monotonic();
      const renewed: (RunRef & { ttl_ms: number })[] = [];
      const refused: (RunRef & { reason: string })[] = [];
      for (const { mission_id, attempt } of runs) {
        const lease = leases.get(mission_id);
        if (!lease || lease.run.attempt !== attempt || lease.run.executor_id !== executorId) refused.push({ mission_id, attempt, reason: "not_owner" });
        else if (lease.until <= now) refused.push({ mission_id, attempt, reason: "lease_expired" });
        else {
          const ttl_ms = ttlOf(lease.run);
          lease.until = now + ttl_ms;
          renewed.push({ mission_id, attempt, ttl_ms });
        }
      }
      return { leases: renewed, refused };
    },
    attemptOf(executorId, missionId) {
      const lease = leases.get(missionId);
      return lease?.run.executor_id === executorId ? lease.run.attempt : undefined;
    },
    stop() {
      unsubscribe();
      cancel();
    },
  };
}
