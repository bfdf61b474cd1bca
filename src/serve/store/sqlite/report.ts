// Storing what the owner of a run reports, exactly once and only under its fence (contract §2.3).
// Must not know the link that carried it.
import { rfc3339 } from "../../../core/time.ts";
import { DEFAULTS } from "../../../mission/model.ts";
import { nextState } from "../../../mission/machine.ts";
import type { LinkError, ReportFrame } from "../../../mission/wire/frames.ts";
import type { MissionResult } from "../../../mission/wire/http.ts";
import type { ReportVerdict } from "../store.ts";
import type { MissionRow } from "./rows.ts";
import { holdWithSession } from "./sessions.ts";
import { findMission, saveMission } from "./mission-rows.ts";
import { announceOwned, move } from "./transition.ts";
import type { Tx } from "./tx.ts";

type Seen = { readonly acked: number; readonly repeated: boolean };

/** Marks (epoch, src_seq) as known; answers the highest contiguous one. Sequences begin at 1 (0 is tolerated). */
export function markSeen(tx: Tx, executorId: string, srcSeq: number): Seen {
  let { acked, ahead } = tx.memory.executor(executorId) ?? { acked: 0, ahead: 0 };
  if (srcSeq <= acked && srcSeq > 0) return { acked, repeated: true };
  // In order, as nearly always: nothing but the executor's own number is written.
  if (srcSeq === acked + 1) acked += 1;
  else if (tx.run("INSERT INTO report_seen (executor_id, src_seq) VALUES (?, ?) ON CONFLICT DO NOTHING", executorId, srcSeq) === 0)
    return { acked, repeated: true };
  else ahead += 1;
  while (ahead > 0 && tx.run("DELETE FROM report_seen WHERE executor_id = ? AND src_seq = ?", executorId, acked + 1) === 1) {
    acked += 1;
    ahead -= 1;
  }
  tx.memory.changeExecutor(executorId, { acked, ahead });
  return { acked, repeated: false };
}

function carry(row: MissionRow, data: ReportFrame["data"]): void {
  if (!data) return;
  if ("workspace" in data && typeof data.workspace === "string") row.workspace = data.workspace;
  if ("session_id" in data && typeof data.session_id === "string") row.agent_session = data.session_id;
  if ("commit" in data && typeof data.commit === "string") row.commit_id = data.commit;
}

function resultOf(frame: Extract<ReportFrame, { event: "mission.completed" | "mission.failed" }>): MissionResult {
  const { data } = frame;
  return {
    verified: frame.event === "mission.completed" ? (frame.data?.verified ?? null) : (data?.checks?.length ?? 0) > 0 ? false : null,
    checks: data?.checks ?? [],
    exit_code: data?.exit_code ?? null,
    summary: (frame.event === "mission.failed" ? (data?.summary ?? frame.data.error) : data?.summary) ?? null,
    tokens_total: data?.tokens_total ?? null,
    cost_usd: data?.cost_usd ?? null,
    branch: data?.branch ?? null,
    commit: data?.commit ?? null,
  };
}

// Without executor ids or nulls: what observers may read of a report.
function told(frame: ReportFrame): Record<string, unknown> {
  return Object.fromEntries(Object.entries(frame.data ?? {}).filter(([, value]) => value !== null && value !== undefined));
}

// One spelling of the time, so that times compare as text; what is no time never expires.
function expiryOf(text: string | null | undefined): string | null {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? null : rfc3339(ms);
}

function ask(tx: Tx, row: MissionRow, frame: Extract<ReportFrame, { event: "mission.hitl_required" }>): void {
  const { hitl_id, prompt, choices, expires_at } = frame.data;
  row.asked = 1;
  // A default that nobody could choose is none: it could never answer in time.
  const fallback = choices && choices.length > 0 && !choices.includes(frame.data.default ?? "") ? null : (frame.data.default ?? null);
  tx.run(
    `INSERT OR REPLACE INTO question (mission_id, hitl_id, session_id, attempt, prompt, choices, fallback, asked_at, expires_at, state, confirmed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 0)`,
    ...[row.id, hitl_id, row.session_id, row.fence, prompt, choices ? JSON.stringify(choices) : null, fallback, tx.now(), expiryOf(expires_at)],
  );
}

function doneReason(result: MissionResult): string {
  if (result.verified === true) return "checks passed";
  return result.verified === false ? "finished, but its checks did not pass" : "finished; no checks were given";
}

// Contract §1, Abort: however the ownership ends, an abort that was asked for is what it ends with.
function endAborting(tx: Tx, row: MissionRow, data: Record<string, unknown>): void {
  move(tx, row, "lost_aborting", { type: "mission.aborted", reason: row.abort_reason ?? "aborted by operator", data });
}

// The effect of one report on its mission. The pair (state, event) is known to be legal.
function apply(tx: Tx, row: MissionRow, executorId: string, frame: ReportFrame): void {
  const type = frame.event;
  const data = told(frame);
  if (row.asked === 1 && type !== "mission.assigned" && type !== "mission.progress") {
    tx.run("UPDATE question SET confirmed = 1 WHERE mission_id = ? AND attempt = ? AND state = 'answered' AND confirmed = 0", row.id, row.fence);
  }
  carry(row, frame.data);
  switch (type) {
    case "mission.assigned":
      row.confirmed = 1;
      saveMission(tx, row);
      announceOwned(tx, row);
      return;
    case "mission.rejected": {
      const why = frame.data?.reason ?? "no reason given";
      if (row.abort_requested === 1) return endAborting(tx, row, data);
      tx.run("INSERT OR REPLACE INTO refusal (mission_id, executor_id, until) VALUES (?, ?, ?)", row.id, executorId, tx.now() + DEFAULTS.rejectedForMs);
      holdWithSession(tx, row);
      move(tx, row, type, { type: "mission.queued", reason: `rejected by ${executorId}: ${why}`, data });
      return;
    }
    case "mission.started":
      row.started += 1;
      row.started_at ??= tx.now();
      row.confirmed = 1;
      move(tx, row, type, { type, reason: `running on ${executorId}`, data, ...(frame.data?.agent_runtime ? { agent: frame.data.agent_runtime } : {}) });
      announceOwned(tx, row);
      return;
    case "mission.hitl_required":
      ask(tx, row, frame);
      move(tx, row, type, { type, reason: `asks: ${frame.data.prompt.slice(0, 200)}`, data });
      return;
    case "mission.completed": {
      const result = resultOf(frame);
      row.result = JSON.stringify(result);
      move(tx, row, type, { type, reason: doneReason(result), data: { ...data, result } });
      return;
    }
    case "mission.failed": {
      const result = resultOf(frame);
      row.result = JSON.stringify(result);
      move(tx, row, type, { type, reason: frame.data.reason, data: { ...data, result } });
      return;
    }
    case "mission.aborted":
      move(tx, row, type, { type, reason: frame.data?.reason ?? row.abort_reason ?? "aborted by the executor", data });
      return;
    case "mission.suspended":
      if (row.abort_requested === 1) return endAborting(tx, row, data);
      move(tx, row, type, { type, reason: frame.data?.reason ?? "suspended by the executor", data });
      return;
    case "mission.paused":
      if (row.wants === "pause") row.wants = null;
      move(tx, row, type, { type, reason: row.pause_reason ?? frame.data?.reason ?? "paused", data });
      return;
    case "mission.reconnected":
      move(tx, row, type, { type: "mission.changed", reason: row.reason, data });
      return;
    case "mission.progress":
    case "mission.resumed":
      if (type === "mission.resumed" && row.wants === "resume") row.wants = null;
      move(tx, row, type, { type, reason: row.state === "paused" && type === "mission.resumed" ? `running on ${executorId}` : row.reason, data });
  }
}

/** True while `epoch` is the one of the executor's newest resync: what an older link still says is nobody's. */
export function isCurrentEpoch(tx: Tx, executorId: string, epoch: string): boolean {
  return tx.memory.executor(executorId)?.epoch === epoch;
}

/** Judges and stores one report. A repeat changes nothing; a refused one is consumed without effect. */
export function report(tx: Tx, executorId: string, epoch: string, frame: ReportFrame): ReportVerdict {
  if (!isCurrentEpoch(tx, executorId, epoch)) return { outcome: "refused", acked: 0, code: "not_owner", detail: "this link's epoch was followed by another" };
  const { acked, repeated } = markSeen(tx, executorId, frame.src_seq);
  if (repeated) return { outcome: "duplicate", acked };
  const refuse = (code: LinkError, detail: string): ReportVerdict => ({ outcome: "refused", acked, code, detail });
  const row = findMission(tx, frame.mission_id);
  if (!row) return refuse("not_owner", `there is no mission ${frame.mission_id}`);
  if (row.fence !== frame.attempt) {
    keepLateResult(tx, row, executorId, frame);
    return refuse("stale_fence", `attempt ${frame.attempt} of mission ${row.id} is over; its fence is ${row.fence}`);
  }
  if (row.executor_id !== executorId) return refuse("not_owner", `mission ${row.id} is not owned by ${executorId}`);
  if (
    frame.event === "mission.hitl_required" &&
    tx.get("SELECT 1 FROM question WHERE mission_id = ? AND hitl_id = ? AND attempt = ?", row.id, frame.data.hitl_id, row.fence)
  ) {
    return refuse("state_conflict", `question ${frame.data.hitl_id} of mission ${row.id} was asked before; a new question needs a new id`);
  }
  if (nextState(row.state, frame.event) === undefined) return refuse("state_conflict", `mission ${row.id} is ${row.state}: ${frame.event} is not possible`);
  apply(tx, row, executorId, frame);
  return { outcome: "applied", acked };
}

// Contract §1, Abort: a completion that comes after the abort is kept as result; the state stays.
function keepLateResult(tx: Tx, row: MissionRow, executorId: string, frame: ReportFrame): void {
  if (frame.event !== "mission.completed" || row.state !== "aborted" || row.result !== null) return;
  if (row.executor_id !== executorId || frame.attempt !== row.fence - 1) return;
  row.result = JSON.stringify(resultOf(frame));
  saveMission(tx, row);
}
