// What every operation of the SQLite store gets: prepared statements, the time, and where effects go.
// Must not know any operation.
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Effect } from "../store.ts";

/** Inside a write all statements belong to one transaction; effects are published after its commit. */
export type Tx = {
  readonly now: () => number;
  /** Rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** The rowid of the inserted row. */
  insert(sql: string, ...values: SQLInputValue[]): number;
  get<R>(sql: string, ...values: SQLInputValue[]): R | undefined;
  all<R>(sql: string, ...values: SQLInputValue[]): R[];
  readonly effect: (effect: Effect) => void;
};

/** Text as searches compare it: without case, in any script. Also a function inside SQL. */
export const fold = (text: string): string => text.normalize("NFC").toLowerCase();

/** A Tx over one connection; statements are prepared once. */
export function createTx(db: DatabaseSync, now: () => number, effect: (effect: Effect) => void): Tx {
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
    now,
    effect,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    insert: (sql, ...values) => Number(prepared(sql).run(...values).lastInsertRowid),
    get: <R>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as R | undefined,
    all: <R>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as R[],
  };
}
