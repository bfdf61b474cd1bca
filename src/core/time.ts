// Time as a dependency: wall clock, monotonic clock, timers, RFC 3339 and durations. Must not know who waits for what.
import { AiwgError } from "./errors.ts";

/** The clock that callers inject; tests give a virtual one. Times are milliseconds. */
export interface Clock {
  /** Wall time since the Unix epoch; may jump. */
  now(): number;
  /** Never goes back; only differences mean anything. */
  monotonic(): number;
  /** Runs `fn` once after `ms`; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** Node's own clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** RFC 3339 in UTC with milliseconds, as every JSON time on the wire. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** Resolves after `ms`, or at once when the signal is or gets aborted. Never rejects. */
export function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `<int>(ms|s|m|h|d)`. Throws `usage` on anything else; `what` names the flag. */
export function parseDuration(text: string, what: string): number {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  if (!match || unit === undefined) {
    throw new AiwgError("usage", `${what}: "${text}" is not a duration`, { hint: "Write a whole number and a unit, such as 500ms, 30s, 15m, 2h or 1d." });
  }
  return Number(match[1]) * unit;
}

/** "350 ms", "12 s", "4 min", "3 h", "5 d": for people. */
export function humanDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}
