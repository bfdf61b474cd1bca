// What only time makes due: questions that expire, missions that ended long ago, tokens past their time.
// Must not know what becomes of them; the store decides that.
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Clock } from "../core/time.ts";
import { archiveBefore } from "./retention.ts";
import type { Effect, Store } from "./store/store.ts";

export type ChoresOptions = { readonly store: Store; readonly clock: Clock; readonly log: Log; readonly retentionMs: number };

const QUESTIONS_EVERY_MS = 1_000;
const TIDY_EVERY_MS = 3_600_000;

const isQuestion = (effect: Effect): boolean => effect.kind === "event" && effect.event.event === "mission.hitl_required";

/** Keeps doing them until told to stop. Questions are looked at each second, but only while one is open that will expire. */
export function startChores({ store, clock, log, retentionMs }: ChoresOptions): { stop(): void } {
  const end = new AbortController();
  let cancelTick: (() => void) | undefined;
  let cancelTidy = (): void => {};
  const failed = (what: string) => (error: unknown) => log.warn({ error: messageOf(error) }, `chores: ${what}`);

  const watch = (): void => {
    if (cancelTick || end.signal.aborted) return;
    cancelTick = clock.after(QUESTIONS_EVERY_MS, () => {
      cancelTick = undefined;
      void expireDue();
    });
  };
  const expireDue = async (): Promise<void> => {
    try {
      const next = await store.nextExpiry();
      if (next === undefined) return;
      if (next <= clock.now()) await store.expireQuestions();
    } catch (error) {
      failed("questions could not be expired")(error);
    }
    watch();
  };

  const tidy = async (): Promise<void> => {
    try {
      await store.expireTokens();
      const archived = await archiveBefore(store, clock.now() - retentionMs, end.signal);
      if (archived > 0) log.info({ archived }, "missions that ended long ago were archived");
    } catch (error) {
      failed("missions could not be archived")(error);
    }
    if (!end.signal.aborted) cancelTidy = clock.after(TIDY_EVERY_MS, () => void tidy());
  };

  const unsubscribe = store.subscribe((effects) => {
    if (effects.some(isQuestion)) watch();
  });
  watch();
  void tidy();
  return {
    stop() {
      end.abort();
      unsubscribe();
      cancelTick?.();
      cancelTidy();
    },
  };
}
