// The same job through aiwg's store, graphile-worker, pg-boss and BullMQ, side by side on one disk: enqueue, claim, complete,
// 16 lanes in a closed loop. Must not know how an engine does it.
import { join } from "node:path";
import { messageOf } from "../src/core/errors.ts";
import type { Bench } from "./bench.ts";
import { startPostgres, startRedis } from "./databases.ts";
import { brief, failedFigure, type Figure, median, ratioFigure } from "./figures.ts";
import { installPeers } from "./install.ts";
import type { Load } from "./lanes.ts";
import { withScratch } from "./scratch.ts";

const LANES = 16;
const MAIN = join(import.meta.dirname, "peer-main.ts");

type Database = () => Promise<{ readonly connection: string; readonly version: string }>;
type Rival = { readonly name: string; readonly database: "postgres" | "redis"; readonly atLeast?: number };
const RIVALS: readonly Rival[] = [
  { name: "graphile-worker", database: "postgres", atLeast: 8 },
  { name: "graphile-worker, batched", database: "postgres", atLeast: 8 },
  { name: "pg-boss", database: "postgres", atLeast: 8 },
  { name: "BullMQ", database: "redis", atLeast: 4 },
];

function runEngine(name: string, seconds: number, connection: string): Promise<Load> {
  return withScratch(async (scratch) => {
    const args = [MAIN, name, String(LANES), String(seconds), scratch.folder(), connection];
    return JSON.parse(await scratch.start(process.execPath, args).line()) as Load;
  });
}

/** Rounds are interleaved: ours, then each rival, then ours again. */
export async function measurePeers({ scratch, quick }: Bench): Promise<Figure[]> {
  const [rounds, seconds] = quick ? [1, 1] : [5, 3];
  const all = (why: unknown): Figure[] => RIVALS.map(({ name }) => failedFigure(`against ${name}`, messageOf(why)));
  let versions: Readonly<Record<string, string>>;
  try {
    versions = installPeers();
  } catch (error) {
    return all(error);
  }
  const databases: Readonly<Record<Rival["database"], Database>> = { postgres: () => startPostgres(scratch), redis: () => startRedis(scratch) };
  const started = new Map<string, Awaited<ReturnType<Database>> | { readonly fault: string }>();
  for (const [name, start] of Object.entries(databases)) started.set(name, await start().catch((error: unknown) => ({ fault: messageOf(error) })));

  const ours: Load[] = [];
  const theirs = new Map<string, Load[]>();
  const faults = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    ours.push(await runEngine("aiwg", seconds, ""));
    for (const { name, database } of RIVALS) {
      const place = started.get(database);
      if (!place || "fault" in place) faults.set(name, place?.fault ?? "no database");
      if (faults.has(name) || !place || "fault" in place) continue;
      const load = await runEngine(name, seconds, place.connection).catch((error: unknown) => void faults.set(name, messageOf(error)));
      if (load) theirs.set(name, [...(theirs.get(name) ?? []), load]);
    }
  }
  const rate = (loads: readonly Load[]): number[] => loads.map((load) => load.perSecond);
  const p50 = (loads: readonly Load[]): string => brief(median(loads.map((load) => load.p50)));
  return RIVALS.map(({ name, database, atLeast }) => {
    const fault = faults.get(name);
    const loads = theirs.get(name) ?? [];
    const place = started.get(database);
    const on = place && "version" in place ? place.version : database;
    const what = `enqueue → claim → complete, ${LANES} lanes: against ${name} ${versions[name.split(",")[0]?.toLowerCase() ?? ""] ?? ""} on ${on}`;
    if (fault !== undefined) return failedFigure(what, fault);
    const figure = ratioFigure({
      what: `${what} (p50 ${p50(ours)} / ${p50(loads)} ms)`,
      ours: rate(ours),
      yardstick: rate(loads),
      unit: "/s",
      ...(atLeast === undefined ? {} : { wanted: { atLeast } }),
    });
    return figure;
  });
}
