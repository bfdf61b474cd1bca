// Storing a dispatch: identity first, then executors; mission, events and the answer are one transaction (contract §2.1).
// Must not know HTTP.
import { canonicalJson } from "../../../core/json.ts";
import { AiwgError } from "../../../core/errors.ts";
import { rfc3339 } from "../../../core/time.ts";
import { demandOf, matches, pickExecutor, waitReason, type Candidate, type Demand } from "../../../mission/match.ts";
import { DEFAULTS, isTerminal, priorityRank, type SessionState } from "../../../mission/model.ts";
import type { DispatchAccepted, DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { DispatchInput, DispatchVerdict } from "../store.ts";
import { assignQueued, assignTo, connectedCandidates } from "./assign.ts";
import { bodyOf, type MissionRow } from "./rows.ts";
import { addDependencies, refuseCycles } from "./dependencies.ts";
import { heldBy } from "./sessions.ts";
import { appendEvent, conflict, needMission, tally } from "./transition.ts";
import type { Tx } from "./tx.ts";

type Identity = { readonly hash: string | null; readonly response: string | null; readonly keyed: number };
const IDENTITY = "SELECT hash, response, keyed FROM identity WHERE mission_id = ?";

// Law: the mission id is the identity, for ever; a key belongs to one mission.
function replayOf(tx: Tx, input: Pick<DispatchInput, "body" | "key" | "hash">): DispatchAccepted | undefined {
  const id = input.body.mission_id;
  const known = tx.get<Identity>(IDENTITY, id);
  // A key that is the id of the mission it came with is not stored twice: identity.keyed says so.
  const ofKey = input.key === id ? known : tx.get<Identity>(IDENTITY, input.key);
  const stored = tx.get<{ mission_id: string }>("SELECT mission_id FROM idempotency WHERE key = ?", input.key);
  const user = stored?.mission_id ?? (ofKey?.keyed === 1 ? input.key : undefined);
  if (user !== undefined && user !== id) throw new AiwgError("idempotency_key_reused", `Idempotency-Key "${input.key}" was used for mission ${user}`);
  if (!known) return undefined;
  if (known.hash === null || known.response === null) throw new AiwgError("tombstone", `mission ${id} was aborted before it arrived`);
  if (known.hash !== input.hash) throw new AiwgError("idempotency_key_reused", `mission ${id} exists with another payload`);
  if (user === undefined) tx.run("INSERT INTO idempotency (key, mission_id) VALUES (?, ?)", input.key, id);
  return { ...(JSON.parse(known.response) as DispatchAccepted), idempotent_replayed: true };
}

// The state of the session, which is created if need be.
function ensureSession(tx: Tx, input: NewMission): SessionState {
  const now = tx.now();
  const known = tx.get<{ state: SessionState }>("SELECT state FROM session WHERE id = ?", input.sessionId);
  if (known) return known.state;
  const { id = null, name = null } = input.body.project ?? {};
  tx.run(
    "INSERT INTO session (id, state, project_id, project_name, created_at, updated_at) VALUES (?, 'active', ?, ?, ?, ?)",
    ...[input.sessionId, id, name, now, now],
  );
  appendEvent(tx, { type: "session.changed", session_id: input.sessionId, project_id: id, data: { state: "active" } });
  return "active";
}

function insertMission(tx: Tx, input: NewMission, session: SessionState, demand: Demand, reason: string): MissionRow {
  const { body } = input;
  const now = tx.now();
  const project = { id: body.project?.id ?? null, name: body.project?.name ?? null };
  const seq = appendEvent(tx, {
    ...{ type: "mission.queued", session_id: input.sessionId, mission_id: body.mission_id, project_id: project.id },
    ...{ attempt: 0, state: "queued", reason },
  });
  const row: MissionRow = {
    ...{ n: 0, id: body.mission_id, session_id: input.sessionId, project_id: project.id, project_name: project.name },
    ...{ body: JSON.stringify(body), traceparent: input.traceparent, demand: canonicalJson(demand) },
    ...{ state: "queued", reason: "", seq, fence: 0, priority: priorityRank(body.priority ?? "normal"), on_lost: body.on_lost ?? "hold" },
    ...{ started: 0, max_attempts: body.max_attempts ?? DEFAULTS.maxAttempts, executor_id: null, agent: null, confirmed: 0 },
    ...{ abort_requested: 0, abort_reason: null, workspace: null, agent_session: null, commit_id: null, resume: null, result: null },
    ...{ retry_of: input.retryOf ?? null, held: heldBy(session), wants: null, pause_reason: null, blocked: 0 },
    ...{ created_at: now, queued_at: now, updated_at: now, started_at: null, ended_at: null },
  };
  addDependencies(tx, row, body.after ?? []);
  row.n = tx.insert(
    `INSERT INTO mission (id, session_id, project_id, project_name, body, traceparent, demand, state, reason, seq, fence, priority, on_lost, started,
       max_attempts, confirmed, abort_requested, created_at, queued_at, updated_at, retry_of, held, blocked)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[row.id, row.session_id, row.project_id, row.project_name, row.body, row.traceparent, row.demand, row.state, row.reason, row.seq],
    ...[row.fence, row.priority, row.on_lost, row.started, row.max_attempts, row.confirmed, row.abort_requested],
    ...[row.created_at, row.queued_at, row.updated_at, row.retry_of, row.held, row.blocked],
  );
  tally(tx, input.sessionId, "queued", 1);
  return row;
}

function someoneWaits(tx: Tx, row: MissionRow): boolean {
  return tx.get("SELECT 1 FROM mission WHERE state = 'queued' AND held = 0 AND blocked = 0 AND demand = ? AND n <> ? LIMIT 1", row.demand, row.n) !== undefined;
}

type NewMission = Pick<DispatchInput, "sessionId" | "body" | "hash" | "key" | "traceparent"> & { readonly retryOf?: string };

/** Stores a mission that may be stored: row, events, identity and answer. Assigned at once if a candidate is free and nothing holds it. */
function keep(tx: Tx, input: NewMission, demand: Demand, candidates: readonly Candidate[]): DispatchAccepted {
  refuseCycles(tx, input.body.mission_id, input.body.after ?? []);
  const session = ensureSession(tx, input);
  const chosen = pickExecutor(demand, candidates);
  const row = insertMission(tx, input, session, demand, chosen ? "stored" : waitReason(demand, candidates));
  if (chosen && row.blocked === 0 && row.held === 0) {
    // A slot that has just become free belongs to whoever waited for it.
    if (someoneWaits(tx, row)) {
      assignQueued(tx, 64);
      Object.assign(row, needMission(tx, row.id));
    } else assignTo(tx, row, chosen);
  }
  const isAssigned = row.state === "assigned";
  const response: DispatchAccepted = {
    mission_id: row.id,
    session_id: row.session_id,
    status: isAssigned ? "assigned" : "queued",
    executor_id: row.executor_id,
    attempt: row.fence,
    ...(isAssigned ? { estimated_start: rfc3339(tx.now()) } : {}),
    dispatch_path: isAssigned ? "ws" : null,
    idempotent_replayed: false,
  };
  const isOwnKey = input.key === row.id;
  tx.run("INSERT INTO identity (mission_id, hash, response, keyed) VALUES (?, ?, ?, ?)", row.id, input.hash, JSON.stringify(response), isOwnKey ? 1 : 0);
  if (!isOwnKey) tx.run("INSERT INTO idempotency (key, mission_id) VALUES (?, ?)", input.key, row.id);
  return response;
}

/** A new mission from an ended one, under the id that the client minted; a repeat is a replay. */
export function retry(tx: Tx, missionId: string, newId: string): DispatchVerdict {
  const old = needMission(tx, missionId);
  const identity = { sessionId: old.session_id, hash: `retry of ${missionId}`, key: newId, traceparent: old.traceparent };
  const body = { ...withoutAfter(old), mission_id: newId };
  const replay = replayOf(tx, { ...identity, body });
  if (replay) return { response: replay, replayed: true };
  if (!isTerminal(old.state)) throw conflict(old, "retry");
  return { response: keep(tx, { ...identity, body, retryOf: old.id }, demandOf(body), connectedCandidates(tx)), replayed: false };
}

// What it waited for it has waited for; the retry does not wait again.
function withoutAfter(row: MissionRow): DispatchBody {
  const { after: _waited, ...body } = bodyOf(row);
  return body;
}

/** Judges and stores one dispatch. Throws the refusals of contract §2.1; then nothing is stored. */
export function dispatch(tx: Tx, input: DispatchInput): DispatchVerdict {
  const replay = replayOf(tx, input);
  if (replay) return { response: replay, replayed: true };

  const demand = demandOf(input.body);
  const candidates = connectedCandidates(tx);
  if (!input.respondAsync && !candidates.some((candidate) => matches(demand, candidate))) {
    const pinned = demand.executorId;
    if (pinned !== null && !tx.get("SELECT 1 FROM executor WHERE id = ?", pinned))
      throw new AiwgError("executor_not_found", `executor ${pinned} is not registered`);
    throw new AiwgError("no_executor_available", "no connected executor matches this mission", { retryAfterS: 2 });
  }

  return { response: keep(tx, input, demand, candidates), replayed: false };
}
