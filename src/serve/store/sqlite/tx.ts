// What every operation of the SQLite store gets: prepared statements, the time, and what its batch holds in memory.
// Must not know any operation.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Effect } from "../store.ts";
import type { Batch } from "./batch.ts";

/** Inside a write all statements belong to one transaction; effects are published after its commit. */
export type Tx = {
  readonly now: () => number;
  /** Rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  get<R>(sql: string, ...values: SQLInputValue[]): R | undefined;
  all<R>(sql: string, ...values: SQLInputValue[]): R[];
  effect(effect: Effect): void;
  /** Executors, counts and next numbers: in memory until the commit. */
  readonly batch: Batch;
};

/** The statements alone: what there is before a batch can be. */
export type Statements = Pick<Tx, "run" | "get" | "all">;

/** Text as searches compare it: without case, in any script. Also a function inside SQL. */
export const fold = (text: string): string => text.normalize("NFC").toLowerCase();

/** The statements of one connection, each prepared once. */
export function createStatements(db: DatabaseSync): Statements {
  db.function("fold", { deterministic: true }, (text) => (typeof text === "string" ? fold(text) : null));
  const cache = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = cache.get(sql);
    if (!statement) {
      statement = db.prepare(sql);
      cache.set(sql, statement);
    }
    return statement;
  };
  return {
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: <R>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as R | undefined,
    all: <R>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as R[],
  };
}
