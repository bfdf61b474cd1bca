// Queued → assigned: queue, bridge, serve and an executor's link that confirms at once, each a process of its own. How many
// a second, with how much memory, and what one more costs among many. Must not know how they do it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openQueue } from "../src/bridge/queue/open-queue.ts";
import { AiwgError } from "../src/core/errors.ts";
import { systemClock } from "../src/core/time.ts";
import type { Bench } from "./bench.ts";
import { type Figure, plainFigure, ratioFigure } from "./figures.ts";
import { fillQueue } from "./fill-queue.ts";
import { type Home, makeHome, startBridge, startServe } from "./rooms.ts";
import { cpuMs, peakRssMb, type Program, type Scratch, withScratch } from "./scratch.ts";
import { timeNode } from "./startup.ts";

const SLOTS = 100_000;
const main = (name: string): string => join(import.meta.dirname, name);

type Chain = {
  readonly home: Home;
  readonly project: string;
  readonly programs: { readonly serve: Program; readonly bridge: Program; readonly link: Program };
  /** Resolves with the time when this many confirmations were acknowledged in all. */
  confirmed(total: number): Promise<number>;
};

async function until(what: string, check: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!check()) {
    if (performance.now() > end) throw new AiwgError("timeout", `waited too long for ${what}`);
    await sleep(20);
  }
}

async function startChain(scratch: Scratch, aiwg: string, home: Home, project: string, step: number): Promise<Chain> {
  const { program: serve, url, token } = await startServe(scratch, aiwg, home);
  const bridge = startBridge(scratch, aiwg, home);
  const link = scratch.start(process.execPath, [main("link-main.ts"), url, token, "e-now", String(SLOTS), String(step)]);
  let last = JSON.parse(await link.line()) as { confirmed: number; at: number };
  const queue = openQueue(home.queue, systemClock);
  await until("the bridge", () => queue.bridge().running && queue.bridge().fault === null);
  queue.close();
  return {
    ...{ home, project, programs: { serve, bridge, link } },
    async confirmed(total) {
      while (last.confirmed < total) last = JSON.parse(await link.line()) as typeof last;
      return last.at;
    },
  };
}

type Session = { readonly perSecond: number; readonly mirroredPerSecond: number; readonly peakMb: Readonly<Record<string, number | undefined>> };

function oneSession(aiwg: string, n: number): Promise<Session> {
  return withScratch(async (scratch) => {
    const home = makeHome(scratch);
    const chain = await startChain(scratch, aiwg, home, home.path, n);
    const writer = scratch.start(process.execPath, [main("enqueue-main.ts"), home.queue, home.path, String(n)]);
    const written = JSON.parse(await writer.line()) as { began: number; peakMb: number | null };
    const done = await chain.confirmed(n);
    const queue = openQueue(home.queue, systemClock);
    await until("the queue's mirror", () => queue.counts({})["assigned"] === n);
    const mirrored = Date.now();
    queue.close();
    const { serve, bridge, link } = chain.programs;
    const rate = (at: number): number => (n / (at - written.began)) * 1_000;
    const peakMb = {
      ...{ "queue's writer": written.peakMb ?? undefined, bridge: peakRssMb(bridge.child.pid), serve: peakRssMb(serve.child.pid) },
      "the link's executor": peakRssMb(link.child.pid),
    };
    return { perSecond: rate(done), mirroredPerSecond: rate(mirrored), peakMb };
  });
}

async function manySessions(aiwg: string, rounds: number, n: number): Promise<Figure[]> {
  const runs: Session[] = [];
  for (let round = 0; round < rounds; round++) runs.push(await oneSession(aiwg, n));
  const many = n.toLocaleString("en-US");
  const peak = (name: string): Figure => {
    const ours = runs.map((run) => run.peakMb[name]).filter((mb) => mb !== undefined);
    return plainFigure({ what: `peak memory of ${name}, the same run`, ours, unit: " MB", ...(ours.length > 0 ? { wanted: { atMost: 200 } } : {}) });
  };
  return [
    plainFigure({
      what: `queued → assigned and confirmed, ${many} missions in one session, from the first one queued`,
      ...{ ours: runs.map((run) => run.perSecond), unit: "/s", wanted: { atLeast: 1_000 } },
    }),
    plainFigure({ what: "the same, until the queue itself says so", ours: runs.map((run) => run.mirroredPerSecond), unit: "/s" }),
    ...Object.keys(runs[0]?.peakMb ?? {}).map(peak),
  ];
}

type Cost = { readonly wallMs: number; readonly cpuMs: number };

// Milliseconds a mission of the chain's next round, from queued to confirmed, and processor time of bridge and serve.
async function oneRound(chain: Chain, before: number, n: number): Promise<Cost> {
  const { serve, bridge } = chain.programs;
  const cpu = (): number => (cpuMs(serve.child.pid) ?? Number.NaN) + (cpuMs(bridge.child.pid) ?? Number.NaN);
  const [cpuBefore, began] = [cpu(), Date.now()];
  await fillQueue(chain.home.queue, chain.project, n);
  const wallMs = (await chain.confirmed(before + n)) - began;
  await sleep(300);
  return { wallMs: wallMs / n, cpuMs: (cpu() - cpuBefore) / n };
}

async function marginal({ scratch, aiwg, quick }: Bench): Promise<Figure[]> {
  const [few, many] = quick ? [100, 500] : [1_000, 100_000];
  const [rounds, n] = quick ? [2, 100] : [7, 1_000];
  const open = async (there: number): Promise<Chain> => {
    const home = makeHome(scratch);
    execFileSync(process.execPath, [main("preload-main.ts"), home.queue, home.store, home.path, String(there)], { stdio: ["ignore", "ignore", "inherit"] });
    return startChain(scratch, aiwg, home, home.path, n);
  };
  const [small, large] = [await open(few), await open(many)];
  const [onSmall, onLarge]: [Cost[], Cost[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const costs = [await oneRound(small, (round + 1) * n, n), await oneRound(large, (round + 1) * n, n)] as const;
    if (round < 0) continue;
    onSmall.push(costs[0]);
    onLarge.push(costs[1]);
  }
  const status = Array.from({ length: quick ? 2 : 7 }, () => timeNode([aiwg, "mc", "status"], { cwd: large.home.path, home: large.home.path }));
  const [had, hadFew] = [many.toLocaleString("en-US"), few.toLocaleString("en-US")];
  const figure = (what: string, of: (cost: Cost) => number): Figure =>
    ratioFigure({
      what: `${what} with ${had} there / with ${hadFew}`,
      ours: onLarge.map(of),
      yardstick: onSmall.map(of),
      unit: " ms",
      wanted: { atMost: 1.2 },
    });
  const { serve, bridge } = large.programs;
  const peaks = [peakRssMb(bridge.child.pid), peakRssMb(serve.child.pid)].filter((mb) => mb !== undefined);
  return [
    figure("one more mission, wall time,", (cost) => cost.wallMs),
    figure("one more mission, processor time of bridge and serve,", (cost) => cost.cpuMs),
    plainFigure({ what: `\`aiwg mc status\` with ${had} assigned at a serve that runs`, ours: status, unit: " ms", wanted: { atMost: 250 } }),
    ...(peaks.length === 2
      ? [plainFigure({ what: `peak memory with ${had} there: the larger of bridge and serve`, ours: [Math.max(...peaks)], unit: " MB" })]
      : []),
  ];
}

export async function measureDispatch(bench: Bench): Promise<Figure[]> {
  const sessions = await manySessions(bench.aiwg, bench.quick ? 1 : 3, bench.quick ? 200 : 10_000);
  return [...sessions, ...(await marginal(bench))];
}
