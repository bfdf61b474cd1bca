// When the scheduler's transaction runs: after every commit that freed a slot or queued a mission, and once a second
// for what only time changes (refusals that lapse). Must not know how missions are chosen.
import type { Clock } from "../core/time.ts";
import type { Log } from "../core/node/log.ts";
import { messageOf } from "../core/errors.ts";
import type { Store } from "./store/store.ts";

/** Missions assigned in one transaction. */
const BATCH = 64;
const TICK_MS = 1_000;

/** Keeps assigning until told to stop. */
export function startScheduler({ store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log }): { stop(): void } {
  let running = false;
  let again = false;
  let stopped = false;
  let cancelTick = (): void => {};

  const pass = async (): Promise<void> => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again && !stopped) {
        again = false;
        if ((await store.assignQueued(BATCH)) === BATCH) again = true;
      }
    } catch (error) {
      log.warn({ error: messageOf(error) }, "scheduler: pass failed");
    } finally {
      running = false;
    }
  };
  const tick = (): void => {
    void pass();
    cancelTick = clock.after(TICK_MS, tick);
  };
  const unsubscribe = store.subscribe((effects) => {
    if (effects.some((effect) => effect.kind === "ready")) void pass();
  });
  tick();
  return {
    stop() {
      stopped = true;
      unsubscribe();
      cancelTick();
    },
  };
}
