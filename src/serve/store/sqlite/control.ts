// What operators do to missions: abort, resume, answer (contract §1). Must not know who asked.
import { AiwgError } from "../../../core/errors.ts";
import { rfc3339 } from "../../../core/time.ts";
import { demandText } from "../../../mission/match.ts";
import { isOwned, isTerminal, priorityRank, type Priority } from "../../../mission/model.ts";
import type { DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { Control } from "../../../mission/wire/http.ts";
import { archived } from "./archive.ts";
import { findSession, holdWithSession } from "./sessions.ts";
import { HELD, demandOfRow, type MissionRow, type QuestionRow } from "./rows.ts";
import { bodyOf, saveBody } from "./spec.ts";
import { findMission, needMission, saveDemand } from "./mission-rows.ts";
import { askOwner, conflict, move, note } from "./transition.ts";
import type { Tx } from "./tx.ts";

const controlOf = (row: MissionRow): Control => ({
  mission_id: row.id,
  state: row.state,
  ...(row.abort_requested === 1 && isOwned(row.state) ? { abort_requested: true } : {}),
});

// The state of a mission that left the hot tables; "purged" where only its identity is left.
function endedLongAgo(tx: Tx, id: string): string | undefined {
  const kept = archived(tx, id);
  if (kept) return kept.state;
  return tx.get("SELECT 1 FROM identity WHERE mission_id = ? AND hash IS NOT NULL", id) ? "purged" : undefined;
}

/** Queued and suspended missions end at once; owned ones are asked to; an unknown id is remembered as a tombstone. */
export function abort(tx: Tx, missionId: string, reason: string | null): Control {
  const row = findMission(tx, missionId);
  if (!row) {
    const ended = endedLongAgo(tx, missionId);
    if (ended === "aborted") return { mission_id: missionId, state: "aborted" };
    if (ended) throw new AiwgError("state_conflict", `mission ${missionId} is ${ended}: "abort" is not possible`);
    tx.run("INSERT INTO identity (mission_id) VALUES (?) ON CONFLICT DO NOTHING", missionId);
    return { mission_id: missionId, state: "aborted" };
  }
  if (row.state === "aborted") return controlOf(row);
  if (isTerminal(row.state)) throw conflict(row, "abort");
  const why = reason ?? "aborted by operator";
  if (!isOwned(row.state)) {
    row.abort_requested = 1;
    row.abort_reason = why;
    move(tx, row, "abort", { type: "mission.aborted", reason: why, data: { aborted_by: "operator" } });
    return controlOf(row);
  }
  if (row.abort_requested === 0) {
    Object.assign(row, { abort_requested: 1, abort_reason: why, wants: null });
    note(tx, row, { abort_requested: true });
    tx.effect({
      kind: "command",
      executor_id: row.executor_id ?? "",
      command: { kind: "abort", run: { mission_id: row.id, attempt: row.fence }, reason: why },
    });
  }
  return controlOf(row);
}

/** suspended → queued, pinned to the host that holds the workspace unless `elsewhere` (then from the last commit). */
export function requeue(tx: Tx, row: MissionRow, reason: string, elsewhere: boolean): void {
  const demand = demandOfRow(row);
  if (elsewhere) {
    const body = bodyOf(tx, row);
    row.resume = null;
    row.demand = demandText({ ...demand, executorId: body.executor_filter?.executor_id ?? null, hostId: hostAsked(body) });
    if (row.commit_id !== null && body.workspace) saveBody(tx, row, { ...body, workspace: { ...body.workspace, base: row.commit_id } });
  } else if (row.workspace !== null) {
    const owner = tx.memory.executor(row.executor_id);
    row.resume = JSON.stringify({ workspace: row.workspace, session_id: row.agent_session });
    row.demand = demandText(owner?.host_id ? { ...demand, hostId: owner.host_id } : { ...demand, executorId: row.executor_id });
  }
  holdWithSession(tx, row);
  saveDemand(tx, row);
  move(tx, row, "resume", { type: "mission.queued", reason, data: { resumed: true } });
  tx.effect({ kind: "ready" });
}

function hostAsked({ workspace }: DispatchBody): string | null {
  const repo = workspace?.repo;
  return repo && "host_id" in repo ? repo.host_id : null;
}

// Asks the owner; the command is repeated after every reconnect until a report confirms it.
function want(tx: Tx, row: MissionRow, wants: "pause" | "resume"): void {
  if (row.wants === wants) return;
  row.wants = wants;
  note(tx, row, { requested: wants });
  if (row.state === "running" || row.state === "paused") askOwner(tx, row, wants);
}

/** Queued: held until resumed. Owned: its owner pauses between turns. */
export function pause(tx: Tx, missionId: string, reason: string | null): Control {
  const row = needMission(tx, missionId);
  if (row.state === "queued") {
    if ((row.held & HELD.operator) === 0) {
      row.held |= HELD.operator;
      row.reason = reason ?? "paused by operator";
      note(tx, row, { held: true });
    }
  } else if (isOwned(row.state) && row.abort_requested === 0) {
    if (row.wants !== "pause" && (row.state !== "paused" || row.wants === "resume")) {
      row.pause_reason = reason;
      want(tx, row, "pause");
    }
  } else throw conflict(row, "pause");
  return controlOf(row);
}

function waitsWithSession(tx: Tx, { id, session_id }: MissionRow): string {
  const isStopped = findSession(tx, session_id)?.state === "stopped";
  const rest = isStopped ? ", which is stopped: dispatch it anew in another session" : ": resume the session, not the mission";
  return `mission ${id} waits with its session ${session_id}${rest}`;
}

/** Held: released. Suspended: queued again. Paused, or asked to pause: its owner goes on. */
export function resume(tx: Tx, missionId: string, elsewhere: boolean): Control {
  const row = needMission(tx, missionId);
  if (row.state === "suspended") requeue(tx, row, "resumed by operator", elsewhere);
  else if (row.state === "queued" && (row.held & HELD.operator) !== 0) {
    row.held &= ~HELD.operator;
    row.reason = "";
    note(tx, row, { held: row.held > 0 });
    tx.effect({ kind: "ready" });
  } else if (row.state === "paused" || row.wants === "pause") want(tx, row, "resume");
  else if (row.state === "queued" && (row.held & HELD.session) !== 0) throw new AiwgError("state_conflict", waitsWithSession(tx, row));
  else throw conflict(row, "resume");
  return controlOf(row);
}

/** Changes the rank of a mission that has not ended. */
export function setPriority(tx: Tx, missionId: string, priority: Priority): void {
  const row = needMission(tx, missionId);
  if (isTerminal(row.state)) throw conflict(row, "priority");
  if (row.priority === priorityRank(priority)) return;
  row.priority = priorityRank(priority);
  note(tx, row, { priority });
}

/** Open questions past their time: the default answers, or the mission is suspended. Returns how many. */
export function expireQuestions(tx: Tx): number {
  const due = tx.all<QuestionRow>("SELECT * FROM question WHERE state = 'open' AND expires_at IS NOT NULL AND expires_at <= ? LIMIT 100", rfc3339(tx.now()));
  for (const question of due) {
    if (question.fallback !== null) answer(tx, question.mission_id, question.hitl_id, question.fallback);
    else {
      const row = needMission(tx, question.mission_id);
      const run = { mission_id: row.id, attempt: row.fence, executor_id: row.executor_id ?? "" };
      const data = { hitl_id: question.hitl_id };
      if (row.abort_requested === 1) move(tx, row, "lost_aborting", { type: "mission.aborted", reason: row.abort_reason ?? "aborted by operator", data });
      else move(tx, row, "expired", { type: "mission.suspended", reason: `question_expired: ${question.prompt.slice(0, 200)}`, data });
      tx.effect({ kind: "revoked", run });
    }
  }
  return due.length;
}

/** When the next open question expires (ms). */
export function nextExpiry(tx: Tx): number | undefined {
  const next = tx.get<{ at: string | null }>("SELECT min(expires_at) AS at FROM question WHERE state = 'open' AND expires_at IS NOT NULL")?.at;
  return next ? Date.parse(next) : undefined;
}

/** Stores the first answer of an open question and sets the mission running; the executor's next report confirms it. */
export function answer(tx: Tx, missionId: string, hitlId: string, response: string): Control {
  const row = needMission(tx, missionId);
  const question = tx.get<QuestionRow>("SELECT * FROM question WHERE mission_id = ? AND hitl_id = ?", missionId, hitlId);
  if (!question) throw new AiwgError("not_found", `mission ${missionId} asked no question ${hitlId}`);
  if (question.state === "answered")
    throw new AiwgError("already_answered", `question ${hitlId} of mission ${missionId} was answered at ${rfc3339(question.answered_at ?? 0)}`);
  if (question.state === "closed") throw new AiwgError("closed", `question ${hitlId} of mission ${missionId} was closed: the mission is ${row.state}`);
  const choices = question.choices === null ? null : (JSON.parse(question.choices) as string[]);
  if (choices && choices.length > 0 && !choices.includes(response)) {
    throw new AiwgError("invalid_answer", `"${response.slice(0, 80)}" is not among the choices: ${choices.join(", ")}`, {
      issues: [{ pointer: "/response", message: `must be one of: ${choices.join(", ")}` }],
    });
  }
  const now = tx.now();
  tx.run("UPDATE question SET state = 'answered', response = ?, answered_at = ? WHERE mission_id = ? AND hitl_id = ?", response, now, missionId, hitlId);
  move(tx, row, "answer", { type: "mission.hitl_responded", reason: `running on ${row.executor_id ?? ""}`, data: { hitl_id: hitlId, response } });
  tx.effect({
    kind: "command",
    executor_id: row.executor_id ?? "",
    command: { kind: "hitl_responded", run: { mission_id: row.id, attempt: row.fence }, hitl_id: hitlId, response, responded_at: rfc3339(now) },
  });
  return controlOf(row);
}
