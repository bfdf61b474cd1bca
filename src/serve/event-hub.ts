// Wakes readers of the event log: knows the newest seq that was committed, and who waits for a newer one.
// Must not know HTTP or what is in an event.
import type { Store } from "./store/store.ts";

export type EventHub = {
  /** The newest committed seq. */
  readonly head: () => number;
  /** Resolves once head is beyond `seq`, or the signal fires. Never rejects. */
  readonly beyond: (seq: number, signal: AbortSignal) => Promise<void>;
  readonly stop: () => void;
};

/** A hub over a store. One subscription serves all readers. */
export async function createEventHub(store: Store): Promise<EventHub> {
  let head = 0;
  let waiting: (() => void)[] = [];
  const stop = store.subscribe((effects) => {
    const before = head;
    for (const effect of effects) if (effect.kind === "event" && effect.event.seq > head) head = effect.event.seq;
    if (head === before) return;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  });
  head = Math.max(head, await store.head());
  return {
    head: () => head,
    stop,
    beyond(seq, signal) {
      if (head > seq || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          signal.removeEventListener("abort", cancel);
          resolve();
        };
        const cancel = (): void => {
          waiting = waiting.filter((other) => other !== wake);
          wake();
        };
        signal.addEventListener("abort", cancel);
        waiting.push(wake);
      });
    },
  };
}
