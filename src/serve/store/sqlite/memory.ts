// What the one writer knows without asking its file: executors, missions by state, rows used lately, the newest numbers, and
// the effects of the transaction under way. All of it goes back to a mark when an operation or its transaction is rolled back,
// so that memory and file never differ. Must not know any operation.
import { isOwned, type MissionState } from "../../../mission/model.ts";
import type { Effect } from "../store.ts";
import { RecentRows } from "./recent-rows.ts";
import type { ExecutorRow, MissionRow, SessionRow } from "./rows.ts";

/** A place to go back to. */
export type Mark = { readonly undo: number; readonly effects: number; readonly seq: number; readonly mission: number };

export type Counts = Partial<Record<MissionState, number>>;
/** Missions alike, and of those that an executor holds the numbers. */
export type Counted = {
  readonly session_id: string;
  readonly executor_id: string | null;
  readonly state: MissionState;
  readonly n: number;
  readonly held: readonly number[];
};

/** What the file held when it was opened. */
export type Found = {
  readonly executors: readonly ExecutorRow[];
  /** All missions, counted. */
  readonly missions: readonly Counted[];
  /** The greatest seq ever given. */
  readonly seq: number;
  /** The greatest number of a mission. */
  readonly mission: number;
};

/** State of the one writer. What is said to be written is written by the caller, in the same transaction. */
export class Memory {
  /** Rows as the file has them; forgotten whenever anything is rolled back. Of missions that wait or have ended little is said. */
  readonly rows = new RecentRows<MissionRow>(({ state }) => isOwned(state));
  readonly sessions = new RecentRows<SessionRow>(() => true);
  readonly #executors: Map<string, ExecutorRow>;
  readonly #counts = new Map<string, Map<MissionState, number>>();
  /** Of all sessions. */
  readonly #all = new Map<MissionState, number>();
  /** By executor: the numbers of missions that name it and have not ended. */
  readonly #held = new Map<string, Set<number>>();
  readonly #unwritten = new Set<string>();
  readonly #undo: (() => void)[] = [];
  #effects: Effect[] = [];
  #seq: number;
  #mission: number;
  /** Where the transaction began. */
  #begin: Mark;

  constructor({ executors, missions, seq, mission }: Found) {
    this.#executors = new Map(executors.map((row) => [row.id, row]));
    this.#seq = seq;
    this.#mission = mission;
    for (const { session_id, executor_id, state, n, held } of missions) {
      this.#count(session_id, state, n);
      if (isOwned(state)) this.occupy(executor_id, n);
      for (const mission of held) this.#hold(mission, null, executor_id);
    }
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

  /** Missions of a session by state; those of all sessions without one. */
  counts(sessionId?: string): Counts {
    return Object.fromEntries((sessionId === undefined ? this.#all : this.#counts.get(sessionId)) ?? []);
  }
  /** Missions of all sessions in one state. */
  total(state: MissionState): number {
    return this.#all.get(state) ?? 0;
  }
  /** Counts a mission of the session in (1) or out (-1) of a state. */
  count(sessionId: string, state: MissionState, by: 1 | -1): void {
    this.#count(sessionId, state, by);
    this.#undo.push(() => this.#count(sessionId, state, -by));
  }
  #count(sessionId: string, state: MissionState, by: number): void {
    let counts = this.#counts.get(sessionId);
    if (!counts) this.#counts.set(sessionId, (counts = new Map()));
    for (const each of [counts, this.#all]) {
      const n = (each.get(state) ?? 0) + by;
      if (n !== 0) each.set(state, n);
      else each.delete(state);
    }
    // A session whose missions have all been archived takes no room.
    if (counts.size === 0) this.#counts.delete(sessionId);
  }

  /** Numbers of the missions that an executor holds, or any executor, in order of creation. */
  held(executorId?: string): number[] {
    const sets = executorId === undefined ? [...this.#held.values()] : [this.#held.get(executorId) ?? []];
    return sets.flatMap((numbers) => [...numbers]).toSorted((a, b) => a - b);
  }
  /** Mission `n` goes from one executor to another; null is nobody. */
  hold(n: number, from: string | null, to: string | null): void {
    if (from === to) return;
    this.#hold(n, from, to);
    this.#undo.push(() => this.#hold(n, to, from));
  }
  #hold(n: number, from: string | null, to: string | null): void {
    const before = from === null ? undefined : this.#held.get(from);
    before?.delete(n);
    if (from !== null && before?.size === 0) this.#held.delete(from);
    if (to === null) return;
    const numbers = this.#held.get(to);
    if (numbers) numbers.add(n);
    else this.#held.set(to, new Set([n]));
  }

  executor(id: string | null): ExecutorRow | undefined {
    return id === null ? undefined : this.#executors.get(id);
  }
  executors(): ExecutorRow[] {
    return [...this.#executors.values()];
  }
  /** The executor owns so many missions more. */
  occupy(id: string | null, by: number): void {
    const row = this.executor(id);
    if (row) this.putExecutor(row.id, { ...row, running: row.running + by });
  }
  /** Changes a known executor, whose row must be written before the commit. */
  changeExecutor(id: string, change: Partial<ExecutorRow>): void {
    const row = this.#executors.get(id);
    if (!row) return;
    this.putExecutor(id, { ...row, ...change });
    this.#unwritten.add(id);
  }
  /** Follows what was written: a row, or none. */
  putExecutor(id: string, row: ExecutorRow | undefined): void {
    const before = this.#executors.get(id);
    this.#setExecutor(id, row);
    this.#undo.push(() => this.#setExecutor(id, before));
  }
  #setExecutor(id: string, row: ExecutorRow | undefined): void {
    if (row) this.#executors.set(id, row);
    else this.#executors.delete(id);
  }
  /** Executors whose rows must be written now: the transaction is about to commit. */
  takeUnwritten(): ExecutorRow[] {
    const rows: ExecutorRow[] = [];
    for (const id of this.#unwritten) {
      const row = this.#executors.get(id);
      if (row) rows.push(row);
    }
    this.#unwritten.clear();
    return rows;
  }

  mark(): Mark {
    return { undo: this.#undo.length, effects: this.#effects.length, seq: this.#seq, mission: this.#mission };
  }

  /** Everything as it was at the mark, or when the transaction began: what has been done since was rolled back. */
  undo(mark = this.#begin): void {
    while (this.#undo.length > mark.undo) this.#undo.pop()?.();
    this.rows.forget();
    this.sessions.forget();
    this.#effects.length = mark.effects;
    this.#seq = mark.seq;
    this.#mission = mark.mission;
  }

  /** The transaction is committed and can no longer be taken back. Answers with its effects. */
  settle(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    this.#undo.length = 0;
    this.#begin = this.mark();
    return effects;
  }
}
