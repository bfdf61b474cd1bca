// `mc move`: an intent is bound to the serve it was made for; only here it is unbound. Works inside a transaction of the
// caller; must not talk to any serve.
import type { DatabaseSync } from "node:sqlite";
import { isTerminal } from "../../mission/model.ts";
import type { Moved } from "./queue.ts";
import { isForgotten, type MissionRow } from "./rows.ts";
import { ABORT, DUE_PHASE, PHASE } from "./schema.ts";
import { needRow } from "./steer.ts";

function judge(row: MissionRow, force: boolean, present: string | null): Moved["outcome"] {
  if (row.state !== "pending" && row.state !== "sent" && isTerminal(row.state)) return "ended";
  if (row.phase === PHASE.inFlight) return "in_flight";
  if (row.serve_id === null) return "not_bound";
  // The serve that may have it has to hear of the abort.
  if (row.abort !== ABORT.none) return "aborting";
  const isAccepted = row.phase === PHASE.settled;
  // Cut loose from the serve that it would go to, it would only lose what is known of it there; unless that has forgotten it.
  if (row.serve_id === present && !isForgotten(row)) return isAccepted ? "accepted" : "there";
  return isAccepted && !force ? "accepted" : "moved";
}

/** Unbinds rows, as `Queue.move` says. Throws not_found for an id that is not here. */
export function moveRows(
  db: DatabaseSync,
  ids: readonly string[],
  options: { readonly force: boolean; readonly dryRun: boolean; readonly present: string | null; readonly now: number },
): Moved[] {
  // As if it had never left: what the old serve says of it no longer counts.
  const unbind = db.prepare(
    `UPDATE mission SET serve_id = NULL, unknown = 0, declined = 0, seq = 0, attempt = 0, executor_id = NULL, result = NULL, reason = '', state = 'pending',
       next_due = 0, phase = ${DUE_PHASE}, updated_at = ? WHERE id = ?`,
  );
  return ids.map((id) => {
    const row = needRow(db, id);
    const outcome = judge(row, options.force, options.present);
    if (outcome === "moved" && !options.dryRun) unbind.run(options.now, id);
    return { mission_id: id, outcome, from: row.serve_id, may_run_there: row.serve_id !== null && (row.phase === PHASE.settled || row.unknown === 1) };
  });
}
