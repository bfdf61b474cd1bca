// The queue as the bridge uses it: taking due rows with a durable intent, settling them, mirroring serve, remembering how
// far events were followed. Writes of one tick share a transaction (group commit). Must not know HTTP.
import { GroupCommit } from "../../core/node/group-commit.ts";
import type { ProcessId } from "../../core/node/processes.ts";
import type { AiwgError } from "../../core/errors.ts";
import type { Clock } from "../../core/time.ts";
import { Batch } from "./batch.ts";
import { prepareMirror, type MirroredState } from "./mirror.ts";
import { DUE_PHASE, openQueueFile, reading, transaction } from "./schema.ts";
import { prepareWaits } from "./waits.ts";
import { mirrorSession, type SessionNews } from "./sessions.ts";

/** A row whose POST is to be made now: its intent is durable. */
export type Intent = {
  readonly missionId: string;
  readonly sessionId: string;
  /** The JSON text to send, always the same. */
  readonly body: string;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** How often serve had no executor for it, while none was to be waited for. */
  readonly declined: number;
  /** An earlier attempt may have been stored by serve. */
  readonly unknown: boolean;
  /** It was `sent` before this attempt, and stays so while nobody has judged it. */
  readonly wasSent: boolean;
};

/** How an intent ended. Of no effect on a row that something else has settled meanwhile. */
export type Settlement =
  | { readonly kind: "accepted"; readonly state: "queued" | "assigned"; readonly executorId: string | null; readonly attempt: number }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "aborted"; readonly reason: string }
  /** Due again after `delayMs`; `pending`: somebody answered, or nothing was sent; else it stays sent. */
  | {
      readonly kind: "again";
      readonly reason: string;
      readonly delayMs: number;
      readonly unknown: boolean;
      readonly pending: boolean;
      readonly declined: boolean;
    };

/** A serve that is followed: from which seq on, and whether the mirror has to be read anew. */
export type ServeCursor = { readonly cursor: number; readonly reconcile: boolean };

export type OpenMission = { readonly n: number; readonly missionId: string; readonly serveId: string | null };

// A wait longer than this was stored by a clock that has since gone back.
const LONGEST_WAIT_MS = 6 * 60_000;

// What is bound to another serve than the one that answers is not sent, and says so.
const ELSEWHERE = `UPDATE mission SET phase = 4, reason = 'was sent to ' || serve_id || '; the serve that answers now is ' || (SELECT serve_id FROM bridge)
  WHERE phase IN (1, 2, 5) AND serve_id <> (SELECT serve_id FROM bridge)`;

export type Outbox = ReturnType<typeof openOutbox>;

/**
 * Opens the bridge's side of a queue file. `onFatal`: the file can no longer be trusted, the process should end. `gatherMs`:
 * how long what is only mirrored or settled may wait for others, so that they share a transaction; intents never wait.
 */
export function openOutbox(path: string, options: { readonly clock: Clock; readonly onFatal: (error: AiwgError) => void; readonly gatherMs?: number }) {
  const { clock, onFatal } = options;
  const db = openQueueFile(path);
  const commit = new GroupCommit(db, { onFatal });
  const batch = new Batch(commit, clock, options.gatherMs ?? 0);
  const mirror = prepareMirror(db);

  const ready = db.prepare("UPDATE mission SET phase = 1 WHERE phase = 2 AND (next_due <= ? OR next_due > ?)");
  const due = db.prepare(
    "SELECT n, id, state, EXISTS (SELECT 1 FROM dependency WHERE mission_id = mission.id) AS waits FROM mission WHERE phase = 1 AND (serve_id IS NULL OR serve_id = ?) ORDER BY priority DESC, n LIMIT ?",
  );
  const anyDue = db.prepare("SELECT 1 FROM mission WHERE phase = 1 LIMIT 1");
  const take = db.prepare(
    `UPDATE mission SET phase = 3, state = 'sent', tries = tries + 1, serve_id = ?, updated_at = ? WHERE n = ?
     RETURNING id, session_id, tries, declined, unknown`,
  );
  const block = db.prepare("UPDATE mission SET phase = 6, reason = ?, updated_at = ? WHERE n = ?");
  const payload = db.prepare("SELECT coalesce(sent, body) AS body FROM payload WHERE mission_id = ?");
  const readyFor = prepareWaits(db);
  // What an event has already told is newer than the answer to the POST.
  const accept = db.prepare(
    `UPDATE mission SET phase = 0, unknown = 0, state = CASE seq WHEN 0 THEN ? ELSE state END, reason = CASE seq WHEN 0 THEN '' ELSE reason END, executor_id = CASE seq WHEN 0 THEN ? ELSE executor_id END,
     attempt = max(attempt, ?), updated_at = ? WHERE id = ? AND phase = 3`,
  );
  // No longer bound: events of that id are about somebody else's mission, or about none; nor is there anything to abort.
  const fail = db.prepare(
    "UPDATE mission SET phase = 0, unknown = 0, state = 'failed', reason = ?, serve_id = NULL, abort = CASE abort WHEN 1 THEN 2 ELSE abort END, updated_at = ? WHERE id = ? AND phase = 3",
  );
  const abort = db.prepare(
    `UPDATE mission SET phase = 0, unknown = 0, abort = 2, state = 'aborted', reason = ?, updated_at = ? WHERE id = ? AND state IN ('pending', 'sent')`,
  );
  const again = db.prepare(
    `UPDATE mission SET phase = CASE WHEN abort <> 0 THEN 0 WHEN ${DUE_PHASE} = 5 THEN 5 WHEN ? > 0 THEN 2 ELSE 1 END, next_due = ?, reason = ?, unknown = max(unknown, ?),
     state = CASE WHEN seq > 0 THEN state WHEN ? THEN 'pending' ELSE 'sent' END, declined = declined + ?, updated_at = ? WHERE id = ? AND phase = 3`,
  );
  // Its line may be gone by now, and another serve connected.
  const elsewhere = db.prepare(`${ELSEWHERE} AND id = ?`);
  // An event said meanwhile that serve has it: nothing is left to send.
  const known = db.prepare("UPDATE mission SET phase = 0, unknown = 0 WHERE id = ? AND phase = 3 AND seq > 0");
  const told = db.prepare("UPDATE mission SET abort = 2 WHERE id = ? AND abort = 1");
  const cursorOf = db.prepare("SELECT cursor, reconcile FROM serve WHERE serve_id = ?");
  const advance = db.prepare("UPDATE serve SET cursor = ? WHERE serve_id = ?");
  const version = db.prepare("PRAGMA data_version");
  const earliest = db.prepare("SELECT min(next_due) AS at FROM mission WHERE phase = 2");
  const aborts = db.prepare("SELECT id FROM mission WHERE abort = 1 AND (serve_id = ? OR (serve_id IS NULL AND state = 'pending')) ORDER BY n LIMIT ?");

  type Due = { readonly n: number; readonly id: string; readonly state: string; readonly waits: number };
  const dueRows = (serveId: string, limit: number): Due[] => due.all(serveId, limit) as Due[];
  const takeOne = (n: number, id: string, state: string, serveId: string, now: number): Intent => {
    const row = take.get(serveId, now, n) as { session_id: string; tries: number; declined: number; unknown: number };
    const { body } = payload.get(id) as { body: string };
    const { session_id: sessionId, tries: attempt, declined, unknown } = row;
    return { missionId: id, sessionId, body, attempt, declined, unknown: unknown === 1, wasSent: state === "sent" };
  };

  const settleOne = (missionId: string, settlement: Settlement): void => {
    const now = clock.now();
    if (settlement.kind === "accepted") accept.run(settlement.state, settlement.executorId, settlement.attempt, now, missionId);
    else if (settlement.kind === "failed") fail.run(settlement.reason, now, missionId);
    else if (settlement.kind === "aborted") abort.run(settlement.reason, now, missionId);
    else if (known.run(missionId).changes === 0) {
      const { delayMs, reason, unknown, pending, declined } = settlement;
      again.run(delayMs, now + Math.ceil(delayMs), reason, unknown ? 1 : 0, pending ? 1 : 0, declined ? 1 : 0, now, missionId);
      elsewhere.run(missionId);
    }
  };

  return {
    /** Writes the bridge down, and makes due again what a dead one had in flight. */
    begin(self: ProcessId): void {
      transaction(db, path, () => {
        db.prepare(
          `INSERT INTO bridge(one, pid, start, fault) VALUES (1, ?, ?, 'the bridge is connecting to serve')
           ON CONFLICT(one) DO UPDATE SET pid = excluded.pid, start = excluded.start, fault = excluded.fault`,
        ).run(self.pid, self.start);
        db.exec(`UPDATE mission SET phase = CASE WHEN abort <> 0 OR seq > 0 THEN 0 ELSE ${DUE_PHASE} END, unknown = 1 WHERE phase = 3`);
      });
    },

    /** Why nothing can be sent now, for those who look at the queue; null: it can. */
    note: (fault: string | null): Promise<void> => commit.run(() => void db.prepare("UPDATE bridge SET fault = ? WHERE one = 1").run(fault)),

    cursor(serveId: string): ServeCursor | undefined {
      const row = reading(path, () => cursorOf.get(serveId)) as { cursor: number; reconcile: number } | undefined;
      return row && { cursor: row.cursor, reconcile: row.reconcile === 1 };
    },

    /**
     * A serve is there: keeps its cursor (from `head` at first contact) and holds back intents that are bound to another
     * one, with the reason. The mirror must be read anew if this serve is not the one of before.
     */
    connect: (serveId: string, head: number): Promise<ServeCursor> =>
      commit.run(() => {
        const before = db.prepare("SELECT serve_id FROM bridge WHERE one = 1").get() as { serve_id: string | null } | undefined;
        db.prepare("INSERT INTO serve(serve_id, cursor, reconcile) VALUES (?, ?, 1) ON CONFLICT(serve_id) DO NOTHING").run(serveId, head);
        if (before?.serve_id !== serveId) {
          db.prepare("UPDATE serve SET reconcile = 1 WHERE serve_id = ?").run(serveId);
          // This one may know what the one before did not.
          db.exec(`UPDATE mission SET phase = ${DUE_PHASE} WHERE phase = 6`);
        }
        db.prepare("UPDATE bridge SET serve_id = ? WHERE one = 1").run(serveId);
        db.exec(ELSEWHERE);
        db.prepare(`UPDATE mission SET phase = CASE abort WHEN 0 THEN ${DUE_PHASE} ELSE 0 END, reason = '' WHERE phase = 4 AND serve_id = ?`).run(serveId);
        const row = cursorOf.get(serveId) as { cursor: number; reconcile: number };
        return { cursor: row.cursor, reconcile: row.reconcile === 1 };
      }),

    /** Takes up to `limit` due missions, by priority, then age. Their intents are durable when this resolves. */
    takeDue: (serveId: string, limit: number): Promise<Intent[]> => {
      // What has gathered goes with it.
      batch.send();
      return commit.run(() => {
        const now = clock.now();
        ready.run(now, now + LONGEST_WAIT_MS);
        const taken: Intent[] = [];
        // What waits for something that serve will never hear of is none of those taken, so that more are looked at.
        for (let rows = dueRows(serveId, limit); rows.length > 0; rows = dueRows(serveId, limit - taken.length)) {
          for (const { n, id, state, waits } of rows) {
            const blocked = waits === 1 ? readyFor(id, serveId) : undefined;
            if (blocked === undefined) taken.push(takeOne(n, id, state, serveId, now));
            else block.run(blocked, now, n);
          }
        }
        return taken;
      });
    },

    /** When the next waiting row is due (wall time), if one waits. */
    nextDue(): number | undefined {
      const row = reading(path, () => earliest.get()) as { at: number | null };
      return row.at ?? undefined;
    },

    /** True if a row is due now. */
    hasDue: (): boolean => reading(path, () => anyDue.get()) !== undefined,

    settle: (missionId: string, settlement: Settlement): Promise<void> => batch.run(() => settleOne(missionId, settlement)),

    /** Events of a serve and the cursor behind them, in one transaction. */
    applyEvents: (serveId: string, news: readonly MirroredState[], cursor: number, sessions: readonly SessionNews[] = []): Promise<void> =>
      batch.run(() => {
        const now = clock.now();
        for (const item of sessions) mirrorSession(db, serveId, item);
        for (const item of news) mirror.event(serveId, item, now);
        advance.run(cursor, serveId);
      }),

    /** A mission as it was read from a serve. */
    applyRead: (serveId: string, news: MirroredState): Promise<void> => commit.run(() => mirror.read(serveId, news, clock.now())),

    /** Sessions as they were read from a serve. */
    applySessions: (serveId: string, sessions: readonly SessionNews[]): Promise<void> =>
      commit.run(() => {
        for (const item of sessions) mirrorSession(db, serveId, item);
      }),
    /** Serve does not know a mission that it had accepted. */
    applyUnknown: (missionId: string): Promise<void> => commit.run(() => mirror.unknown(missionId, clock.now())),

    /** The cursor could not be resumed: goes on from `head`, and what was mirrored counts as old until it is read. */
    reset: (serveId: string, head: number): Promise<void> =>
      commit.run(() => {
        db.prepare("UPDATE serve SET cursor = ?, reconcile = 1 WHERE serve_id = ?").run(head, serveId);
        db.prepare("UPDATE mission SET seq = 0 WHERE phase = 0 AND state NOT IN ('done', 'failed', 'aborted') AND serve_id = ?").run(serveId);
      }),

    reconciled: (serveId: string): Promise<void> => commit.run(() => void db.prepare("UPDATE serve SET reconcile = 0 WHERE serve_id = ?").run(serveId)),

    /** Accepted missions that have not ended, after row `n`, oldest first. */
    openMissions(n: number, limit: number): OpenMission[] {
      const sql = `SELECT n, id, serve_id FROM mission WHERE phase = 0 AND state NOT IN ('done', 'failed', 'aborted') AND state NOT IN ('pending', 'sent')
        AND n > ? ORDER BY n LIMIT ?`;
      const rows = reading(path, () => db.prepare(sql).all(n, limit)) as { n: number; id: string; serve_id: string | null }[];
      return rows.map((row) => ({ n: row.n, missionId: row.id, serveId: row.serve_id }));
    },

    /** Missions whose abort has still to be told to the serve that may have them: to the present one, if they were moved. */
    abortsDue(serveId: string, limit: number): string[] {
      const rows = reading(path, () => aborts.all(serveId, limit));
      return (rows as { id: string }[]).map((row) => row.id);
    },

    /** Serve has the abort. `gone`: the mission had not arrived there, and never will. */
    abortTold: (missionId: string, gone: boolean): Promise<void> =>
      commit.run(() => {
        told.run(missionId);
        if (gone) abort.run("aborted before it arrived at serve", clock.now(), missionId);
      }),

    /** Objective and session as they were sent: by them a mission that serve knows is recognised as ours. */
    sent(missionId: string): { readonly sessionId: string; readonly body: string } | undefined {
      const sql = "SELECT m.session_id, p.body FROM mission m JOIN payload p ON p.mission_id = m.id WHERE m.id = ?";
      const row = reading(path, () => db.prepare(sql).get(missionId)) as { session_id: string; body: string } | undefined;
      return row && { sessionId: row.session_id, body: row.body };
    },

    /** Changes whenever another process has written to the file. */
    version: (): number => Number(Object.values(version.get() ?? {})[0]),

    /** Commits what is under way, writes the bridge off, closes the file. */
    end(): void {
      batch.send();
      commit.close();
      transaction(db, path, () => db.exec("UPDATE bridge SET pid = 0, start = '', fault = NULL WHERE one = 1"));
      db.close();
    },
  };
}
