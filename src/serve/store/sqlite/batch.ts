// What the one writer holds in memory while operations share a transaction: effects to publish, counts and executors that
// are written once before the commit, the next numbers. All of it can be taken back to a mark. Must not know any operation.
import type { MissionState } from "../../../mission/model.ts";
import type { Effect } from "../store.ts";
import type { ExecutorRow } from "./rows.ts";

/** A place to go back to. */
export type Mark = { readonly effects: number; readonly tallies: number; readonly executors: number; readonly seq: number; readonly mission: number };

type Tally = { readonly sessionId: string; readonly state: MissionState; readonly by: 1 | -1 };
type Replaced = { readonly id: string; readonly row: ExecutorRow | undefined };

/** What a batch has to write before it commits. */
export type Unwritten = {
  readonly tallies: Iterable<{ readonly sessionId: string; readonly state: string; readonly by: number }>;
  readonly executors: Iterable<ExecutorRow>;
};

/** Made from what the database holds: executors, the greatest seq ever given, the greatest number of a mission. */
export class Batch {
  readonly #executors: Map<string, ExecutorRow>;
  #seq: number;
  #mission: number;
  #effects: Effect[] = [];
  readonly #tallies: Tally[] = [];
  readonly #replaced: Replaced[] = [];
  /** Where the batch began. */
  #begin: Mark;

  constructor(executors: readonly ExecutorRow[], seq: number, mission: number) {
    this.#executors = new Map(executors.map((row) => [row.id, row]));
    this.#seq = seq;
    this.#mission = mission;
    this.#begin = this.mark();
  }

  /** The greatest seq given so far. */
  get seq(): number {
    return this.#seq;
  }
  nextSeq(): number {
    return (this.#seq += 1);
  }
  nextMission(): number {
    return (this.#mission += 1);
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Counts a mission of the session in or out of a state. */
  tally(sessionId: string, state: MissionState, by: 1 | -1): void {
    this.#tallies.push({ sessionId, state, by });
  }

  executor(id: string): ExecutorRow | undefined {
    return this.#executors.get(id);
  }
  executors(): ExecutorRow[] {
    return [...this.#executors.values()];
  }
  /** Changes a known executor in memory now, in its table before the commit. Unknown ones are left alone. */
  changeExecutor(id: string, change: Partial<ExecutorRow>): void {
    const row = this.#executors.get(id);
    if (row) this.#replace(id, { ...row, ...change });
  }
  /** Follows what was written to the table: a new row, or none. */
  putExecutor(id: string, row: ExecutorRow | undefined): void {
    this.#replace(id, row);
  }
  #replace(id: string, row: ExecutorRow | undefined): void {
    this.#replaced.push({ id, row: this.#executors.get(id) });
    if (row) this.#executors.set(id, row);
    else this.#executors.delete(id);
  }

  mark(): Mark {
    return {
      effects: this.#effects.length,
      tallies: this.#tallies.length,
      executors: this.#replaced.length,
      seq: this.#seq,
      mission: this.#mission,
    };
  }

  /** Everything as it was at the mark, or when the batch began: what has been done since was rolled back. */
  undo(mark = this.#begin): void {
    this.#effects.length = mark.effects;
    this.#tallies.length = mark.tallies;
    while (this.#replaced.length > mark.executors) {
      const last = this.#replaced.pop();
      if (last?.row) this.#executors.set(last.id, last.row);
      else if (last) this.#executors.delete(last.id);
    }
    this.#seq = mark.seq;
    this.#mission = mark.mission;
  }

  unwritten(): Unwritten {
    const sums = new Map<string, { sessionId: string; state: string; by: number }>();
    for (const { sessionId, state, by } of this.#tallies) {
      const key = `${state} ${sessionId}`;
      const sum = sums.get(key);
      if (sum) sum.by += by;
      else sums.set(key, { sessionId, state, by });
    }
    const changed = new Set(this.#replaced.map(({ id }) => id));
    return {
      tallies: [...sums.values()].filter((sum) => sum.by !== 0),
      executors: [...changed].flatMap((id) => this.#executors.get(id) ?? []),
    };
  }

  /** The batch is committed: nothing can be taken back any more. Answers with its effects. */
  settle(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    this.#tallies.length = 0;
    this.#replaced.length = 0;
    this.#begin = this.mark();
    return effects;
  }
}
