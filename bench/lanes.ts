// A closed loop: lanes that each begin anew as soon as they have finished. Must not know what a lane does.
import { AiwgError } from "../src/core/errors.ts";
import { percentile } from "./figures.ts";

/** What one run gave: rounds per second, and how long one took (ms). */
export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number };

/** Runs `cycle` in `lanes` lanes for `seconds`, after `warmUp` seconds that do not count. */
export async function runLanes(cycle: () => Promise<void>, lanes: number, seconds: number, warmUp: number): Promise<Load> {
  const times: number[] = [];
  const begin = performance.now() + warmUp * 1_000;
  const end = begin + seconds * 1_000;
  const lane = async (): Promise<void> => {
    for (;;) {
      const started = performance.now();
      if (started >= end) return;
      await cycle();
      const now = performance.now();
      if (now > begin && now <= end) times.push(now - started);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (times.length === 0) throw new AiwgError("timeout", `nothing was finished within ${seconds} s`);
  return { perSecond: times.length / seconds, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
