// How long `aiwg --version` takes beside a Node that does nothing. Must not know what --version does.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { brief, median, type Figure } from "./figures.ts";

const bin = join(import.meta.dirname, "..", "bin", "aiwg.js");

function time(args: readonly string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, args, { stdio: "ignore" });
  return performance.now() - started;
}

/** Rounds are interleaved, so that a busy moment of the machine falls on both. */
export function measureStartup(rounds: number): Figure[] {
  const bare: number[] = [];
  const version: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(time(["-e", "0"]));
    version.push(time([bin, "--version"]));
  }
  const [ours, yardstick] = [median(version), median(bare)];
  const what = `\`aiwg --version\` / \`node -e 0\`, median of ${rounds}`;
  return [{ what, ours: `${brief(ours)} ms`, yardstick: `${brief(yardstick)} ms`, ratio: `${(ours / yardstick).toFixed(2)}×` }];
}
