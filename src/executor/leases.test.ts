import { expect, test } from "vitest";
import type { Clock } from "../core/time.ts";
import { createLeases } from "./leases.ts";

/** A clock that moves only when told. */
function virtualClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { at: number; fn: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.at <= now);
      timers = timers.filter((timer) => timer.at > now);
      for (const timer of due) timer.fn();
    },
  };
}

const run = { mission_id: "m", attempt: 1 };

function open() {
  const clock = virtualClock();
  const seen: string[] = [];
  const leases = createLeases(clock);
  const leased = { extended: (remaining: () => number, grace: number) => void seen.push(`${remaining()}+${grace}`), expired: () => void seen.push("expired") };
  return { clock, seen, leases, leased };
}

test("a lease counts from when the answered heartbeat was sent, not from the answer", () => {
  const { clock, seen, leases, leased } = open();
  leases.begin(run, clock.monotonic(), 30_000, leased);
  leases.sent(1);
  clock.advance(8_000);
  leases.renewed(1, [{ ...run, ttl_ms: 60_000 }]);
  expect(seen).toEqual(["25000+2500", "47000+2500"]);
  clock.advance(46_999);
  expect(seen).not.toContain("expired");
  clock.advance(1);
  expect(seen).toContain("expired");
});

test("an answer to a heartbeat that was never sent, or to an older one, shortens and lengthens nothing", () => {
  const { clock, seen, leases, leased } = open();
  leases.begin(run, clock.monotonic(), 30_000, leased);
  leases.sent(1);
  clock.advance(1_000);
  leases.sent(2);
  leases.renewed(2, [{ ...run, ttl_ms: 30_000 }]);
  leases.renewed(1, [{ ...run, ttl_ms: 30_000 }]);
  leases.renewed(7, [{ ...run, ttl_ms: 90_000 }]);
  expect(seen).toEqual(["25000+2500", "25000+2500"]);
});

test("a confirmation that is acknowledged too late gives no lease; the next renewal does", () => {
  const { clock, seen, leases, leased } = open();
  clock.advance(100_000);
  leases.begin(run, 10_000, 30_000, leased);
  expect(seen).toEqual([]);
  leases.sent(1);
  leases.renewed(1, [{ ...run, ttl_ms: 3_000 }]);
  expect(seen).toEqual(["2000+500"]);
});

test("a lease that ended does not expire", () => {
  const { clock, seen, leases, leased } = open();
  leases.begin(run, 0, 30_000, leased);
  leases.end(run);
  clock.advance(60_000);
  expect(seen).toEqual(["25000+2500"]);
});
