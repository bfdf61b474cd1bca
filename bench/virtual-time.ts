// Time that only moves from timer to timer, for simulations of many waits. Must not know what waits.
import type { Clock } from "../src/core/time.ts";

type Timer = { readonly at: number; readonly n: number; fn: (() => void) | undefined };

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.n < b.n);

/** A clock that begins at 0 and the way to move it. */
export class VirtualTime implements Clock {
  #now = 0;
  #n = 0;
  /** A binary heap, earliest first. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }
  monotonic(): number {
    return this.#now;
  }
  after(ms: number, fn: () => void): () => void {
    const timer: Timer = { at: this.#now + ms, n: this.#n++, fn };
    this.#push(timer);
    return () => {
      timer.fn = undefined;
    };
  }

  /** Runs what is due up to `end`, one timer after another; what a timer set going has settled before the next one runs. */
  async runTo(end: number): Promise<void> {
    for (let next = this.#timers[0]; next && next.at <= end; next = this.#timers[0]) {
      this.#shift();
      if (!next.fn) continue;
      this.#now = next.at;
      next.fn();
      await new Promise(setImmediate);
    }
    this.#now = end;
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let i = heap.push(timer) - 1;
    for (let up = (i - 1) >> 1; i > 0; i = up, up = (i - 1) >> 1) {
      const parent = heap[up];
      if (!parent || before(parent, timer)) break;
      heap[i] = parent;
      heap[up] = timer;
    }
  }

  #shift(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let i = 0;
    for (let down = 1; down < heap.length; down = 2 * i + 1) {
      const [left, right] = [heap[down], heap[down + 1]];
      if (!left) break;
      const least = right && before(right, left) ? right : left;
      if (before(last, least)) break;
      heap[i] = least;
      i = least === left ? down : down + 1;
    }
    heap[i] = last;
  }
}
