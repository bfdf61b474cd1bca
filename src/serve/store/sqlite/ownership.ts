// Ownership beyond reports: how it ends without its owner's word, reconnects, and what an executor must still be told.
// Must not know sockets or timers.
import { AiwgError } from "../../../core/errors.ts";
import { rfc3339 } from "../../../core/time.ts";
import { DEFAULTS, isOwned } from "../../../mission/model.ts";
import type { RunRef } from "../../../mission/wire/frames.ts";
import type { Command, LossCause, OwnedRun, ResyncInput, ResyncVerdict } from "../store.ts";
import { resumeOf } from "./assign.ts";
import { requeue } from "./control.ts";
import type { MissionRow, QuestionRow } from "./rows.ts";
import { holdWithSession } from "./sessions.ts";
import { bodyOf } from "./spec.ts";
import { findMission, saveMission } from "./mission-rows.ts";
import { appendEvent, move } from "./transition.ts";
import type { Tx } from "./tx.ts";

const CAUSES: Readonly<Record<LossCause, string>> = {
  lease_expired: "its lease ended",
  not_listed: "it came back without the run",
  executor_deleted: "it was removed",
};

/** Ends the ownership if `run` is still the current one. `hold` suspends, `retry` queues again while attempts are left. */
export function endOwnership(tx: Tx, run: RunRef, cause: LossCause): boolean {
  const row = findMission(tx, run.mission_id);
  if (!row || row.fence !== run.attempt || !isOwned(row.state)) return false;
  const owner = row.executor_id ?? "unknown";
  const data = { cause, executor_id: owner };
  const lost = `executor_lost: ${owner}, ${CAUSES[cause]}`;
  if (row.abort_requested === 1) {
    move(tx, row, "lost_aborting", { type: "mission.aborted", reason: row.abort_reason ?? "aborted by operator", data });
  } else if (row.state === "assigned" && row.confirmed === 0) {
    // Nothing was started: an agent starts only after its confirmation was acked.
    if (cause === "lease_expired")
      tx.run("INSERT OR REPLACE INTO refusal (mission_id, executor_id, until) VALUES (?, ?, ?)", row.id, owner, tx.now() + DEFAULTS.rejectedForMs);
    move(tx, row, "unconfirmed", { type: "mission.queued", reason: `not confirmed by ${owner}: ${CAUSES[cause]}`, data });
  } else if (row.on_lost === "hold") {
    move(tx, row, "lost_hold", { type: "mission.suspended", reason: lost, data });
  } else if (row.started >= row.max_attempts) {
    move(tx, row, "lost_exhausted", { type: "mission.failed", reason: "attempts_exhausted", data });
  } else {
    move(tx, row, "lost_retry", { type: "mission.queued", reason: lost, data });
  }
  if (row.state === "queued") {
    holdWithSession(tx, row);
    if (row.held > 0) saveMission(tx, row);
  }
  tx.effect({ kind: "revoked", run: { mission_id: run.mission_id, attempt: run.attempt, executor_id: owner } });
  return true;
}

// Missions that an executor holds, or any executor: owned ones, and suspended ones that name it.
const heldRows = (tx: Tx, executorId?: string): MissionRow[] =>
  tx.memory.held(executorId).flatMap((n) => tx.get<MissionRow>("SELECT * FROM mission WHERE n = ?", n) ?? []);

const ownedRows = (tx: Tx, executorId?: string): MissionRow[] => heldRows(tx, executorId).filter(({ state }) => isOwned(state));

export function ownedRuns(tx: Tx, executorId?: string): OwnedRun[] {
  return ownedRows(tx, executorId).map((row) => ({
    mission_id: row.id,
    attempt: row.fence,
    executor_id: row.executor_id ?? "",
    confirmed: row.confirmed === 1,
    on_lost: row.on_lost,
  }));
}

/** Queues again what the executor suspended by its own shutdown (contract §1). */
export function executorBack(tx: Tx, executorId: string): void {
  const rows = heldRows(tx, executorId).filter(({ state, reason }) => state === "suspended" && reason === "executor_shutdown");
  for (const row of rows) requeue(tx, row, `executor ${executorId} is back`, false);
}

/** What a reconnecting executor still owns, and what it must drop (contract §2.3, executor.resync). */
export function resync(tx: Tx, executorId: string, input: ResyncInput): ResyncVerdict {
  const executor = tx.memory.executor(executorId);
  if (!executor) throw new AiwgError("executor_not_found", `executor ${executorId} is not registered`);
  const sameEpoch = executor.epoch === input.epoch;
  if (!sameEpoch) tx.run("DELETE FROM report_seen WHERE executor_id = ?", executorId);
  const acked = sameEpoch ? executor.acked : 0;
  const ahead = sameEpoch ? executor.ahead : 0;
  tx.memory.changeExecutor(executorId, { connected: 1, epoch: input.epoch, acked, ahead, slots: input.slots ?? executor.slots, last_seen: tx.now() });
  if (executor.connected === 0) appendEvent(tx, { type: "executor.connected", executor_id: executorId });

  const listed = new Map(input.owned.map((run) => [run.mission_id, run.attempt]));
  if (sameEpoch) {
    for (const row of ownedRows(tx, executorId)) {
      if (listed.get(row.id) !== row.fence) endOwnership(tx, { mission_id: row.id, attempt: row.fence }, "not_listed");
    }
  }
  const drop = input.owned.flatMap((run) => {
    const row = findMission(tx, run.mission_id);
    if (row && row.fence === run.attempt && row.executor_id === executorId && isOwned(row.state)) return [];
    return [{ mission_id: run.mission_id, attempt: run.attempt, reason: row ? `stale_fence: mission is ${row.state}, fence ${row.fence}` : "unknown mission" }];
  });
  executorBack(tx, executorId);
  tx.effect({ kind: "ready" });
  return { acked, drop };
}

/** Marks the executor disconnected; its leases run on. */
export function linkLost(tx: Tx, executorId: string): void {
  if (tx.memory.executor(executorId)?.connected !== 1) return;
  tx.memory.changeExecutor(executorId, { connected: 0 });
  appendEvent(tx, { type: "executor.disconnected", executor_id: executorId });
}

/** After a restart no link exists yet. */
export function disconnectAll(tx: Tx): void {
  for (const { id } of tx.memory.executors()) linkLost(tx, id);
}

/** The executor finishes what it has and is given nothing new, until it registers again. */
export function drain(tx: Tx, executorId: string): boolean {
  const row = tx.memory.executor(executorId);
  if (!row) return false;
  if (row.draining === 0) {
    tx.memory.changeExecutor(executorId, { draining: 1 });
    appendEvent(tx, { type: "executor.draining", executor_id: executorId });
  }
  tx.effect({ kind: "command", executor_id: executorId, command: { kind: "drain" } });
  return true;
}

function commandsFor(tx: Tx, row: MissionRow): Command[] {
  const run = { mission_id: row.id, attempt: row.fence };
  if (row.abort_requested === 1) return [{ kind: "abort", run, reason: row.abort_reason }];
  if (row.state === "assigned" && row.confirmed === 0)
    return [{ kind: "dispatch", run, session_id: row.session_id, body: bodyOf(tx, row), resume: resumeOf(row) }];
  const answers = tx.all<QuestionRow>(
    "SELECT * FROM question WHERE mission_id = ? AND attempt = ? AND state = 'answered' AND confirmed = 0",
    row.id,
    row.fence,
  );
  return [
    ...answers.map((q): Command => ({
      kind: "hitl_responded",
      run,
      hitl_id: q.hitl_id,
      response: q.response ?? "",
      responded_at: rfc3339(q.answered_at ?? 0),
    })),
    ...(row.wants !== null && (row.state === "running" || row.state === "paused") ? [{ kind: row.wants, run } satisfies Command] : []),
  ];
}

/** Commands that no report has confirmed yet, in the order they must be sent. */
export function pendingCommands(tx: Tx, executorId: string): Command[] {
  const draining = tx.memory.executor(executorId)?.draining === 1;
  return [...ownedRows(tx, executorId).flatMap((row) => commandsFor(tx, row)), ...(draining ? [{ kind: "drain" } satisfies Command] : [])];
}
