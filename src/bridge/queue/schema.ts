// The queue's file: its mark, its tables, how one is opened and how one writes to it. Must not know what an operation means.
import type { DatabaseSync } from "node:sqlite";
import { isAiwgError, type AiwgError } from "../../core/errors.ts";
import { openDatabase, sqliteError, type Schema } from "../../core/node/sqlite.ts";

/**
 * What the bridge has still to do with a row. Numbers, because partial indexes are made of them:
 * every query writes the literal so that SQLite can prove the index applies.
 * 0 settled · 1 due · 2 waits for `next_due` · 3 taken by the bridge, its POST in flight · 4 bound to another serve
 * · 5 held: by a person, or with its session · 6 waits for a mission that ended without serve, and not well
 */
export const PHASE = { settled: 0, due: 1, waiting: 2, inFlight: 3, elsewhere: 4, held: 5, blocked: 6 } as const;
/** 0 no abort · 1 to be told to serve · 2 told, or of no use any more. */
export const ABORT = { none: 0, requested: 1, told: 2 } as const;

const FIRST = `
CREATE TABLE session (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL,
  project_name TEXT NOT NULL,
  name TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_project ON session(project_id, n);
CREATE UNIQUE INDEX session_name ON session(project_id, name) WHERE name IS NOT NULL;

CREATE TABLE mission (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES session(id),
  project_id TEXT NOT NULL,
  project_name TEXT NOT NULL,
  request_id TEXT,
  request_hash TEXT,
  objective TEXT NOT NULL,
  priority INTEGER NOT NULL,
  -- The mirror.
  state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  seq INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,
  executor_id TEXT,
  result TEXT,
  -- The intent. Its key is the mission id; unknown: an attempt was made whose outcome nobody knows.
  phase INTEGER NOT NULL DEFAULT 1,
  next_due INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  unknown INTEGER NOT NULL DEFAULT 0,
  declined INTEGER NOT NULL DEFAULT 0,
  serve_id TEXT,
  abort INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX mission_request ON mission(project_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX mission_project ON mission(project_id, n);
CREATE INDEX mission_project_state ON mission(project_id, state, n);
CREATE INDEX mission_session ON mission(session_id, n);
CREATE INDEX mission_session_state ON mission(session_id, state, n);
CREATE INDEX mission_due ON mission(priority DESC, n) WHERE phase = 1;
CREATE INDEX mission_waiting ON mission(next_due) WHERE phase = 2;
CREATE INDEX mission_in_flight ON mission(n) WHERE phase = 3;
CREATE INDEX mission_elsewhere ON mission(serve_id) WHERE phase = 4;
CREATE INDEX mission_abort ON mission(n) WHERE abort = 1;
CREATE INDEX mission_open ON mission(n) WHERE phase = 0 AND state NOT IN ('done', 'failed', 'aborted');

-- Apart from the rows that lists read, since a body may have half a megabyte.
CREATE TABLE payload (mission_id TEXT PRIMARY KEY REFERENCES mission(id), body TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- How far each serve's events were followed; reconcile: the mirror has to be read anew.
CREATE TABLE serve (serve_id TEXT PRIMARY KEY, cursor INTEGER NOT NULL, reconcile INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- The bridge, as it last wrote itself down.
CREATE TABLE bridge (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, start TEXT NOT NULL, fault TEXT, serve_id TEXT) STRICT;
`;

const SECOND = `
-- seq, serve_id: the serve whose word the state is, and since which event; null: said here.
ALTER TABLE session ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE session ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN serve_id TEXT;
-- JSON: what an imported session said beside.
ALTER TABLE session ADD COLUMN metadata TEXT;
-- Why a person holds it; null: nobody does.
ALTER TABLE mission ADD COLUMN held TEXT;
-- The body as it was queued, once a change of priority has written another.
ALTER TABLE payload ADD COLUMN original TEXT;
CREATE TABLE dependency (mission_id TEXT NOT NULL, after_id TEXT NOT NULL, PRIMARY KEY (mission_id, after_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_after ON dependency(after_id);
INSERT INTO dependency SELECT DISTINCT p.mission_id, j.value FROM payload p, json_each(p.body, '$.after') j WHERE j.value IS NOT NULL;
-- Counts by state, so that nobody counts rows and no index has to move with each state.
CREATE TABLE tally (session_id TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (session_id, state)) STRICT, WITHOUT ROWID;
INSERT INTO tally SELECT session_id, state, count(*) FROM mission GROUP BY session_id, state;
CREATE TRIGGER mission_added AFTER INSERT ON mission BEGIN
  INSERT INTO tally VALUES (new.session_id, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER mission_moved AFTER UPDATE OF state ON mission WHEN old.state <> new.state BEGIN
  UPDATE tally SET n = n - 1 WHERE session_id = old.session_id AND state = old.state;
  INSERT INTO tally VALUES (new.session_id, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER mission_removed AFTER DELETE ON mission BEGIN
  UPDATE tally SET n = n - 1 WHERE session_id = old.session_id AND state = old.state;
END;
DROP INDEX mission_project_state;
DROP INDEX mission_session_state;
`;

const THIRD = `
ALTER TABLE mission ADD COLUMN retry_of TEXT;
CREATE INDEX mission_retry ON mission(retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX mission_blocked ON mission(n) WHERE phase = 6;
-- 0: it came without a date; created_at is when it came, and it is chosen only by name.
ALTER TABLE session ADD COLUMN dated INTEGER NOT NULL DEFAULT 1;
UPDATE session SET dated = 0 WHERE created_at = 0;
CREATE INDEX session_newest ON session(project_id, created_at, n) WHERE state = 'active' AND dated = 1;
-- The body as the serve \`sent_to\` gets it, decided with the first intent and the same from then on; sent null: as it stands in body.
ALTER TABLE payload ADD COLUMN sent TEXT;
ALTER TABLE payload ADD COLUMN sent_to TEXT;
-- What a purged mission leaves: nothing else may be queued under its id or request id, and who waits for it knows how it ended.
CREATE TABLE tombstone (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  -- Of the body as it was queued, and of its objective alone.
  hash TEXT NOT NULL,
  objective_hash TEXT NOT NULL,
  request_id TEXT,
  request_hash TEXT,
  retry_of TEXT,
  state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tombstone_request ON tombstone(project_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX tombstone_retry ON tombstone(retry_of) WHERE retry_of IS NOT NULL;
`;

/** The phase of a row that is to be sent: due, unless it or its session is held. */
export const DUE_PHASE = `CASE WHEN held IS NOT NULL OR (SELECT state FROM session WHERE id = mission.session_id) <> 'active' THEN 5 ELSE 1 END`;

/** The queue's file, of all versions. */
export const QUEUE_SCHEMA: Schema = { applicationId: 0x61697771, what: "queue", migrations: [FIRST, SECOND, THIRD] };

/** Opens or makes the queue's file. Throws store_version, store_corrupt or store_unavailable, naming the path. */
export function openQueueFile(path: string): DatabaseSync {
  return openDatabase(path, QUEUE_SCHEMA);
}

/** Runs `work` in one durable transaction: all of it or nothing. What SQLite throws becomes an AiwgError naming the file. */
export function transaction<T>(db: DatabaseSync, path: string, work: () => T): T {
  try {
    db.exec("BEGIN IMMEDIATE");
    const value = work();
    db.exec("COMMIT");
    return value;
  } catch (error) {
    if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
    throw queueError(error, path);
  }
}

/** Runs a read; what SQLite throws becomes an AiwgError naming the file. */
export function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw queueError(error, path);
  }
}

function queueError(error: unknown, path: string): AiwgError {
  return isAiwgError(error) ? error : sqliteError(error, path, "queue");
}
