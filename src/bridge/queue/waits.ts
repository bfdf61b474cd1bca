// What a queued mission waits for, in words that the serve which gets it can know: missions that ended here without that serve
// (imported history, refused, aborted before they left, at another serve) are settled by the queue itself. Works inside a
// transaction of the caller.
import type { DatabaseSync } from "node:sqlite";
import { parseJson } from "../../core/json.ts";
import { isTerminal } from "../../mission/model.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import type { MissionResult } from "../../mission/wire/http.ts";
import type { MissionRow } from "./rows.ts";
import { DUE_PHASE } from "./schema.ts";

type Link = Pick<MissionRow, "id" | "state" | "reason" | "serve_id" | "result"> & { readonly body: string };

// The mission and everything that retries it, directly or not, oldest first. What is purged here is no serve's: it is purged there
// with the same call, and leaves no end to wait for. CROSS JOIN: from the few ids of the chain to the tables; left to choose, SQLite
// reads a table and looks each row up in the chain.
const CHAIN = `
WITH RECURSIVE chain(id) AS (SELECT ? UNION SELECT m.id FROM chain CROSS JOIN mission m ON m.retry_of = chain.id
  UNION SELECT t.id FROM chain CROSS JOIN tombstone t ON t.retry_of = chain.id)
SELECT m.n, m.id, m.state, m.reason, m.serve_id, m.result, p.body FROM chain CROSS JOIN mission m ON m.id = chain.id CROSS JOIN payload p ON p.mission_id = m.id
UNION ALL SELECT 0, t.id, t.state, 'purged since', NULL, NULL, '' FROM chain CROSS JOIN tombstone t ON t.id = chain.id
ORDER BY 1`;

/** What one id of `after` comes to: an id for serve, nothing (met, by that mission), or a reason to stay. */
type Judged = { readonly send: string } | { readonly met: Link } | { readonly blocked: string };

const hasEnded = ({ state }: Link): boolean => state !== "pending" && state !== "sent" && isTerminal(state);

function judge(chain: readonly Link[], id: string, serveId: string): Judged {
  const isThere = (link: Link): boolean => link.serve_id === serveId;
  const [first] = chain;
  // Unknown ids wait at serve; what it has, it judges itself.
  if (!first || chain.some((link) => link.id === id && isThere(link))) return { send: id };
  const done = chain.find((link) => link.state === "done");
  if (done) return isThere(done) ? { send: done.id } : { met: done };
  const coming = chain.findLast((link) => isThere(link) || !hasEnded(link));
  if (coming) return { send: coming.id };
  const last = chain.at(-1) ?? first;
  const named = last.id === id ? id : `${id}, run again as ${last.id}`;
  return { blocked: `waits for ${named}, which ${last.state === "failed" ? "failed" : "was aborted"}${last.reason === "" ? "" : ` (${last.reason})`}` };
}

// Where the last one named is done, the new mission starts from its result, if both work in the same repository.
function baseFrom(met: Link, workspace: DispatchBody["workspace"]): string | undefined {
  const commit = met.result === null ? null : (parseJson(met.result)?.value as Partial<MissionResult> | undefined)?.commit;
  const repo = (parseJson(met.body)?.value as Partial<DispatchBody> | undefined)?.workspace?.repo;
  return commit && repo && JSON.stringify(repo) === JSON.stringify(workspace?.repo) ? commit : undefined;
}

/**
 * Settles, once for each serve, what `missionId` waits for there; the payload keeps it, so that every attempt sends the same.
 * Returns why it cannot be sent; undefined: it can.
 */
export function prepareWaits(db: DatabaseSync): (missionId: string, serveId: string) => string | undefined {
  const read = db.prepare("SELECT body, sent_to FROM payload WHERE mission_id = ?");
  const chainOf = db.prepare(CHAIN);
  const keep = db.prepare("UPDATE payload SET sent = ?, sent_to = ? WHERE mission_id = ?");
  return (missionId, serveId) => {
    const row = read.get(missionId) as { readonly body: string; readonly sent_to: string | null };
    if (row.sent_to === serveId) return undefined;
    const body = parseJson(row.body)?.value as DispatchBody;
    const named = body.after ?? [];
    const judged = named.map((id) => judge(chainOf.all(id) as Link[], id, serveId));
    const blocked = judged.flatMap((one) => ("blocked" in one ? [one.blocked] : []));
    if (blocked.length > 0) return blocked.join("; ");
    const after = [...new Set(judged.flatMap((one) => ("send" in one ? [one.send] : [])))];
    const last = judged.at(-1);
    const base = after.length === 0 && last && "met" in last ? baseFrom(last.met, body.workspace) : undefined;
    const { after: _, workspace, ...rest } = body;
    const there = {
      ...rest,
      ...(workspace ? { workspace: base === undefined ? workspace : { ...workspace, base } } : {}),
      ...(after.length > 0 ? { after } : {}),
    };
    const same = base === undefined && after.length === named.length && after.every((id, n) => id === named[n]);
    keep.run(same ? null : JSON.stringify(there), serveId, missionId);
    return undefined;
  };
}

/** Judges again what waits for `id`, or for what that is a retry of, now that it is run again. */
export function prepareJudgeAgain(db: DatabaseSync): { run(id: string): void } {
  const again = db.prepare(
    `WITH RECURSIVE up(id) AS (SELECT ? UNION SELECT m.retry_of FROM up CROSS JOIN mission m ON m.id = up.id WHERE m.retry_of IS NOT NULL)
     UPDATE mission SET phase = ${DUE_PHASE} WHERE phase = 6 AND id IN (SELECT d.mission_id FROM up CROSS JOIN dependency d ON d.after_id = up.id)`,
  );
  return { run: (id) => void again.run(id) };
}
