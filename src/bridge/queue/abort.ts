// Asking for the end of missions: at once for what has not left or what no serve has, else a request that the bridge delivers.
// Works inside a transaction of the caller.
import type { DatabaseSync } from "node:sqlite";
import { ABORTED_UNKNOWN } from "./mirror.ts";
import type { AbortOutcome } from "./queue.ts";
import { UNKNOWN_TO_SERVE } from "./rows.ts";

/** The abort of one row after another, at the time `now`. A row that is not there counts as ended. */
export function prepareAbort(db: DatabaseSync, now: number): (id: string) => AbortOutcome["outcome"] {
  // A row that was moved has left before (tries > 0): a serve may have it, though it is bound to none now.
  const here = db.prepare(
    `UPDATE mission SET state = 'aborted', reason = 'aborted before it was sent', phase = 0, abort = 2, updated_at = ?
     WHERE id = ? AND phase IN (1, 2, 5, 6) AND serve_id IS NULL AND tries = 0`,
  );
  // Nobody has it now; should the serve that took it come back, it is told.
  const forgotten = db.prepare(
    `UPDATE mission SET state = 'aborted', reason = '${ABORTED_UNKNOWN}', abort = 1, updated_at = ?
     WHERE id = ? AND state = 'suspended' AND reason = '${UNKNOWN_TO_SERVE}'`,
  );
  // What is in flight stays held: its answer decides, then the request is told to serve. So does what another serve may have.
  const asked = db.prepare(
    `UPDATE mission SET abort = max(abort, 1), phase = CASE WHEN phase IN (3, 4) THEN phase ELSE 0 END, updated_at = ?
     WHERE id = ? AND state NOT IN ('done', 'failed', 'aborted')`,
  );
  return (id) => {
    if (here.run(now, id).changes === 1 || forgotten.run(now, id).changes === 1) return "aborted";
    return asked.run(now, id).changes === 1 ? "requested" : "already_ended";
  };
}
