// What was asked for, and how it was answered: the part of a mission that no transition writes, and its identity for ever.
// Must not know states.
import { invariant } from "../../../core/errors.ts";
import type { DispatchAccepted, DispatchBody } from "../../../mission/wire/dispatch.ts";
import { bodyOfRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** Who a mission id is. No hash: aborted before it arrived. `keyed`: its id was its Idempotency-Key too. */
export type Identity = { readonly hash: string | null; readonly response: string | null; readonly keyed: number };

// Missions that left the hot tables, and ids that never arrived, are in the second half.
const IDENTITY = `
SELECT hash, response, keyed FROM mission JOIN spec USING (n) WHERE id = ?
UNION ALL SELECT hash, response, keyed FROM identity WHERE mission_id = ? LIMIT 1`;

export function identityOf(tx: Tx, missionId: string): Identity | undefined {
  return tx.get<Identity>(IDENTITY, missionId, missionId);
}

export type Spec = { readonly body: DispatchBody; readonly hash: string; readonly keyed: boolean; readonly traceparent: string | null };

/** Stores the spec of mission `n` with the answer that every replay repeats. */
export function insertSpec(tx: Tx, n: number, { body, hash, keyed, traceparent }: Spec, response: DispatchAccepted): void {
  tx.run(
    "INSERT INTO spec (n, hash, keyed, response, body, traceparent) VALUES (?, ?, ?, ?, ?, ?)",
    ...[n, hash, keyed ? 1 : 0, JSON.stringify(response), JSON.stringify(body), traceparent],
  );
}

/** Writes the answer anew, before anybody was given it. */
export function saveResponse(tx: Tx, { n }: { readonly n: number }, response: DispatchAccepted): void {
  tx.run("UPDATE spec SET response = ? WHERE n = ?", JSON.stringify(response), n);
}

export function specOf(tx: Tx, { n }: { readonly n: number }): Pick<Spec, "body" | "traceparent"> {
  const spec = tx.get<{ body: string; traceparent: string | null }>("SELECT body, traceparent FROM spec WHERE n = ?", n);
  invariant(spec, "a mission has a spec");
  return { body: bodyOfRow(spec), traceparent: spec.traceparent };
}

export const bodyOf = (tx: Tx, row: { readonly n: number }): DispatchBody => specOf(tx, row).body;

/** Writes what is asked for anew: it changes when a mission starts from another commit. */
export function saveBody(tx: Tx, { n }: { readonly n: number }, body: DispatchBody): void {
  tx.run("UPDATE spec SET body = ? WHERE n = ?", JSON.stringify(body), n);
}
