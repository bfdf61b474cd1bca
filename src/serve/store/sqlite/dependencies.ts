// What a mission waits for (contract §1, after): met by the done of a mission or of its retry chain; cycles are refused.
// Must not know executors or the scheduler; it only counts what is unmet.
import { AiwgError } from "../../../core/errors.ts";
import type { Mission, MissionResult } from "../../../mission/wire/http.ts";
import type { DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { MissionRow } from "./rows.ts";
import { bodyOf, identityOf, saveBody } from "./spec.ts";
import type { Tx } from "./tx.ts";

// CROSS JOIN: from the few ids of the chain to the tables. Left to choose, SQLite reads a table and looks each row up in the chain.

// The mission and everything that retries it, directly or not; some of them may be archived.
const CHAIN = `
WITH RECURSIVE chain (id) AS (
  SELECT ?
  UNION SELECT mission.id FROM chain CROSS JOIN mission ON mission.retry_of = chain.id
  UNION SELECT archive.mission_id FROM chain CROSS JOIN archive ON archive.mission ->> '$.retry_of' = chain.id)`;
const CHAIN_DOWN = `${CHAIN} SELECT mission.* FROM chain CROSS JOIN mission ON mission.id = chain.id`;
const CHAIN_ARCHIVED = `${CHAIN} SELECT archive.mission, archive.repo FROM chain CROSS JOIN archive ON archive.mission_id = chain.id ORDER BY archive.ended_at`;
// The mission and everything that it retries.
const CHAIN_UP = `
WITH RECURSIVE chain (id) AS (
  SELECT ?
  UNION SELECT mission.retry_of FROM chain CROSS JOIN mission ON mission.id = chain.id WHERE mission.retry_of IS NOT NULL
  UNION SELECT archive.mission ->> '$.retry_of' FROM chain CROSS JOIN archive ON archive.mission_id = chain.id WHERE archive.mission ->> '$.retry_of' IS NOT NULL)
SELECT id FROM chain`;
// Everything that the given mission waits for, near or far.
const REACHES = `
WITH RECURSIVE far (id) AS (SELECT ? UNION SELECT dependency.after_id FROM far CROSS JOIN dependency ON dependency.mission_id = far.id)
SELECT 1 FROM far WHERE id = ? LIMIT 1`;

type Archived = { readonly mission: Mission; readonly repo: string | null };

function archivedOf(tx: Tx, id: string): readonly Archived[] {
  return tx.all<{ mission: string; repo: string | null }>(CHAIN_ARCHIVED, id).map(({ mission, repo }) => ({ mission: JSON.parse(mission) as Mission, repo }));
}

/** Where the mission, or what retried it, ended done: the commit, and the repository as JSON. Undefined if it is not done. */
function doneOf(tx: Tx, id: string): { readonly commit: string | null; readonly repo: string | null } | undefined {
  const row = tx.all<MissionRow>(CHAIN_DOWN, id).find(({ state }) => state === "done");
  if (row) return { commit: row.result === null ? null : (JSON.parse(row.result) as MissionResult).commit, repo: repoOf(bodyOf(tx, row)) };
  const left = archivedOf(tx, id).find(({ mission }) => mission.state === "done");
  return left && { commit: left.mission.result?.commit ?? null, repo: left.repo };
}

/** The repository that a mission works in, as JSON; null without one. */
export function repoOf({ workspace }: DispatchBody): string | null {
  return workspace ? JSON.stringify(workspace.repo) : null;
}

/** Throws `dependency_cycle` if the mission would, near or far, wait for itself. */
export function refuseCycles(tx: Tx, missionId: string, after: readonly string[]): void {
  for (const id of after) {
    if (tx.get(REACHES, id, missionId)) {
      throw new AiwgError("dependency_cycle", `mission ${missionId} would wait for itself through ${id}`, {
        issues: [{ pointer: "/after", message: `${id} waits for ${missionId}` }],
      });
    }
  }
}

/** Stores what the new row waits for and sets `blocked`; answers with its body, based on the last named dependency if all are done. */
export function addDependencies(tx: Tx, row: MissionRow, body: DispatchBody): DispatchBody {
  const after = body.after ?? [];
  for (const [ord, id] of [...new Set(after)].entries()) {
    const met = doneOf(tx, id) !== undefined;
    tx.run("INSERT INTO dependency (mission_id, after_id, ord, met) VALUES (?, ?, ?, ?)", row.id, id, ord, met ? 1 : 0);
    if (!met) row.blocked += 1;
  }
  return after.length > 0 && row.blocked === 0 ? fromDependency(tx, row, body) : body;
}

// A dependent starts from the branch of its last named dependency, where both work in the same repository.
function fromDependency(tx: Tx, row: MissionRow, body: DispatchBody): DispatchBody {
  const last = tx.get<{ after_id: string }>("SELECT after_id FROM dependency WHERE mission_id = ? ORDER BY ord DESC LIMIT 1", row.id);
  if (!last || !body.workspace) return body;
  const done = doneOf(tx, last.after_id);
  if (!done || done.commit === null || done.repo !== repoOf(body)) return body;
  return { ...body, workspace: { ...body.workspace, base: done.commit } };
}

/** The row became done: whoever waited for it, or for what it retries, waits for one less. */
export function meetDependents(tx: Tx, row: MissionRow): void {
  for (const { id } of row.retry_of === null ? [row] : tx.all<{ id: string }>(CHAIN_UP, row.id)) {
    for (const { mission_id } of tx.all<{ mission_id: string }>("SELECT mission_id FROM dependency WHERE after_id = ? AND met = 0", id)) {
      tx.run("UPDATE dependency SET met = 1 WHERE mission_id = ? AND after_id = ?", mission_id, id);
      const waiting = tx.get<MissionRow>("SELECT * FROM mission WHERE id = ?", mission_id);
      if (!waiting) continue;
      waiting.blocked = Math.max(0, waiting.blocked - 1);
      if (waiting.blocked === 0) saveBody(tx, waiting, fromDependency(tx, waiting, bodyOf(tx, waiting)));
      tx.run("UPDATE mission SET blocked = ? WHERE n = ?", waiting.blocked, waiting.n);
      tx.memory.rows.forget(mission_id);
      tx.effect({ kind: "ready" });
    }
  }
}

// Of an id without a mission: it may still come, unless it has been taken once.
function absent(tx: Tx, id: string): string {
  const taken = identityOf(tx, id);
  if (!taken) return `${id} (not known yet)`;
  return `${id}, which was ${taken.hash === null ? "aborted before it arrived" : "purged"}, so it never will be met`;
}

/** Why the row is blocked: each unmet mission, and how it ended where it did. Undefined if nothing blocks it. */
export function blockedReason(tx: Tx, row: MissionRow): string | undefined {
  if (row.blocked === 0) return undefined;
  const unmet = tx.all<{ after_id: string }>("SELECT after_id FROM dependency WHERE mission_id = ? AND met = 0 ORDER BY ord", row.id);
  return `waits for ${unmet
    .map(({ after_id }) => {
      const newest = tx.all<MissionRow>(CHAIN_DOWN, after_id).at(-1) ?? archivedOf(tx, after_id).at(-1)?.mission;
      if (!newest) return absent(tx, after_id);
      return newest.state === "failed" || newest.state === "aborted"
        ? `${after_id}, which ${newest.state === "failed" ? "failed" : "was aborted"} (${newest.reason})`
        : after_id;
    })
    .join("; ")}`;
}
