// What a durable operation costs serve's store: in 1 lane beside a loop that appends as many bytes and fsyncs, in 16 lanes
// by fsync. Must not know HTTP.
import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { brief, type Figure, median, plainFigure, ratioFigure } from "./figures.ts";
import { openAiwg, OPS_PER_CYCLE } from "./peers/aiwg.ts";
import { PAYLOAD } from "./peers/peer.ts";
import type { Scratch } from "./scratch.ts";

const LANES = 16;

function rawLoop(file: number, n: number): number {
  const line = `${JSON.stringify(PAYLOAD)}${"x".repeat(100)}\n`;
  const started = performance.now();
  for (let i = 0; i < n; i++) {
    writeSync(file, line);
    fsyncSync(file);
  }
  return (n / (performance.now() - started)) * 1_000;
}

/** Short turns of both, alternating: what a neighbour on the disk does falls on both. */
async function oneLane(scratch: Scratch, rounds: number, cycles: number): Promise<Figure> {
  const peer = await openAiwg({ folder: scratch.folder() });
  const file = openSync(join(scratch.folder(), "raw.log"), "a");
  const [ours, raw]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const rawRate = rawLoop(file, cycles * OPS_PER_CYCLE);
    const started = performance.now();
    for (let i = 0; i < cycles; i++) await peer.cycle();
    const rate = ((cycles * OPS_PER_CYCLE) / (performance.now() - started)) * 1_000;
    if (round < 0) continue;
    raw.push(rawRate);
    ours.push(rate);
  }
  closeSync(file);
  await peer.close();
  return ratioFigure({ what: "store, 1 lane: durable operations / append + fsync", ours, yardstick: raw, unit: "/s", wanted: { atLeast: 0.7 } });
}

type Synced = { readonly perSync: number; readonly how: string; readonly perSecond: number };

// `strace -c -f` counts what the process asks the kernel for; without it, the transactions that were committed.
function syncsOf(scratch: Scratch, cycles: number): Synced {
  const main = join(import.meta.dirname, "store-main.ts");
  const args = [main, scratch.folder(), String(LANES), String(cycles)];
  const counts = join(scratch.folder(), "counts");
  const tracing = ["-f", "-c", "-e", "trace=fsync,fdatasync", "-o", counts, process.execPath, ...args];
  const run = (command: string, given: readonly string[]) =>
    JSON.parse(execFileSync(command, given, { encoding: "utf8" })) as { ops: number; commits: number; perSecond: number };
  const plain = run(process.execPath, args);
  try {
    const { ops } = run(
      "strace",
      tracing.map((arg) => (arg === args[1] ? scratch.folder() : arg)),
    );
    const calls = [...readFileSync(counts, "utf8").matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?f(?:data)?sync$/gm)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
    if (calls > 0) return { perSync: ops / calls, how: "fsync and fdatasync counted by strace", perSecond: plain.perSecond };
  } catch {
    // Not every machine has strace, or lets it look.
  }
  return { perSync: plain.ops / plain.commits, how: "commits counted, no strace here", perSecond: plain.perSecond };
}

export function measureStore({ scratch, quick }: Bench): Promise<Figure[]> {
  return oneLane(scratch, quick ? 2 : 15, quick ? 20 : 150).then((lane) => {
    const runs = Array.from({ length: quick ? 1 : 3 }, () => syncsOf(scratch, quick ? 400 : 5_000));
    const rate = brief(median(runs.map((run) => run.perSecond)));
    const what = `store, ${LANES} lanes: durable operations per fsync (${runs[0]?.how ?? ""}; ${rate} operations/s without it)`;
    return [lane, plainFigure({ what, ours: runs.map((run) => run.perSync), unit: "", wanted: { atLeast: 6 } })];
  });
}
