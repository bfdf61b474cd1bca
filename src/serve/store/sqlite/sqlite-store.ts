// The embedded implementation of the Store: one SQLite file, one writer, group commit. Composes the operations beside it;
// must not contain rules of its own.
import { mintId } from "../../../core/ids.ts";
import { invariant, type AiwgError } from "../../../core/errors.ts";
import { rfc3339, type Clock } from "../../../core/time.ts";
import { GroupCommit } from "../../../core/node/group-commit.ts";
import { openDatabase, sqliteError } from "../../../core/node/sqlite.ts";
import { syncOutsideCommit } from "../../../core/node/wal-sync.ts";
import type { Effect, Store } from "../store.ts";
import { assignQueued } from "./assign.ts";
import { archive, prunedTo, purge } from "./archive.ts";
import * as control from "./control.ts";
import { dispatch, retry } from "./dispatch.ts";
import { events, greatestSeq } from "./events.ts";
import * as executorRows from "./executors.ts";
import { appendLog, readLog } from "./logs.ts";
import { disconnectAll, drain, endOwnership, executorBack, linkLost, ownedRuns, pendingCommands, resync } from "./ownership.ts";
import { Memory, type Counted } from "./memory.ts";
import * as read from "./read.ts";
import { isCurrentEpoch, markSeen, report } from "./report.ts";
import { setSessionState } from "./sessions.ts";
import { STORE_SCHEMA } from "./schema.ts";
import { createStatements, rememberLast, type Statements, type Tx } from "./tx.ts";

export type SqliteStoreOptions = {
  readonly path: string;
  readonly clock: Clock;
  /** Called once if the file can no longer be trusted: the process should end. */
  readonly onFatal?: (error: AiwgError) => void;
};

function serveIdOf(tx: Tx): string {
  const minted = mintId("serve", tx.now());
  tx.run("INSERT INTO meta (key, value) VALUES ('serve_id', ?) ON CONFLICT DO NOTHING", minted);
  return tx.get<{ value: string }>("SELECT value FROM meta WHERE key = 'serve_id'")?.value ?? minted;
}

const COUNTED = `
SELECT session_id, executor_id, state, count(*) AS n, json_group_array(n) FILTER (WHERE executor_id IS NOT NULL AND ended_at IS NULL) AS held
  FROM mission GROUP BY session_id, executor_id, state`;

function createTx(statements: Statements, clock: Clock): Tx {
  const memory = new Memory({
    executors: executorRows.loadExecutors(statements),
    missions: statements.all<Omit<Counted, "held"> & { held: string }>(COUNTED).map((row) => ({ ...row, held: JSON.parse(row.held) as number[] })),
    seq: greatestSeq(statements),
    mission: statements.get<{ n: number | null }>("SELECT max(n) AS n FROM mission")?.n ?? 0,
  });
  return { ...statements, memory, now: () => clock.now(), time: rememberLast(rfc3339), effect: (effect) => memory.effect(effect) };
}

function writeExecutors(tx: Tx): void {
  for (const row of tx.memory.takeUnwritten()) executorRows.saveExecutor(tx, row);
}

/** Opens the store. The caller holds the lock that makes it the only writer. Throws as openDatabase does. */
export function openSqliteStore({ path, clock, onFatal }: SqliteStoreOptions): Store {
  const db = openDatabase(path, STORE_SCHEMA);
  const listeners = new Set<(effects: readonly Effect[]) => void>();
  const statements = createStatements(db);
  let tx: Tx;
  let serveId: string;
  let sync: ReturnType<typeof syncOutsideCommit>;
  try {
    tx = createTx(statements, clock);
    serveId = serveIdOf(tx);
    disconnectAll(tx);
    writeExecutors(tx);
    tx.memory.settle();
    sync = syncOutsideCommit(db, path);
  } catch (error) {
    db.close();
    throw sqliteError(error, path, STORE_SCHEMA.what);
  }
  const commit = new GroupCommit(db, {
    written: statements.written,
    beforeCommit: () => writeExecutors(tx),
    onCommit() {
      const effects = tx.memory.settle();
      return () => {
        if (effects.length > 0) for (const listener of listeners) listener(effects);
      };
    },
    onRollback: () => tx.memory.undo(),
    sync,
    ...(onFatal ? { onFatal } : {}),
  });

  const write = <T>(op: (tx: Tx) => T): Promise<T> =>
    commit.run(() => {
      const mark = tx.memory.mark();
      try {
        return op(tx);
      } catch (error) {
        tx.memory.undo(mark);
        throw error;
      }
    });
  const look = async <T>(op: (tx: Tx) => T): Promise<T> => {
    let seen: T;
    try {
      seen = op(tx);
    } catch (error) {
      throw sqliteError(error, path, STORE_SCHEMA.what);
    }
    // What a power cut could still take back is told to nobody.
    await commit.durable();
    return seen;
  };

  return {
    serveId,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    healthy: () => commit.healthy,
    async close() {
      commit.close();
      await commit.durable().catch(() => undefined);
      db.close();
      sync.close();
    },

    dispatch: (input) => write((t) => dispatch(t, input)),
    assignQueued: (limit) => write((t) => assignQueued(t, limit)),
    report: (executorId, epoch, frame) => write((t) => report(t, executorId, epoch, frame)),
    consume: (executorId, epoch, srcSeq) => write((t) => (isCurrentEpoch(t, executorId, epoch) ? markSeen(t, executorId, srcSeq).acked : 0)),
    executorBack: (executorId) => write((t) => executorBack(t, executorId)),
    resync: (executorId, input) => write((t) => resync(t, executorId, input)),
    linkLost: (executorId) => write((t) => linkLost(t, executorId)),
    seen: (executorId) => write((t) => t.memory.changeExecutor(executorId, { last_seen: t.now() })),
    endOwnership: (run, cause) => write((t) => endOwnership(t, run, cause)),
    ownedRuns: (executorId) => look((t) => ownedRuns(t, executorId)),
    pendingCommands: (executorId) => look((t) => pendingCommands(t, executorId)),

    abort: (id, reason) => write((t) => control.abort(t, id, reason)),
    pause: (id, reason) => write((t) => control.pause(t, id, reason)),
    resume: (id, { elsewhere }) => write((t) => control.resume(t, id, elsewhere)),
    retry: (id, newId) => write((t) => retry(t, id, newId)),
    setPriority: (id, priority) =>
      write((t) => {
        control.setPriority(t, id, priority);
        const changed = read.mission(t, id);
        invariant(changed, "the mission was just changed");
        return changed;
      }),
    setSessionState: (id, state) => write((t) => (setSessionState(t, id, state) ? read.session(t, id) : undefined)),
    drain: (id) => write((t) => drain(t, id)),
    expireQuestions: () => write(control.expireQuestions),
    nextExpiry: () => look(control.nextExpiry),
    expireTokens: () => write(executorRows.expireTokens),
    archive: (before, limit) => write((t) => archive(t, before, limit)),
    purge: (before, limit) => write((t) => purge(t, before, limit)),
    stats: () => look((t) => ({ ...read.stats(t), commits: commit.stats() })),
    answer: (id, hitlId, response) => write((t) => control.answer(t, id, hitlId, response)),

    registerExecutor: (input) => write((t) => executorRows.registerExecutor(t, input)),
    deleteExecutor: (id) => write((t) => executorRows.deleteExecutor(t, id)),
    executors: () => look(read.executors),
    executor: (id) => look((t) => read.executor(t, id)),

    appendLog: (run, executorId, offset, text) => write((t) => appendLog(t, run, executorId, offset, text)),
    readLog: (id, after) => look((t) => readLog(t, id, after)),

    head: () => look((t) => t.memory.seq),
    prunedTo: (missionId) => look((t) => prunedTo(t, missionId)),
    events: (after, limit, filter) => look((t) => events(t, after, limit, filter)),
    mission: (id) => look((t) => read.mission(t, id)),
    missions: (query) => look((t) => read.missions(t, query)),
    sessions: (page) => look((tx) => read.sessions(tx, page)),
    session: (id) => look((t) => read.session(t, id)),
    openQuestions: () => look(read.openQuestions),
    questionsLike: (prefix) => look((t) => read.questionsLike(t, prefix)),

    principal: (hash) => look((t) => executorRows.principal(t, hash)),
    createToken: (input) => write((t) => executorRows.createToken(t, input)),
    tokens: () => look(executorRows.tokens),
    deleteToken: (id) => write((t) => executorRows.deleteToken(t, id)),
    setLocalAdmin: (hash) => write((t) => executorRows.setLocalAdmin(t, hash)),
  };
}
