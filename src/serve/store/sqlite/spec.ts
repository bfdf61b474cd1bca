// What was asked for, and how it was answered: the part of a mission that no transition writes, and its identity for ever.
// It is most of what a mission takes on the disk, so nothing is in it that its row tells too. Must not know states.
import { invariant } from "../../../core/errors.ts";
import type { DispatchAccepted, DispatchBody } from "../../../mission/wire/dispatch.ts";
import { bodyOfRow, type MissionRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** Who a mission id is. No hash: aborted before it arrived. `keyed`: its id was its Idempotency-Key too. */
export type Identity = { readonly hash: Uint8Array | null; readonly session_id: string | null; readonly answer: string | null; readonly keyed: number };

// Missions that left the hot tables, and ids that never arrived, are in the second half.
const IDENTITY = `
SELECT hash, session_id, answer, keyed FROM mission JOIN spec USING (n) WHERE id = ?
UNION ALL SELECT hash, session_id, answer, keyed FROM identity WHERE mission_id = ? LIMIT 1`;

export function identityOf(tx: Tx, missionId: string): Identity | undefined {
  return tx.get<Identity>(IDENTITY, missionId, missionId);
}

/** To whom a mission was given at once. */
export type Assigned = Pick<DispatchAccepted, "executor_id" | "attempt" | "estimated_start">;

/** The answer to the dispatch of a mission that was given to somebody at once, or not (null). */
export function acceptedOf(missionId: string, sessionId: string, assigned: Assigned | null): DispatchAccepted {
  return {
    mission_id: missionId,
    session_id: sessionId,
    status: assigned ? "assigned" : "queued",
    ...(assigned ?? { executor_id: null, attempt: 0 }),
    dispatch_path: assigned ? "ws" : null,
    idempotent_replayed: false,
  };
}

/** The answer again, for a replay. */
export function answered(missionId: string, { session_id, answer }: Identity): DispatchAccepted {
  return { ...acceptedOf(missionId, session_id ?? "", answer === null ? null : (JSON.parse(answer) as Assigned)), idempotent_replayed: true };
}

const textOf = (assigned: Assigned | null): string | null => assigned && JSON.stringify(assigned);
const textOfBody = ({ mission_id: _ofRow, ...body }: DispatchBody): string => JSON.stringify(body);

export type Spec = { readonly body: DispatchBody; readonly hash: Uint8Array; readonly keyed: boolean; readonly traceparent: string | null };
type Row = Pick<MissionRow, "n" | "id">;

/** Stores the spec of a mission with the answer that every replay repeats. */
export function insertSpec(tx: Tx, { n }: Row, { body, hash, keyed, traceparent }: Spec, assigned: Assigned | null): void {
  tx.run(
    "INSERT INTO spec (n, hash, keyed, answer, body, traceparent) VALUES (?, ?, ?, ?, ?, ?)",
    ...[n, hash, keyed ? 1 : 0, textOf(assigned), textOfBody(body), traceparent],
  );
}

/** Writes the answer anew, before anybody was given it. */
export function saveAnswer(tx: Tx, { n }: Row, assigned: Assigned | null): void {
  tx.run("UPDATE spec SET answer = ? WHERE n = ?", textOf(assigned), n);
}

export function specOf(tx: Tx, { n, id }: Row): Pick<Spec, "body" | "traceparent"> {
  const spec = tx.get<{ body: string; traceparent: string | null }>("SELECT body, traceparent FROM spec WHERE n = ?", n);
  invariant(spec, "a mission has a spec");
  return { body: bodyOfRow({ id, body: spec.body }), traceparent: spec.traceparent };
}

export const bodyOf = (tx: Tx, row: Row): DispatchBody => specOf(tx, row).body;

/** Writes what is asked for anew: it changes when a mission starts from another commit. */
export function saveBody(tx: Tx, { n }: Row, body: DispatchBody): void {
  tx.run("UPDATE spec SET body = ? WHERE n = ?", textOfBody(body), n);
}
