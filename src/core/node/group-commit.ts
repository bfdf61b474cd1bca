// Group commit: operations queued within a tick share one durable transaction, each in its own savepoint.
// Must not know what the operations do.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AiwgError, messageOf } from "../errors.ts";
import { SQLITE, sqliteCode } from "./sqlite.ts";

type Pending = { readonly run: () => unknown; readonly resolve: (value: never) => void; readonly reject: (error: unknown) => void };

/** Ops in one transaction; bounds how long the event loop is held. */
const MAX_BATCH = 256;

export type GroupCommitOptions = {
  /** Called after each commit, before the callers of the batch resolve. */
  readonly onCommit?: () => void;
  /** Called when the batch was rolled back as a whole. */
  readonly onRollback?: () => void;
  /** Called once if the file can no longer be trusted (I/O error at commit): the process should end. */
  readonly onFatal?: (error: AiwgError) => void;
};

/** The one writer of a database. Callers of `run` resolve only after their transaction was fsynced. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #options: GroupCommitOptions;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #queue: Pending[] = [];
  #scheduled = false;
  #closed = false;
  #healthy = true;
  #commits = 0;
  #operations = 0;
  #failures = 0;
  #spentMs = 0;

  constructor(db: DatabaseSync, options: GroupCommitOptions = {}) {
    this.#db = db;
    this.#options = options;
    this.#savepoint = db.prepare("SAVEPOINT op");
    this.#release = db.prepare("RELEASE op");
  }

  /** False once a commit failed and none succeeded since. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /** Since the start: durable transactions, operations in them, batches that failed, seconds the loop was held. */
  stats(): { readonly commits: number; readonly operations: number; readonly failures: number; readonly seconds: number } {
    return { commits: this.#commits, operations: this.#operations, failures: this.#failures, seconds: this.#spentMs / 1_000 };
  }

  /** Runs `op` inside a transaction; what it throws rolls back only itself. Rejects with store_unavailable if the commit failed. */
  run<T>(op: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new AiwgError("stopping", "the store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: op, resolve, reject });
      if (!this.#scheduled) {
        this.#scheduled = true;
        setImmediate(() => this.#flush());
      }
    });
  }

  /** Commits what is queued, then takes nothing more. */
  close(): void {
    while (this.#queue.length > 0) this.#flush();
    this.#closed = true;
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#queue.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    if (this.#queue.length > 0) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
    const started = performance.now();
    const settle: (() => void)[] = [];
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      for (const op of batch) settle.push(this.#runOne(op));
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#healthy = true;
    this.#commits += 1;
    this.#operations += batch.length;
    this.#spentMs += performance.now() - started;
    this.#options.onCommit?.();
    for (const done of settle) done();
  }

  #runOne(op: Pending): () => void {
    this.#savepoint.run();
    try {
      const value = op.run();
      this.#release.run();
      return () => op.resolve(value as never);
    } catch (error) {
      // A full disk or I/O error concerns the whole batch; SQLite may have rolled back already.
      const code = sqliteCode(error);
      if (code === SQLITE.FULL || code === SQLITE.IOERR || !this.#db.isTransaction) throw error;
      this.#db.exec("ROLLBACK TO op; RELEASE op");
      return () => op.reject(error);
    }
  }

  #fail(batch: readonly Pending[], error: unknown): void {
    this.#healthy = false;
    this.#failures += 1;
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    this.#options.onRollback?.();
    const problem = new AiwgError("store_unavailable", `the store could not commit: ${messageOf(error)}`, { cause: error, retryAfterS: 1 });
    for (const op of batch) op.reject(problem);
    // After a failed fsync the page cache may lie about what is on disk: never retry on this handle.
    if (sqliteCode(error) === SQLITE.IOERR) this.#options.onFatal?.(problem);
  }
}
