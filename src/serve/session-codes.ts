// One-time codes by which a browser on this machine gets a token without a secret in a URL or a file (contract §2.2,
// session-code). In memory only: a restart forgets them. Must not know what a code is exchanged for.
import { mintSecret } from "../core/ids.ts";
import type { Clock } from "../core/time.ts";
import { tokenHash } from "./auth.ts";
import { LIMITS } from "./limits.ts";

export type SessionCodes = {
  /** A new code, good once within `LIMITS.codeTtlMs`. */
  readonly mint: () => string;
  /** True once for a code that is still good. */
  readonly redeem: (code: string) => boolean;
};

/** Codes under a clock. Only hashes are kept and compared, so the time of a comparison says nothing about a code. */
export function createSessionCodes(clock: Clock): SessionCodes {
  const expiries = new Map<string, number>();
  return {
    mint() {
      const oldest = expiries.size >= LIMITS.codes ? expiries.keys().next().value : undefined;
      if (oldest !== undefined) expiries.delete(oldest);
      const code = mintSecret();
      expiries.set(tokenHash(code), clock.monotonic() + LIMITS.codeTtlMs);
      return code;
    },
    redeem(code) {
      const key = tokenHash(code);
      const until = expiries.get(key);
      expiries.delete(key);
      return until !== undefined && clock.monotonic() < until;
    },
  };
}
