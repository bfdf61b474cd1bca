// A serve that comes back after a minute is not run over by those who waited for it: a thousand dispatch clients on a
// simulated clock, judged by counts alone.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { dispatchMission, type DispatchOutcome } from "../../src/bridge/dispatch.ts";

const CLIENTS = 1_000;
const STEP_MS = 50;
/** Each client dispatches, waits for the outcome, thinks for 5 to 15 s, and dispatches again. */
const THINK_MS = 10_000;
const STEADY_PER_S = CLIENTS / (THINK_MS / 1_000);
const OUTAGE = { from: 60_000, to: 120_000 } as const;
const END_MS = 240_000;

// Timers by step, so that a quarter of an hour of them costs no search.
class StepClock {
  #now = 0;
  readonly #steps = new Map<number, Set<() => void>>();
  now(): number {
    return this.#now;
  }
  after(ms: number, fn: () => void): () => void {
    const at = Math.max(Math.ceil((this.#now + ms) / STEP_MS), this.#now / STEP_MS + 1);
    const due = this.#steps.get(at) ?? new Set();
    this.#steps.set(at, due.add(fn));
    return () => void due.delete(fn);
  }
  step(): void {
    this.#now += STEP_MS;
    const due = this.#steps.get(this.#now / STEP_MS);
    this.#steps.delete(this.#now / STEP_MS);
    for (const fn of due ?? []) fn();
  }
}

// The same run each time: mulberry32.
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type World = { readonly arrivals: number[]; readonly accepted: Map<string, number>; readonly outcomes: DispatchOutcome[]; waitingAtReturn: string[] };

async function simulate(seed: number): Promise<World> {
  const clock = new StepClock();
  const random = seeded(seed);
  // Requests that reached serve, per second.
  const arrivals: number[] = Array.from({ length: END_MS / 1_000 + 1 }, () => 0);
  const accepted = new Map<string, number>();
  const outcomes: DispatchOutcome[] = [];
  const open = new Set<string>();
  const fetchImpl: typeof fetch = (_, init) => {
    if (clock.now() >= OUTAGE.from && clock.now() < OUTAGE.to) {
      const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:7337"), { code: "ECONNREFUSED" });
      return Promise.reject(new TypeError("fetch failed", { cause }));
    }
    const second = Math.floor(clock.now() / 1_000);
    arrivals[second] = (arrivals[second] ?? 0) + 1;
    const { mission_id } = JSON.parse(String(init?.body)) as { mission_id: string };
    accepted.set(mission_id, clock.now());
    return Promise.resolve(Response.json({ mission_id, status: "queued", executor_id: null, attempt: 0 }, { status: 202 }));
  };
  const options = { aiwgServeUrl: "http://127.0.0.1:7337", maxAttempts: Infinity, fetchImpl, clock, random };
  const client = async (name: number): Promise<void> => {
    for (let n = 0; ; n++) {
      // The first thought places the clients evenly over one period.
      const thought = n === 0 ? random() * THINK_MS : THINK_MS * (0.5 + random());
      // The moment serve goes away concerns everybody, as a cut connection does: all find nobody at once.
      const untilAway = OUTAGE.from - clock.now();
      const think = untilAway > 0 ? Math.min(thought, untilAway) : thought;
      await new Promise<void>((resolve) => void clock.after(think, resolve));
      if (clock.now() >= END_MS) return;
      const mission_id = `m-${name}-${n}`;
      open.add(mission_id);
      outcomes.push(await dispatchMission(options, "s-1", { mission_id, objective: "x" }));
      open.delete(mission_id);
    }
  };
  const world: World = { arrivals, accepted, outcomes, waitingAtReturn: [] };
  const clients = Array.from({ length: CLIENTS }, (_, name) => client(name));
  while (clock.now() < END_MS + 60_000) {
    clock.step();
    await turn();
    if (clock.now() === OUTAGE.to) world.waitingAtReturn = [...open];
  }
  await Promise.all(clients);
  return world;
}

test("after a minute's absence the peak is at most 1.5 × the steady rate, attempts at most 1.2 × the missions, and all arrive soon", async () => {
  const { arrivals, accepted, outcomes, waitingAtReturn } = await simulate(1);
  const after = arrivals.slice(OUTAGE.to / 1_000, END_MS / 1_000);
  const steady = arrivals.slice(20, OUTAGE.from / 1_000);
  const mean = steady.reduce((sum, n) => sum + n, 0) / steady.length;
  expect(mean).toBeGreaterThan(STEADY_PER_S * 0.9);
  expect(mean).toBeLessThan(STEADY_PER_S * 1.1);
  // The outage has filled the waiting room: without that there would be nothing to prove.
  expect(waitingAtReturn.length).toBeGreaterThan(CLIENTS * 0.95);
  expect(Math.max(...after)).toBeLessThanOrEqual(1.5 * mean);
  const reached = arrivals.reduce((sum, n) => sum + n, 0);
  expect(reached).toBeLessThanOrEqual(1.2 * accepted.size);
  expect(outcomes.every(({ outcome }) => outcome === "accepted")).toBe(true);
  // Also counting those that found nobody: a dozen for each client is the price of a minute.
  expect(outcomes.reduce((sum, { attempts }) => sum + attempts, 0)).toBeLessThanOrEqual(1.2 * outcomes.length + CLIENTS * 12);
  const late = Math.max(...waitingAtReturn.map((id) => accepted.get(id) ?? Infinity)) - OUTAGE.to;
  expect(late).toBeLessThanOrEqual(OUTAGE.to - OUTAGE.from);
});
