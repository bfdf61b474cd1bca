// How long to wait before the next attempt (contract §3): of a dispatch, and of a stream that broke. Pure: randomness and time are given.

export const RETRY_DEFAULTS = { retryBaseMs: 500, maxAttempts: 5, attemptTimeoutMs: 10_000, maxBackoffMs: 30_000 } as const;
export const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** Upper bound of the wait after attempt n (counted from 1), without jitter: min(max, base·2ⁿ⁻¹). Bad numbers count as the defaults. */
export function backoffMs(attempt: number, baseMs: number = RETRY_DEFAULTS.retryBaseMs, maxMs: number = RETRY_DEFAULTS.maxBackoffMs): number {
  const base = baseMs >= 0 ? baseMs : RETRY_DEFAULTS.retryBaseMs;
  const max = maxMs >= 0 ? maxMs : RETRY_DEFAULTS.maxBackoffMs;
  // Beyond 2^1023 there is no number; nothing waits that long anyway.
  const exponent = Math.min(attempt >= 1 ? Math.floor(attempt) - 1 : 0, 1_000);
  return base === 0 ? 0 : Math.min(max, base * 2 ** exponent);
}

/** The wait itself: full jitter in [0, bound], never less than what Retry-After asked for. */
export function jitteredMs(boundMs: number, retryAfterMs: number | undefined, random: () => number): number {
  const share = Math.min(1, Math.max(0, random() || 0));
  return Math.max(share * boundMs, retryAfterMs ?? 0);
}

const IMF_FIXDATE = /^[A-Za-z]{3}, \d{2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Za-z]{6,9}, \d{2}-[A-Za-z]{3}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds that a Retry-After header asks for (seconds or HTTP date, at most five minutes); undefined if absent or invalid. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MS);
  const isDate = IMF_FIXDATE.test(text) || RFC_850.test(text) || ASCTIME.test(text);
  const at = isDate ? Date.parse(ASCTIME.test(text) ? `${text} GMT` : text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), MAX_RETRY_AFTER_MS);
}
