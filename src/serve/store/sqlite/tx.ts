// What every operation of the SQLite store gets: prepared statements, the time, and what is known without asking.
// Must not know any operation.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Effect } from "../store.ts";
import type { Memory } from "./memory.ts";

/** Inside a write all statements belong to one transaction; effects are published after its commit. */
export type Tx = {
  readonly now: () => number;
  /** RFC 3339 of a time: most are the same as the one before. */
  readonly time: (ms: number) => string;
  /** Rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  get<R>(sql: string, ...values: SQLInputValue[]): R | undefined;
  all<R>(sql: string, ...values: SQLInputValue[]): R[];
  effect(effect: Effect): void;
  readonly memory: Memory;
};

/** The statements alone: what the memory is made with. */
export type Statements = Pick<Tx, "run" | "get" | "all"> & {
  /** How often `run` was called. */
  readonly written: () => number;
};

/** Remembers the last answer. */
export function rememberLast(write: (ms: number) => string): (ms: number) => string {
  let last = { ms: Number.NaN, text: "" };
  return (ms) => {
    if (ms !== last.ms) last = { ms, text: write(ms) };
    return last.text;
  };
}

/** Text as searches compare it: without case, in any script. Also a function inside SQL. */
export const fold = (text: string): string => text.normalize("NFC").toLowerCase();

type Prepared = { readonly statement: StatementSync; readonly names: readonly string[] };

function named(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) row[names[i] ?? ""] = values[i];
  return row;
}

/** The statements of one connection, each prepared once. */
export function createStatements(db: DatabaseSync): Statements {
  db.function("fold", { deterministic: true }, (text) => (typeof text === "string" ? fold(text) : null));
  const cache = new Map<string, Prepared>();
  let writes = 0;
  const prepared = (sql: string): Prepared => {
    let known = cache.get(sql);
    if (!known) {
      const statement = db.prepare(sql);
      // Named here, a row costs two thirds of what the driver takes to name it.
      statement.setReturnArrays(true);
      known = { statement, names: statement.columns().map(({ name }) => name) };
      cache.set(sql, known);
    }
    return known;
  };
  return {
    written: () => writes,
    run(sql, ...values) {
      writes += 1;
      return Number(prepared(sql).statement.run(...values).changes);
    },
    get<R>(sql: string, ...values: SQLInputValue[]) {
      const { statement, names } = prepared(sql);
      const row: unknown = statement.get(...values);
      return Array.isArray(row) ? (named(names, row) as R) : undefined;
    },
    all<R>(sql: string, ...values: SQLInputValue[]) {
      const { statement, names } = prepared(sql);
      const rows: unknown[] = statement.all(...values);
      return rows.map((row) => named(names, Array.isArray(row) ? row : []) as R);
    },
  };
}
