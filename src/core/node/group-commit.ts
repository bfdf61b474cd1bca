// Group commit: operations queued within a tick share one durable transaction, and what one throws undoes only itself.
// Must not know what the operations do.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AiwgError, messageOf } from "../errors.ts";
import { SQLITE, sqliteCode } from "./sqlite.ts";

type Pending = { readonly run: () => unknown; readonly resolve: (value: never) => void; readonly reject: (error: unknown) => void };
/** Who waits for something that is committed to be durable too. */
type Waiting = { readonly operations: number; readonly done: () => void; readonly fail: (error: AiwgError) => void };

/** Ops in one transaction; bounds how long the event loop is held. */
const MAX_BATCH = 256;

/**
 * A sync in place that took longer holds the event loop up: the next two are made on another thread, and each time that one in place
 * is slow again twice as many, so that a hiccup costs little and a slow disk is seldom waited for.
 */
const SLOW_MS = 1;
const MOST_ELSEWHERE = 32;

/** Makes everything committed so far durable, on a database whose COMMIT by itself does not (see wal-sync.ts). */
export type Sync = { readonly now: () => void; readonly later: () => Promise<void> };

export type GroupCommitOptions = {
  /**
   * How often operations have written so far. With it they do without savepoints, until one throws that has written: then
   * the transaction is rolled back and all of it run again, each in its savepoint.
   */
  readonly written?: () => number;
  /** Called inside the transaction once all operations of the batch have run: writes what they left for its end. */
  readonly beforeCommit?: () => void;
  /** Called after each commit; what it returns is called once that commit is durable, before the callers of the batch resolve. */
  readonly onCommit?: () => () => void;
  /** Called when the batch was rolled back as a whole. */
  readonly onRollback?: () => void;
  /** Called once if the file can no longer be trusted (I/O error at commit or sync): the process should end. */
  readonly onFatal?: (error: AiwgError) => void;
  /** Without it, COMMIT must be durable by itself. With it, the event loop goes on while the disk works. */
  readonly sync?: Sync;
};

export type CommitStats = {
  readonly commits: number;
  readonly operations: number;
  readonly failures: number;
  /** For which the event loop was held. */
  readonly seconds: number;
};

/** The one writer of a database. Callers of `run` resolve only after their transaction was fsynced. */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #options: GroupCommitOptions;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #queue: Pending[] = [];
  /** Committed, but not covered by the sync that is under way. */
  #committed: Waiting[] = [];
  #syncing: Waiting[] | undefined;
  #lost: AiwgError | undefined;
  /** So many of the next syncs are made on another thread, and so many were after the last one in place. */
  #elsewhere = 0;
  #sentElsewhere = 0;
  /** How long the last sync in place took. */
  #syncMs = 0;
  /** Operations that were answered last, or waited then: as many are expected again. */
  #expected = 1;
  /** Operations queued when the queue was last looked at, and when it last grew. */
  #seen = 0;
  #grewAt = 0;
  #scheduled = false;
  #closed = false;
  #healthy = true;
  readonly #stats = { commits: 0, operations: 0, failures: 0, seconds: 0 };

  constructor(db: DatabaseSync, options: GroupCommitOptions = {}) {
    this.#db = db;
    this.#options = options;
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#savepoint = db.prepare("SAVEPOINT op");
    this.#release = db.prepare("RELEASE op");
  }

  /** False once a commit failed and none succeeded since. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /** What it has cost since the start. */
  stats(): CommitStats {
    return { ...this.#stats };
  }

  /** Runs `op`, perhaps twice, inside a transaction; what it throws rolls back only itself. Rejects with store_unavailable if the commit failed. */
  run<T>(op: () => T): Promise<T> {
    if (this.#lost) return Promise.reject(this.#lost);
    if (this.#closed) return Promise.reject(new AiwgError("stopping", "the store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: op, resolve, reject });
      // While the disk works, the next batch grows: what comes meanwhile could not be durable any sooner.
      if (!this.#syncing) this.#schedule();
    });
  }

  /** Resolves when all that is committed, and so can be read, is durable; at once where nothing is under way. */
  durable(): Promise<void> {
    if (this.#lost) return Promise.reject(this.#lost);
    const newest = this.#committed.length > 0 ? this.#committed : this.#syncing;
    return newest ? new Promise((done, fail) => newest.push({ operations: 0, done, fail })) : Promise.resolve();
  }

  /** Commits what is queued, then takes nothing more. With a sync it is durable once `durable` resolves. */
  close(): void {
    while (this.#queue.length > 0) this.#flush();
    this.#closed = true;
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#isCompanyComing()) this.#schedule();
      else this.#flush();
    });
  }

  // Who was answered together comes again together, if not in one turn of the event loop. A sync that they share is worth
  // waiting for, though no longer than it takes.
  #isCompanyComing(): boolean {
    const { length } = this.#queue;
    if (length >= this.#expected) return false;
    const now = performance.now();
    if (length > this.#seen) this.#grewAt = now;
    this.#seen = length;
    return now - this.#grewAt < Math.min(this.#syncMs, SLOW_MS);
  }

  #flush(): void {
    this.#seen = 0;
    const batch = this.#queue.splice(0, MAX_BATCH);
    if (batch.length === 0) return;
    this.#schedule();
    const started = performance.now();
    let settle: (() => void)[];
    try {
      this.#begin.run();
      settle = this.#runAll(batch);
      this.#options.beforeCommit?.();
      this.#commit.run();
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#healthy = true;
    const publish = this.#options.onCommit?.();
    const done = (): void => {
      publish?.();
      for (const resolve of settle) resolve();
    };
    const fail = (error: AiwgError): void => {
      for (const op of batch) op.reject(error);
    };
    this.#settle({ operations: batch.length, done, fail });
    this.#stats.commits += 1;
    this.#stats.operations += batch.length;
    this.#stats.seconds += (performance.now() - started) / 1_000;
  }

  // How each is told once the transaction is durable.
  #runAll(batch: readonly Pending[]): (() => void)[] {
    const { written, onRollback } = this.#options;
    if (!written) return batch.map((op) => this.#runApart(op));
    const settle: (() => void)[] = [];
    for (const op of batch) {
      const before = written();
      try {
        const value = op.run();
        settle.push(() => op.resolve(value as never));
      } catch (error) {
        this.#passOnFatal(error);
        if (written() !== before) {
          this.#db.exec("ROLLBACK");
          onRollback?.();
          this.#begin.run();
          return batch.map((each) => this.#runApart(each));
        }
        settle.push(() => op.reject(error));
      }
    }
    return settle;
  }

  #runApart(op: Pending): () => void {
    this.#savepoint.run();
    try {
      const value = op.run();
      this.#release.run();
      return () => op.resolve(value as never);
    } catch (error) {
      this.#passOnFatal(error);
      this.#db.exec("ROLLBACK TO op; RELEASE op");
      return () => op.reject(error);
    }
  }

  // A full disk or I/O error concerns the whole batch; SQLite may have rolled back already.
  #passOnFatal(error: unknown): void {
    const code = sqliteCode(error);
    if (code === SQLITE.FULL || code === SQLITE.IOERR || !this.#db.isTransaction) throw error;
  }

  #settle(waiting: Waiting): void {
    const { sync } = this.#options;
    this.#committed.push(waiting);
    if (!sync) this.#finish(this.#take());
    else if (this.#syncing) return;
    else if (this.#elsewhere === 0) this.#syncNow(sync);
    else this.#syncLater(sync);
  }

  #take(): Waiting[] {
    const taken = this.#committed;
    this.#committed = [];
    return taken;
  }

  #finish(waiting: readonly Waiting[]): void {
    const answered = waiting.reduce((sum, { operations }) => sum + operations, 0);
    if (answered > 0) this.#expected = Math.min(MAX_BATCH, answered + this.#queue.length);
    for (const { done } of waiting) done();
  }

  #syncNow(sync: Sync): void {
    const covered = this.#take();
    const started = performance.now();
    try {
      sync.now();
      this.#syncMs = performance.now() - started;
      this.#sentElsewhere = this.#syncMs > SLOW_MS ? Math.min(MOST_ELSEWHERE, this.#sentElsewhere * 2 || 2) : 0;
      this.#elsewhere = this.#sentElsewhere;
    } catch (error) {
      this.#lose(covered, error);
      return;
    }
    this.#finish(covered);
  }

  #syncLater(sync: Sync): void {
    const covered = this.#take();
    this.#syncing = covered;
    this.#elsewhere -= 1;
    sync.later().then(
      () => {
        this.#syncing = undefined;
        if (this.#committed.length > 0) this.#syncLater(sync);
        this.#finish(covered);
        this.#schedule();
      },
      (error: unknown) => {
        this.#syncing = undefined;
        this.#lose([...covered, ...this.#take()], error);
      },
    );
  }

  #problem(error: unknown): AiwgError {
    this.#healthy = false;
    this.#stats.failures += 1;
    return new AiwgError("store_unavailable", `the store could not commit: ${messageOf(error)}`, { cause: error, retryAfterS: 1 });
  }

  #fail(batch: readonly Pending[], error: unknown): void {
    const problem = this.#problem(error);
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    this.#options.onRollback?.();
    for (const op of batch) op.reject(problem);
    // After a failed fsync the page cache may lie about what is on disk: never retry on this handle.
    if (sqliteCode(error) === SQLITE.IOERR) this.#options.onFatal?.(problem);
  }

  // What is committed can be read but may not be on disk, and no later sync can tell: nothing more is taken.
  #lose(waiting: readonly Waiting[], error: unknown): void {
    this.#lost = this.#problem(error);
    for (const { fail } of waiting) fail(this.#lost);
    for (const op of this.#queue.splice(0)) op.reject(this.#lost);
    this.#options.onFatal?.(this.#lost);
  }
}
