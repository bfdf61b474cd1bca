// Until when each run may live, counted from when the renewal that serve answered was *sent* (contract §2.3).
// Must not know frames, processes or why a run ends.
import type { Clock } from "../core/time.ts";
import type { RunRef } from "../mission/wire/frames.ts";

/** What a lease governs. */
export type Leased = {
  /** The lease now allows life for `remainingMs()` more; then killing must begin, which may take `graceMs`. */
  extended(remainingMs: () => number, graceMs: number): void;
  /** It ran out: end the run, say nothing more about it. */
  expired(): void;
};

/** Killing begins this part of the lease, at most so long, before its end: TERM, grace and KILL fit in. */
const MARGIN_PART = 3;
const MAX_MARGIN_MS = 5_000;
/** Sent heartbeats that may still be answered. */
const KEPT = 1_024;

type Lease = { readonly run: RunRef; readonly leased: Leased; until: number; cancel: () => void };

export type Leases = {
  /** Notes that heartbeat `n` leaves now. */
  sent(n: number): void;
  /** Serve answered heartbeat `n`; ignored if it was not sent or is too old. */
  renewed(n: number, leases: readonly (RunRef & { readonly ttl_ms: number })[]): void;
  /** Begins a lease that was asked for at `sentAt` (monotonic). If that is too long ago, it begins with the next renewal. */
  begin(run: RunRef, sentAt: number, ttlMs: number, leased: Leased): void;
  end(run: RunRef): void;
};

const keyOf = (run: RunRef): string => `${run.attempt} ${run.mission_id}`;

export function createLeases(clock: Clock): Leases {
  const held = new Map<string, Lease>();
  const beats = new Map<number, number>();

  const extend = (lease: Lease, from: number, ttlMs: number): void => {
    const margin = Math.min(MAX_MARGIN_MS, ttlMs / MARGIN_PART);
    const until = from + ttlMs - margin;
    // An answer to an older heartbeat must not shorten what a newer one gave.
    if (until <= Math.max(lease.until, clock.monotonic())) return;
    lease.until = until;
    lease.cancel();
    const remaining = (): number => until - clock.monotonic();
    lease.cancel = clock.after(Math.max(0, remaining()), () => {
      held.delete(keyOf(lease.run));
      lease.leased.expired();
    });
    lease.leased.extended(remaining, margin / 2);
  };

  return {
    sent(n) {
      beats.set(n, clock.monotonic());
      beats.delete(n - KEPT);
    },
    renewed(n, leases) {
      const from = beats.get(n);
      if (from === undefined) return;
      for (const { ttl_ms, ...run } of leases) {
        const lease = held.get(keyOf(run));
        if (lease) extend(lease, from, ttl_ms);
      }
    },
    begin(run, sentAt, ttlMs, leased) {
      const lease: Lease = { run, leased, until: -Infinity, cancel: () => {} };
      held.set(keyOf(run), lease);
      extend(lease, sentAt, ttlMs);
    },
    end(run) {
      held.get(keyOf(run))?.cancel();
      held.delete(keyOf(run));
    },
  };
}
