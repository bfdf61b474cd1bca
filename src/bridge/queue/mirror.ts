// The mirror of serve's missions in the queue: a cache that takes whatever has the greater seq, so that repeats and any
// order of arrival end in the same state. Works inside a transaction of the caller; must not know where news come from.
import type { DatabaseSync } from "node:sqlite";
import { isOwned, isTerminal, type MissionState } from "../../mission/model.ts";
import type { ServeEvent } from "../../mission/wire/events.ts";
import { resultSchema, type Mission } from "../../mission/wire/http.ts";
import { UNKNOWN_TO_SERVE } from "./rows.ts";

/** The reason of a mission that was aborted while no serve that was asked knew it. */
export const ABORTED_UNKNOWN = "aborted while serve did not know it";

/** The part of a mission that the queue mirrors. */
export type MirroredState = {
  readonly mission_id: string;
  readonly seq: number;
  readonly state: MissionState;
  readonly reason: string;
  readonly attempt: number | null;
  readonly executor_id: string | null;
  /** JSON, or null to keep what is there. */
  readonly result: string | null;
};

/** An event as news about a mission; undefined if it says nothing about one's state. */
export function newsOfEvent(event: ServeEvent): MirroredState | undefined {
  if (event.mission_id === undefined || event.state === undefined) return undefined;
  const result = isTerminal(event.state) ? resultSchema.safeParse(event.data["result"]) : undefined;
  return {
    mission_id: event.mission_id,
    seq: event.seq,
    state: event.state,
    reason: event.reason ?? "",
    attempt: event.attempt ?? null,
    executor_id: event.executor_id ?? null,
    result: result?.success ? JSON.stringify(result.data) : null,
  };
}

/** A mission that was read as news about it. */
export function newsOfMission(mission: Mission): MirroredState {
  const { mission_id, seq, state, reason, attempt, executor_id, result } = mission;
  return { mission_id, seq, state, reason, attempt, executor_id, result: result === undefined ? null : JSON.stringify(result) };
}

// Owners stay known while they own and after the end; a queued mission has none.
const keepsExecutor = (state: MissionState): boolean => isOwned(state) || isTerminal(state);

const SET = `state = ?, reason = ?, seq = ?, attempt = coalesce(?, attempt), executor_id = CASE ? WHEN 1 THEN coalesce(?, executor_id) ELSE ? END,
  result = coalesce(?, result), unknown = 0, abort = CASE WHEN ? = 1 AND abort = 1 THEN 2 ELSE abort END, updated_at = ?`;

const valuesOf = (news: MirroredState, now: number): (string | number | null)[] => [
  ...[news.state, news.reason, news.seq, news.attempt],
  ...[keepsExecutor(news.state) ? 1 : 0, news.executor_id, news.executor_id, news.result],
  ...[isTerminal(news.state) ? 1 : 0, now],
];

export type Mirror = {
  /** News from the stream of a serve: about missions whose intent is bound to it. True if the news were newer. */
  readonly event: (serveId: string, news: MirroredState, now: number) => boolean;
  /** A mission as read from a serve. It is accepted there, whatever we thought, and bound there from now on. */
  readonly read: (serveId: string, news: MirroredState, now: number) => void;
  /** Serve does not know the accepted mission: what we knew is void, any news will be newer. It is aborted if that was asked for, else suspended. */
  readonly unknown: (missionId: string, now: number) => void;
};

/** The statements of a mirror over an open queue file. */
export function prepareMirror(db: DatabaseSync): Mirror {
  // News also answer a POST of unknown outcome; one in flight is left to its answer.
  const event = db.prepare(`UPDATE mission SET ${SET}, phase = CASE phase WHEN 3 THEN 3 ELSE 0 END WHERE id = ? AND serve_id = ? AND seq < ?`);
  const read = db.prepare(`UPDATE mission SET ${SET} WHERE id = ? AND seq <= ?`);
  const bind = db.prepare("UPDATE mission SET serve_id = ?, phase = 0, unknown = 0 WHERE id = ?");
  const unknown = db.prepare(
    `UPDATE mission SET state = CASE abort WHEN 0 THEN 'suspended' ELSE 'aborted' END,
       reason = CASE abort WHEN 0 THEN '${UNKNOWN_TO_SERVE}' ELSE '${ABORTED_UNKNOWN}' END, seq = 0, updated_at = ?
     WHERE id = ? AND phase = 0 AND state NOT IN ('pending', 'sent', 'done', 'failed', 'aborted')`,
  );
  return {
    event: (serveId, news, now) => event.run(...valuesOf(news, now), news.mission_id, serveId, news.seq).changes === 1,
    read(serveId, news, now) {
      read.run(...valuesOf(news, now), news.mission_id, news.seq);
      bind.run(serveId, news.mission_id);
    },
    unknown(missionId, now) {
      unknown.run(now, missionId);
    },
  };
}
