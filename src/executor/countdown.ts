// A time limit that can be paused, for work that waits for a person. Must not know what is limited.
import type { Clock } from "../core/time.ts";

export type Countdown = { resume(): void; pause(): void };

/** Calls `onEnd` once `ms` have passed in all between resume and pause. Begins paused. */
export function startCountdown(ms: number, clock: Clock, onEnd: () => void): Countdown {
  let left = ms;
  let since: number | undefined;
  let cancel = (): void => {};
  return {
    resume() {
      if (since !== undefined || left <= 0) return;
      since = clock.monotonic();
      cancel = clock.after(left, () => {
        left = 0;
        onEnd();
      });
    },
    pause() {
      if (since === undefined) return;
      cancel();
      left -= clock.monotonic() - since;
      since = undefined;
    },
  };
}
