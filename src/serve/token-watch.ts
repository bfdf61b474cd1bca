// Ends what was opened with a token once the token is revoked or expires: streams and links outlive the request that
// proved the token. Must not know what is ended.
import type { Clock } from "../core/time.ts";
import type { Principal, Store } from "./store/store.ts";

export type TokenWatch = {
  /** Calls `gone` once when the principal's token is no longer valid; the returned function stops watching. */
  watch(principal: Principal, gone: () => void): () => void;
  stop(): void;
};

/** Watches the tokens of a store. */
export function watchTokens(store: Store, clock: Clock): TokenWatch {
  const watchers = new Map<string, Set<() => void>>();
  const unsubscribe = store.subscribe((effects) => {
    for (const effect of effects) {
      if (effect.kind === "token_gone") for (const end of [...(watchers.get(effect.token_id) ?? [])]) end();
    }
  });

  return {
    watch(principal, gone) {
      const { tokenId, expiresAt } = principal;
      let cancel = (): void => undefined;
      const set = watchers.get(tokenId) ?? new Set();
      watchers.set(tokenId, set);
      const forget = (): void => {
        cancel();
        set.delete(end);
        if (set.size === 0 && watchers.get(tokenId) === set) watchers.delete(tokenId);
      };
      const end = (): void => {
        forget();
        gone();
      };
      // Timers are capped below 25 days and may be early: look again.
      const arm = (at: number): void => {
        cancel = clock.after(Math.max(0, at - clock.now()), () => (clock.now() >= at ? end() : arm(at)));
      };
      set.add(end);
      if (expiresAt !== null) arm(expiresAt);
      return forget;
    },
    stop: unsubscribe,
  };
}
