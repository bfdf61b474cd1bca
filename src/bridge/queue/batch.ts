// Writes that may wait a moment for others: a repeat would do no harm, so that none of them is worth a disk write of its own.
// Sparse ones go at once; under load those of a whole interval share a transaction. Must not know what is written.
import type { GroupCommit } from "../../core/node/group-commit.ts";
import type { Clock } from "../../core/time.ts";

type Waiting = { readonly op: () => void; readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** Gathers operations for at most `gatherMs` after the batch before. */
export class Batch {
  readonly #commit: GroupCommit;
  readonly #clock: Pick<Clock, "monotonic" | "after">;
  readonly #gatherMs: number;
  readonly #waiting: Waiting[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor(commit: GroupCommit, clock: Pick<Clock, "monotonic" | "after">, gatherMs: number) {
    this.#commit = commit;
    this.#clock = clock;
    this.#gatherMs = gatherMs;
  }

  /** Resolves once it is durable. What it throws rolls back only itself. */
  run(op: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ op, resolve, reject });
      const wait = this.#last + this.#gatherMs - this.#clock.monotonic();
      if (wait <= 0) this.send();
      else this.#cancelTimer ??= this.#clock.after(wait, () => this.send());
    });
  }

  /** Lets go of what has gathered. */
  send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#waiting.length === 0) return;
    this.#last = this.#clock.monotonic();
    for (const { op, resolve, reject } of this.#waiting.splice(0)) this.#commit.run(op).then(resolve, reject);
  }
}
