// Storing a dispatch: identity first, then executors; mission, events and the answer are one transaction (contract §2.1).
// Must not know HTTP.
import { AiwgError } from "../../../core/errors.ts";
import { demandOf, demandText, matches, pickExecutor, waitReason, type Candidate, type Demand } from "../../../mission/match.ts";
import { DEFAULTS, isTerminal, priorityRank, type SessionState } from "../../../mission/model.ts";
import type { DispatchAccepted, DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { DispatchInput, DispatchVerdict } from "../store.ts";
import { assignQueued, assignTo, connectedCandidates } from "./assign.ts";
import { addDependencies, refuseCycles } from "./dependencies.ts";
import { insertMission, needMission } from "./mission-rows.ts";
import type { MissionRow } from "./rows.ts";
import { findSession, heldBy } from "./sessions.ts";
import { acceptedOf, answered, identityOf, insertSpec, saveAnswer, specOf, type Assigned } from "./spec.ts";
import { appendEvent, conflict } from "./transition.ts";
import type { Tx } from "./tx.ts";

// Law: the mission id is the identity, for ever; a key belongs to one mission.
function replayOf(tx: Tx, input: Pick<DispatchInput, "key" | "hash"> & { readonly body: Pick<DispatchBody, "mission_id"> }): DispatchAccepted | undefined {
  const id = input.body.mission_id;
  const known = identityOf(tx, id);
  // A key that is the id of the mission it came with is not stored twice: `keyed` says so.
  const ofKey = input.key === id ? known : identityOf(tx, input.key);
  const stored = tx.get<{ mission_id: string }>("SELECT mission_id FROM idempotency WHERE key = ?", input.key);
  const user = stored?.mission_id ?? (ofKey?.keyed === 1 ? input.key : undefined);
  if (user !== undefined && user !== id) throw new AiwgError("idempotency_key_reused", `Idempotency-Key "${input.key}" was used for mission ${user}`);
  if (!known) return undefined;
  if (known.hash === null) throw new AiwgError("tombstone", `mission ${id} was aborted before it arrived`);
  if (Buffer.compare(known.hash, input.hash) !== 0) throw new AiwgError("idempotency_key_reused", `mission ${id} exists with another payload`);
  if (user === undefined) tx.run("INSERT INTO idempotency (key, mission_id) VALUES (?, ?)", input.key, id);
  return answered(id, known);
}

// The state of the session, which is created if need be.
function ensureSession(tx: Tx, input: NewMission): SessionState {
  const now = tx.now();
  const known = findSession(tx, input.sessionId);
  if (known) return known.state;
  const { id = null, name = null } = input.body.project ?? {};
  tx.run(
    "INSERT INTO session (id, state, project_id, project_name, created_at, updated_at) VALUES (?, 'active', ?, ?, ?, ?)",
    ...[input.sessionId, id, name, now, now],
  );
  appendEvent(tx, { type: "session.changed", session_id: input.sessionId, project_id: id, data: { state: "active" } });
  return "active";
}

function newRow(tx: Tx, { body, sessionId, retryOf }: NewMission, session: SessionState, demand: Demand): MissionRow {
  const now = tx.now();
  return {
    n: tx.memory.nextMission(),
    id: body.mission_id,
    session_id: sessionId,
    project_id: body.project?.id ?? null,
    project_name: body.project?.name ?? null,
    demand: demandText(demand),
    state: "queued",
    reason: "",
    seq: 0,
    fence: 0,
    priority: priorityRank(body.priority ?? "normal"),
    on_lost: body.on_lost ?? "hold",
    started: 0,
    max_attempts: body.max_attempts ?? DEFAULTS.maxAttempts,
    executor_id: null,
    agent: null,
    confirmed: 0,
    abort_requested: 0,
    abort_reason: null,
    workspace: null,
    agent_session: null,
    commit_id: null,
    resume: null,
    result: null,
    retry_of: retryOf ?? null,
    held: heldBy(session),
    wants: null,
    pause_reason: null,
    blocked: 0,
    asked: 0,
    created_at: now,
    queued_at: now,
    updated_at: now,
    started_at: null,
    ended_at: null,
  };
}

// Anybody but the new row, which is counted but not stored yet.
function someoneWaits(tx: Tx, { demand }: MissionRow): boolean {
  return (
    tx.memory.total("queued") > 1 &&
    tx.get("SELECT 1 FROM mission WHERE state = 'queued' AND held = 0 AND blocked = 0 AND demand = ? LIMIT 1", demand) !== undefined
  );
}

type NewMission = Pick<DispatchInput, "sessionId" | "body" | "hash" | "key" | "traceparent"> & { readonly retryOf?: string };

function assignedTo(tx: Tx, row: MissionRow): Assigned | null {
  return row.state === "assigned" ? { executor_id: row.executor_id, attempt: row.fence, estimated_start: tx.time(tx.now()) } : null;
}

/** Stores a mission that may be stored: row, spec with identity and answer, events. Assigned at once if a candidate is free and nothing holds it. */
function keep(tx: Tx, input: NewMission, demand: Demand, candidates: readonly Candidate[]): DispatchAccepted {
  refuseCycles(tx, input.body.mission_id, input.body.after ?? []);
  const session = ensureSession(tx, input);
  const chosen = pickExecutor(demand, candidates);
  const row = newRow(tx, input, session, demand);
  const body = addDependencies(tx, row, input.body);
  const reason = chosen ? "stored" : waitReason(demand, candidates);
  row.seq = appendEvent(tx, { type: "mission.queued", mission: row, attempt: 0, state: "queued", reason });
  tx.memory.count(row.session_id, "queued", 1);
  const isAssignable = chosen !== undefined && row.blocked === 0 && row.held === 0;
  if (isAssignable && !someoneWaits(tx, row)) assignTo(tx, row, chosen, demand, body, insertMission);
  else insertMission(tx, row);
  const keyed = input.key === row.id;
  let assigned = assignedTo(tx, row);
  insertSpec(tx, row, { body, hash: input.hash, keyed, traceparent: input.traceparent }, assigned);
  // A slot that has just become free belongs to whoever waited for it.
  if (isAssignable && row.state === "queued") {
    assignQueued(tx, 64);
    assigned = assignedTo(tx, needMission(tx, row.id));
    saveAnswer(tx, row, assigned);
  }
  if (!keyed) tx.run("INSERT INTO idempotency (key, mission_id) VALUES (?, ?)", input.key, row.id);
  return acceptedOf(row.id, row.session_id, assigned);
}

/** A new mission from an ended one, under the id that the client minted; a repeat is a replay. */
export function retry(tx: Tx, missionId: string, newId: string): DispatchVerdict {
  const identity = { hash: Buffer.from(`retry of ${missionId}`), key: newId };
  // First: the old mission may have been archived since.
  const replay = replayOf(tx, { ...identity, body: { mission_id: newId } });
  if (replay) return { response: replay, replayed: true };
  const old = needMission(tx, missionId);
  const spec = specOf(tx, old);
  const body = { ...withoutAfter(spec.body), mission_id: newId };
  if (!isTerminal(old.state)) throw conflict(old, "retry");
  const mission = { ...identity, body, sessionId: old.session_id, traceparent: spec.traceparent, retryOf: old.id };
  return { response: keep(tx, mission, demandOf(body), connectedCandidates(tx)), replayed: false };
}

// What it waited for it has waited for; the retry does not wait again.
function withoutAfter({ after: _waited, ...body }: DispatchBody): DispatchBody {
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
    if (pinned !== null && !tx.memory.executor(pinned)) throw new AiwgError("executor_not_found", `executor ${pinned} is not registered`);
    throw new AiwgError("no_executor_available", "no connected executor matches this mission", { retryAfterS: 2 });
  }

  return { response: keep(tx, input, demand, candidates), replayed: false };
}
