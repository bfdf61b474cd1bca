// Many dispatch clients while serve is away and comes back, in virtual time: how hard the return hits, and how often each
// mission is sent. The clients are aiwg/dispatch itself; serve is a function that answers or refuses the connection.
import { type DispatchOptions, dispatchMission } from "../src/bridge/dispatch.ts";
import type { Bench } from "./bench.ts";
import { brief, type Figure, plainFigure, ratioFigure } from "./figures.ts";
import { VirtualTime } from "./virtual-time.ts";

const CLIENTS = 1_000;
/** A client's pause between two missions, evenly from 0 to this. */
const PAUSE_MS = 20_000;
const AWAY_AT = 120_000;
const BACK_AT = 180_000;
const END = 360_000;
/** Counts as steady: after all clients have begun at their own times, before serve goes. */
const STEADY_FROM = 60_000;

type Counts = {
  readonly steadyPerSecond: number;
  readonly peakPerSecond: number;
  readonly missionsAfter: number;
  readonly attemptsAfter: number;
  readonly attemptsAway: number;
  /** Seconds after the return until nobody waited any more. */
  readonly healedAfterS: number;
};

// Mulberry32: small, seeded, good enough for jitter.
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function simulate(seed: number, clients: number): Promise<Counts> {
  const time = new VirtualTime();
  const random = randomFrom(seed);
  const arrivals = new Map<number, number>();
  const waiting = new Set<string>();
  let [missionsAfter, attemptsAway, healedAt] = [0, 0, BACK_AT];
  const isAway = (): boolean => time.now() >= AWAY_AT && time.now() < BACK_AT;

  const fetchImpl: typeof fetch = (_url, init) => {
    if (isAway()) {
      attemptsAway += 1;
      return Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    }
    const second = Math.floor(time.now() / 1_000);
    arrivals.set(second, (arrivals.get(second) ?? 0) + 1);
    const { mission_id } = JSON.parse(typeof init?.body === "string" ? init.body : "{}") as { mission_id: string };
    return Promise.resolve(Response.json({ mission_id, status: "queued", executor_id: null, attempt: 0 }, { status: 202 }));
  };
  const options: DispatchOptions = { aiwgServeUrl: "http://127.0.0.1:1", maxAttempts: Infinity, respondAsync: true, fetchImpl, clock: time, random };

  const client = async (name: number): Promise<void> => {
    for (let n = 0; time.now() < END; n++) {
      // The moment serve goes concerns everybody, as a cut connection does: all find nobody at once.
      const untilAway = AWAY_AT - time.now();
      const pause = Math.min(random() * PAUSE_MS, untilAway > 0 ? untilAway : Infinity);
      await new Promise<void>((resolve) => void time.after(pause, resolve));
      const mission_id = `m-${name}-${n}`;
      if (isAway()) waiting.add(mission_id);
      await dispatchMission(options, "s-storm", { mission_id, objective: "x" });
      if (waiting.delete(mission_id)) healedAt = Math.max(healedAt, time.now());
      if (time.now() >= BACK_AT) missionsAfter += 1;
    }
  };
  for (let name = 0; name < clients; name++) void client(name);
  await time.runTo(END);

  const perSecond = (from: number, to: number): number[] => Array.from({ length: (to - from) / 1_000 }, (_, i) => arrivals.get(from / 1_000 + i) ?? 0);
  const steady = perSecond(STEADY_FROM, AWAY_AT);
  const after = perSecond(BACK_AT, END);
  const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);
  return {
    steadyPerSecond: sum(steady) / steady.length,
    peakPerSecond: Math.max(...after),
    missionsAfter,
    attemptsAfter: sum(after),
    attemptsAway,
    healedAfterS: (healedAt - BACK_AT) / 1_000,
  };
}

/** Several runs that differ by their seed only. */
export async function measureStorm({ quick }: Bench): Promise<Figure[]> {
  const runs: Counts[] = [];
  for (let seed = 1; seed <= (quick ? 1 : 5); seed++) runs.push(await simulate(seed, CLIENTS));
  const of = (pick: (run: Counts) => number): number[] => runs.map(pick);
  const who = `${brief(CLIENTS)} dispatch clients, serve away 60 s (virtual time)`;
  return [
    ratioFigure({
      what: `${who}: busiest second after its return / mean second before`,
      ...{ ours: of((run) => run.peakPerSecond), yardstick: of((run) => run.steadyPerSecond), unit: " requests", wanted: { atMost: 1.5 } },
    }),
    ratioFigure({
      what: "the same: attempts / missions, from the return on",
      ...{ ours: of((run) => run.attemptsAfter), yardstick: of((run) => run.missionsAfter), unit: "", wanted: { atMost: 1.2 } },
    }),
    plainFigure({ what: "the same: connections tried per client in the 60 s", ours: of((run) => run.attemptsAway / CLIENTS), unit: "" }),
    plainFigure({ what: "the same: until nobody waited any more", ours: of((run) => run.healedAfterS), unit: " s" }),
  ];
}
