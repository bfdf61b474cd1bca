// Moving a mission from state to state: the row, its event, the tallies, slots and questions change together.
// Must not decide which event is due; that is the caller's.
import { AiwgError } from "../../../core/errors.ts";
import { nextState, type MissionEvent } from "../../../mission/machine.ts";
import { isOwned, isTerminal, type MissionState } from "../../../mission/model.ts";
import type { EventType, ServeEvent } from "../../../mission/wire/events.ts";
import type { MissionRow } from "./rows.ts";
import { meetDependents } from "./dependencies.ts";
import { saveEnded, saveMission, saveOngoing, type Save } from "./mission-rows.ts";
import type { Tx } from "./tx.ts";

type EventInput = {
  readonly type: EventType;
  /** Whose session and project the event is about too. */
  readonly mission?: MissionRow;
  readonly session_id?: string;
  readonly project_id?: string | null;
  readonly executor_id?: string | null;
  readonly attempt?: number | null;
  readonly state?: MissionState | null;
  readonly reason?: string | null;
  readonly data?: Record<string, unknown>;
};

const INSERT_OF_MISSION = "INSERT INTO event (seq, type, n, executor_id, attempt, state, reason, at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const INSERT_OF_OTHERS = "INSERT INTO event (seq, type, session_id, project_id, executor_id, reason, at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/** Appends an event and announces it; returns its seq. */
export function appendEvent(tx: Tx, input: EventInput): number {
  const at = tx.now();
  const { type, mission, executor_id = null, attempt = null, state = null, reason = null, data = {} } = input;
  const { session_id = null, project_id = null } = mission ?? input;
  const seq = tx.memory.nextSeq();
  const text = JSON.stringify(data);
  // Session and project of a mission's event are the mission's.
  if (mission) tx.run(INSERT_OF_MISSION, seq, type, mission.n, executor_id, attempt, state, reason, at, text);
  else tx.run(INSERT_OF_OTHERS, seq, type, session_id, project_id, executor_id, reason, at, text);
  const event: ServeEvent = { seq, event: type, ts: tx.time(at), data };
  if (session_id !== null) event.session_id = session_id;
  if (mission) event.mission_id = mission.id;
  if (executor_id !== null) event.executor_id = executor_id;
  if (attempt !== null) event.attempt = attempt;
  if (state !== null) event.state = state;
  if (reason !== null) event.reason = reason;
  tx.effect({ kind: "event", event, project_id });
  return seq;
}

/** What the caller knows about a transition beyond the table. Absent members keep the row's. */
export type Move = {
  readonly type: EventType;
  readonly reason: string;
  readonly data?: Record<string, unknown>;
  /** The new owner, for `assign`. */
  readonly executorId?: string;
  readonly agent?: string | null;
};

/** The conflict of contract §1: names the state and what cannot happen in it. */
export function conflict(row: MissionRow, event: string): AiwgError {
  return new AiwgError("state_conflict", `mission ${row.id} is ${row.state}: "${event}" is not possible`);
}

function saveOf(from: MissionState, to: MissionState): Save {
  if (!isOwned(from)) return saveMission;
  if (isOwned(to)) return saveOngoing;
  return isTerminal(to) ? saveEnded : saveMission;
}

/**
 * Fires `event` on the row, in place, and writes it. Ownership that begins or ends grows the fence, takes or frees a slot;
 * one that ends closes open questions. Throws state_conflict if the table has no such pair.
 */
export function move(tx: Tx, row: MissionRow, event: MissionEvent, how: Move, write?: Save): void {
  const from = row.state;
  const to = nextState(from, event);
  if (to === undefined) throw conflict(row, event);
  const begins = !isOwned(from) && isOwned(to);
  const ends = isOwned(from) && !isOwned(to);
  const holder = row.executor_id;
  const owner = begins ? (how.executorId ?? null) : row.executor_id;
  const attempt = row.fence + (begins ? 1 : 0);
  const now = tx.now();

  row.state = to;
  row.reason = how.reason;
  row.fence += begins || ends ? 1 : 0;
  row.updated_at = now;
  row.executor_id = to === "queued" ? null : owner;
  if (how.agent !== undefined) row.agent = how.agent;
  if (begins || ends) {
    row.confirmed = 0;
    row.wants = null;
  }
  if (to === "queued") row.queued_at = now;
  if (isTerminal(to)) row.ended_at = now;
  row.seq = appendEvent(tx, {
    type: how.type,
    mission: row,
    executor_id: owner,
    attempt,
    state: to,
    reason: how.reason,
    ...(how.data ? { data: how.data } : {}),
  });
  (write ?? saveOf(from, to))(tx, row);
  if (from !== to) {
    tx.memory.count(row.session_id, from, -1);
    tx.memory.count(row.session_id, to, 1);
  }
  tx.memory.hold(row.n, holder, isTerminal(to) ? null : row.executor_id);
  if (begins) tx.memory.occupy(owner, 1);
  if (ends) {
    tx.memory.occupy(owner, -1);
    if (row.asked === 1) tx.run("UPDATE question SET state = 'closed' WHERE mission_id = ? AND state = 'open'", row.id);
    tx.effect({ kind: "released", run: { mission_id: row.id, attempt, executor_id: owner ?? "" } });
    tx.effect({ kind: "ready" });
  }
  if (begins) announceOwned(tx, row);
  if (row.wants !== null && to === "running" && (from === "assigned" || from === "hitl_required")) askOwner(tx, row, row.wants);
  if (to === "done") meetDependents(tx, row);
}

/** Tells the owner of a running or paused row what is wanted of it. */
export function askOwner(tx: Tx, row: MissionRow, kind: "pause" | "resume"): void {
  tx.effect({ kind: "command", executor_id: row.executor_id ?? "", command: { kind, run: { mission_id: row.id, attempt: row.fence } } });
}

/** Notes a change that is not a transition: an event of its own, and the row. */
export function note(tx: Tx, row: MissionRow, data: Record<string, unknown>): void {
  row.updated_at = tx.now();
  row.seq = appendEvent(tx, {
    ...{ type: "mission.changed", mission: row, executor_id: row.executor_id, attempt: row.fence, state: row.state, reason: row.reason, data },
  });
  saveMission(tx, row);
}

/** Tells leases about the present ownership of the row. */
export function announceOwned(tx: Tx, row: MissionRow): void {
  tx.effect({
    kind: "owned",
    run: { mission_id: row.id, attempt: row.fence, executor_id: row.executor_id ?? "", confirmed: row.confirmed === 1, on_lost: row.on_lost },
  });
}
