// The tables of serve's SQLite store, as numbered migrations that are never edited once released. Must not know their readers.
import type { Schema } from "../../../core/node/sqlite.ts";

const V1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, project_id TEXT, project_name TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Missions of a session by state, kept with every transition: counting never scans.
CREATE TABLE tally (session_id TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (session_id, state)) STRICT, WITHOUT ROWID;

-- Who a mission id is, for ever. No hash: aborted before it arrived (tombstone).
CREATE TABLE identity (mission_id TEXT PRIMARY KEY, hash TEXT, response TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE idempotency (key TEXT PRIMARY KEY, mission_id TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE mission (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL, project_id TEXT, project_name TEXT,
  body TEXT NOT NULL, traceparent TEXT, demand TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, seq INTEGER NOT NULL, fence INTEGER NOT NULL,
  priority INTEGER NOT NULL, on_lost TEXT NOT NULL, started INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
  executor_id TEXT, agent TEXT, confirmed INTEGER NOT NULL, abort_requested INTEGER NOT NULL, abort_reason TEXT,
  workspace TEXT, agent_session TEXT, commit_id TEXT, resume TEXT, result TEXT, retry_of TEXT,
  created_at INTEGER NOT NULL, queued_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER) STRICT;
CREATE INDEX mission_ready ON mission (demand, priority DESC, queued_at, n) WHERE state = 'queued';
CREATE INDEX mission_owned ON mission (executor_id) WHERE state IN ('assigned', 'running', 'paused', 'hitl_required', 'suspended');
CREATE INDEX mission_session ON mission (session_id, created_at, n);
CREATE INDEX mission_project ON mission (project_id, created_at, n);
CREATE INDEX mission_updated ON mission (updated_at, n);

CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, session_id TEXT, mission_id TEXT, executor_id TEXT, project_id TEXT,
  attempt INTEGER, state TEXT, reason TEXT, at INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX event_mission ON event (mission_id, seq);

CREATE TABLE executor (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, capabilities TEXT NOT NULL, slots INTEGER NOT NULL, running INTEGER NOT NULL,
  host_id TEXT, a2a_instance_id TEXT, endpoints TEXT, connected INTEGER NOT NULL, draining INTEGER NOT NULL,
  epoch TEXT, acked INTEGER NOT NULL, registered_at INTEGER NOT NULL, last_seen INTEGER) STRICT, WITHOUT ROWID;
-- Reports that arrived above a gap; below executor.acked all are known.
CREATE TABLE report_seen (executor_id TEXT NOT NULL, src_seq INTEGER NOT NULL, PRIMARY KEY (executor_id, src_seq)) STRICT, WITHOUT ROWID;
CREATE TABLE refusal (mission_id TEXT NOT NULL, executor_id TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (mission_id, executor_id)) STRICT, WITHOUT ROWID;

CREATE TABLE question (
  mission_id TEXT NOT NULL, hitl_id TEXT NOT NULL, session_id TEXT NOT NULL, attempt INTEGER NOT NULL, prompt TEXT NOT NULL, choices TEXT, fallback TEXT,
  asked_at INTEGER NOT NULL, expires_at TEXT, state TEXT NOT NULL, response TEXT, answered_at INTEGER, confirmed INTEGER NOT NULL,
  PRIMARY KEY (mission_id, hitl_id)) STRICT, WITHOUT ROWID;
CREATE INDEX question_open ON question (asked_at) WHERE state = 'open';

CREATE TABLE token (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL, executor_id TEXT, name TEXT,
  created_at INTEGER NOT NULL, expires_at INTEGER, uses_left INTEGER) STRICT, WITHOUT ROWID;

-- Transcripts: bytes of a mission in arrival order; log_head knows where the current attempt's next byte belongs.
CREATE TABLE log (mission_id TEXT NOT NULL, pos INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (mission_id, pos)) STRICT, WITHOUT ROWID;
CREATE TABLE log_head (mission_id TEXT PRIMARY KEY, attempt INTEGER NOT NULL, expected INTEGER NOT NULL, size INTEGER NOT NULL, capped INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

const V2 = `
-- held: 1 by an operator, 2 by its session. wants: what the owner was asked for and has not confirmed ('pause', 'resume').
ALTER TABLE mission ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mission ADD COLUMN wants TEXT;
ALTER TABLE mission ADD COLUMN pause_reason TEXT;
-- How many of the missions it waits for are not done yet.
ALTER TABLE mission ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
DROP INDEX mission_ready;
-- Creation order is row order: no other index needs the time.
DROP INDEX mission_session;
DROP INDEX mission_project;
DROP INDEX mission_updated;
CREATE INDEX mission_session ON mission (session_id);
CREATE INDEX mission_project ON mission (project_id) WHERE project_id IS NOT NULL;
ALTER TABLE identity ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mission_ready ON mission (demand, priority DESC, queued_at, n) WHERE state = 'queued' AND held = 0 AND blocked = 0;
CREATE INDEX mission_retry ON mission (retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX mission_ended ON mission (ended_at, n) WHERE ended_at IS NOT NULL;
CREATE TABLE dependency (
  mission_id TEXT NOT NULL, after_id TEXT NOT NULL, ord INTEGER NOT NULL, met INTEGER NOT NULL, PRIMARY KEY (mission_id, after_id)) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_after ON dependency (after_id) WHERE met = 0;
CREATE INDEX question_expiry ON question (expires_at) WHERE state = 'open' AND expires_at IS NOT NULL;
-- Missions that ended long ago, as they were last answered; out of every index that work looks at.
CREATE TABLE archive (mission_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, ended_at INTEGER NOT NULL, mission TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_mission ON idempotency (mission_id);
CREATE INDEX archive_ended ON archive (ended_at);
`;

const V3 = `
-- What never changes of a mission but its body, apart from what changes with every transition: a transition writes few bytes.
CREATE TABLE spec (n INTEGER PRIMARY KEY, hash TEXT NOT NULL, keyed INTEGER NOT NULL, response TEXT NOT NULL, body TEXT NOT NULL, traceparent TEXT) STRICT;
INSERT INTO spec (n, hash, keyed, response, body, traceparent)
  SELECT n, hash, keyed, response, body, traceparent FROM mission JOIN identity ON identity.mission_id = mission.id;
ALTER TABLE mission DROP COLUMN body;
ALTER TABLE mission DROP COLUMN traceparent;
-- A demand names only what is asked for.
UPDATE mission SET demand = json_remove(demand,
  CASE demand -> '$.agents' WHEN '[]' THEN '$.agents' ELSE '$.none' END, CASE demand -> '$.capabilities' WHEN '[]' THEN '$.capabilities' ELSE '$.none' END,
  CASE demand -> '$.executorId' WHEN 'null' THEN '$.executorId' ELSE '$.none' END, CASE demand -> '$.hostId' WHEN 'null' THEN '$.hostId' ELSE '$.none' END,
  CASE demand -> '$.instanceId' WHEN 'null' THEN '$.instanceId' ELSE '$.none' END);
-- 1 once it has asked a question.
ALTER TABLE mission ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
UPDATE mission SET asked = 1 WHERE id IN (SELECT mission_id FROM question);
-- A transition that leaves the owner alone leaves this index alone.
DROP INDEX mission_owned;
CREATE INDEX mission_owned ON mission (executor_id) WHERE executor_id IS NOT NULL AND ended_at IS NULL;
-- From here on identity holds only who left (archived, purged) and who never arrived (tombstones).
DELETE FROM identity WHERE mission_id IN (SELECT id FROM mission);

-- Seqs are given by the one writer, never twice: see meta.pruned. n: the mission's.
ALTER TABLE event RENAME TO event_v2;
DROP INDEX event_mission;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY, type TEXT NOT NULL, n INTEGER, session_id TEXT, executor_id TEXT, project_id TEXT,
  attempt INTEGER, state TEXT, reason TEXT, at INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
INSERT INTO event (seq, type, n, session_id, executor_id, project_id, attempt, state, reason, at, data)
  SELECT event_v2.seq, type, n, event_v2.session_id, event_v2.executor_id, event_v2.project_id, attempt, event_v2.state, event_v2.reason, at, data
  FROM event_v2 LEFT JOIN mission ON mission.id = event_v2.mission_id ORDER BY event_v2.seq;
DROP TABLE event_v2;
CREATE INDEX event_mission ON event (n, seq) WHERE n IS NOT NULL;
-- Known without being stored: it follows from the missions.
ALTER TABLE executor DROP COLUMN running;
DROP TABLE tally;
-- How many rows of report_seen are its.
ALTER TABLE executor ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
UPDATE executor SET ahead = (SELECT count(*) FROM report_seen WHERE executor_id = executor.id);
`;

const V4 = `
-- Who retries an archived mission, and who waits or waited for a mission.
CREATE INDEX archive_retry ON archive (mission ->> '$.retry_of') WHERE mission ->> '$.retry_of' IS NOT NULL;
CREATE INDEX dependency_of ON dependency (after_id);
DROP INDEX dependency_after;
-- Where it worked (JSON), for those that begin where it ended.
ALTER TABLE archive ADD COLUMN repo TEXT;
`;

const V5 = `
-- A question that a person names, whatever has become of it.
CREATE INDEX question_id ON question (hitl_id);
`;

const V6 = `
-- Which missions an executor holds is known in memory: dispatches and ends write a page less.
-- From here on a mission's event does not repeat the mission's session and project; older rows may.
DROP INDEX mission_owned;
`;

// What was no hash in hex (a retry's) stays as it was, in bytes.
const HASH_V7 = "coalesce(unhex(hash), CAST(hash AS BLOB))";
const ANSWER_V7 = `
    CASE response ->> '$.status' WHEN 'assigned' THEN json_remove(response, '$.mission_id', '$.session_id', '$.status', '$.dispatch_path', '$.idempotent_replayed') END`;
const V7 = `
-- A spec leaves out what its mission's row tells: the id in the body, and the answer but to whom it was given at once. A hash is its bytes.
ALTER TABLE spec RENAME TO spec_v6;
CREATE TABLE spec (n INTEGER PRIMARY KEY, hash BLOB NOT NULL, keyed INTEGER NOT NULL, answer TEXT, body TEXT NOT NULL, traceparent TEXT) STRICT;
INSERT INTO spec (n, hash, keyed, answer, body, traceparent)
  SELECT n, ${HASH_V7}, keyed,
    ${ANSWER_V7},
    json_remove(body, '$.mission_id'), traceparent FROM spec_v6;
DROP TABLE spec_v6;
ALTER TABLE identity RENAME TO identity_v6;
CREATE TABLE identity (mission_id TEXT PRIMARY KEY, session_id TEXT, hash BLOB, answer TEXT, keyed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
INSERT INTO identity (mission_id, session_id, hash, answer, keyed)
  SELECT mission_id, response ->> '$.session_id', ${HASH_V7},
    ${ANSWER_V7},
    keyed FROM identity_v6;
DROP TABLE identity_v6;
`;

/** "aiwS" as the header's application id. */
export const STORE_SCHEMA: Schema = { applicationId: 0x61697753, what: "store of serve", migrations: [V1, V2, V3, V4, V5, V6, V7] };
