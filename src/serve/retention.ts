// Missions that ended long ago, moved out of the hot tables or deleted in small commits, so that others' work goes on
// between them. Must not know when that is due.
import { LIMITS } from "./limits.ts";
import type { Store } from "./store/store.ts";

/** Repeats a bounded operation until it finds less than a whole batch, or the signal fires. Returns how many in all. */
async function drainBatches(batch: number, step: (limit: number) => Promise<number>, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (let done = batch; done === batch && signal?.aborted !== true; total += done) done = await step(batch);
  return total;
}

/** Moves all missions that ended before (ms) into the archive. */
export function archiveBefore(store: Store, endedBefore: number, signal?: AbortSignal): Promise<number> {
  return drainBatches(LIMITS.archiveBatch, (limit) => store.archive(endedBefore, limit), signal);
}

/** Deletes all missions that ended before (ms), with their transcripts; their identities stay. */
export async function purgeBefore(store: Store, endedBefore: number): Promise<number> {
  await archiveBefore(store, endedBefore);
  return drainBatches(LIMITS.purgeBatch, (limit) => store.purge(endedBefore, limit));
}
