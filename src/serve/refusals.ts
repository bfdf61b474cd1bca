// Slows down who guesses tokens, by remote address. Only refusals are counted, so a valid token from the same address
// always passes. Must not know what a token is.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import { REFUSALS } from "./limits.ts";

type Bucket = { tokens: number; at: number };

/** Counts a refusal of `address`: undefined while it has some left, else the seconds to wait. */
export type CountRefusal = (address: string) => number | undefined;

/** What a caller at `address` is told: a refused token counts, and beyond its share becomes `rate_limited`. All else stays. */
export function slowDown<E>(error: E, address: string | undefined, count: CountRefusal): E | AiwgError {
  if (!isAiwgError(error) || error.code !== "unauthorized") return error;
  const wait = count(address ?? "");
  return wait === undefined ? error : new AiwgError("rate_limited", "too many refused tokens from this address", { retryAfterS: wait });
}

/** Token buckets for a bounded number of addresses; the one longest unused is forgotten first. */
export function createRefusals(clock: Clock): CountRefusal {
  const buckets = new Map<string, Bucket>();
  return (address) => {
    const now = clock.monotonic();
    const bucket = buckets.get(address) ?? { tokens: REFUSALS.burst, at: now };
    bucket.tokens = Math.min(REFUSALS.burst, bucket.tokens + ((now - bucket.at) / 1_000) * REFUSALS.perSecond);
    bucket.at = now;
    buckets.delete(address);
    buckets.set(address, bucket);
    const oldest = buckets.size > REFUSALS.addresses ? buckets.keys().next().value : undefined;
    if (oldest !== undefined) buckets.delete(oldest);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / REFUSALS.perSecond));
    bucket.tokens -= 1;
    return undefined;
  };
}
