// How long `aiwg --version` takes beside a Node that does nothing, and `aiwg mc status` over a large queue. Must not know
// what the commands do.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { type Figure, plainFigure, ratioFigure } from "./figures.ts";
import { fillQueue } from "./fill-queue.ts";

/** Milliseconds from starting Node with these arguments to its end. */
export function timeNode(args: readonly string[], options: { readonly cwd?: string; readonly home?: string } = {}): number {
  const env = { ...process.env, NO_COLOR: "1", ...(options.home === undefined ? {} : { AIWG_HOME: options.home }) };
  const started = performance.now();
  execFileSync(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], env, ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
  return performance.now() - started;
}

/** Rounds are interleaved, so that a busy moment of the machine falls on both. */
export async function measureStartup({ scratch, aiwg, quick }: Bench): Promise<Figure[]> {
  const rounds = quick ? 5 : 31;
  const missions = quick ? 2_000 : 100_000;
  const home = scratch.folder();
  const project = scratch.folder();
  await fillQueue(join(home, "state", "queue.db"), project, missions);
  const [bare, version, status]: [number[], number[], number[]] = [[], [], []];
  for (let round = -1; round < rounds; round++) {
    const times = [timeNode(["-e", "0"]), timeNode([aiwg, "--version"]), timeNode([aiwg, "mc", "status"], { cwd: project, home })] as const;
    // The first round fills the caches of disk and compiler.
    if (round < 0) continue;
    bare.push(times[0]);
    version.push(times[1]);
    status.push(times[2]);
  }
  return [
    ratioFigure({ what: "`aiwg --version` / `node -e 0`", ours: version, yardstick: bare, unit: " ms", wanted: { atMost: 1.6 } }),
    plainFigure({
      what: `\`aiwg mc status\` with ${missions.toLocaleString("en-US")} missions pending in the queue`,
      ours: status,
      unit: " ms",
      wanted: { atMost: 250 },
    }),
  ];
}
