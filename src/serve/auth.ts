// Who asks: the bearer token of a request to a principal of the store. Keeps known tokens in memory and forgets them the
// moment the store says they are gone. Must not know what a role may do, nor routes.
import { hash } from "node:crypto";
import { AiwgError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import { LIMITS } from "./limits.ts";
import type { Principal, Store } from "./store/store.ts";

/** Turns an Authorization header into its principal; throws `unauthorized`. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal>;

/** The bearer token of the header (RFC 6750 §2.1), or undefined. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +([A-Za-z0-9\-._~+/]{1,512}=*)$/i.exec(authorization ?? "")?.[1];
}

/** What the store keeps of a token: sha256 as lower-case hex. */
export function tokenHash(token: string): string {
  return hash("sha256", token, "hex");
}

/**
 * Authentication over a store. Only sha256 hashes are looked up and compared, so the time of a comparison says nothing
 * about a stored token: whoever could use it would need a preimage. `stop` ends the subscription.
 */
export function createAuth(store: Store, clock: Clock): { readonly authenticate: Authenticate; stop(): void } {
  const known = new Map<string, Principal>();
  let forgotten = 0;
  const stop = store.subscribe((effects) => {
    for (const effect of effects) {
      if (effect.kind !== "token_gone") continue;
      forgotten += 1;
      for (const [key, principal] of known) if (principal.tokenId === effect.token_id) known.delete(key);
    }
  });
  const alive = (principal: Principal): boolean => principal.expiresAt === null || principal.expiresAt > clock.now();

  async function lookUp(key: string): Promise<Principal | undefined> {
    const before = forgotten;
    const principal = await store.principal(key);
    // A token that was revoked while we asked must not come back; one with a count of uses must be asked for each time.
    if (principal && before === forgotten && principal.role !== "enrol") {
      const oldest = known.size >= LIMITS.knownTokens ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      known.set(key, principal);
    }
    return principal;
  }

  return {
    stop,
    async authenticate(authorization) {
      if (authorization === undefined) throw new AiwgError("unauthorized", "the request carries no token");
      const token = bearerOf(authorization);
      if (token === undefined) throw new AiwgError("unauthorized", "the Authorization header is not of the form Bearer <token>");
      const key = tokenHash(token);
      const principal = known.get(key) ?? (await lookUp(key));
      if (!principal || !alive(principal)) throw new AiwgError("unauthorized", "the token is not known to this serve, revoked or expired");
      return principal;
    },
  };
}
