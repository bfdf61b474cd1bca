// Removing rows that ended long enough ago, and stopped sessions that nothing is left in. Works inside a transaction of the
// caller; workspaces and serve's own records are not its matter.
import type { DatabaseSync } from "node:sqlite";
import { prepareTombstone } from "./identity.ts";
import type { Cleaned, CleanInput } from "./queue.ts";

/** Removes them, or with `dryRun` only says which. */
export function cleanRows(db: DatabaseSync, { project, session, endedBefore, dryRun = false }: CleanInput): Cleaned {
  const values = [...(project === undefined ? [] : [project]), ...(session === undefined ? [] : [session])];
  const where = (sessionColumn: string): string =>
    `${project === undefined ? "" : " AND project_id = ?"}${session === undefined ? "" : ` AND ${sessionColumn} = ?`}`;
  // An abort that serve does not know of yet would be forgotten with its row.
  const ended = `state IN ('done', 'failed', 'aborted') AND updated_at < ? AND abort <> 1${where("session_id")}`;
  const missions = (db.prepare(`SELECT id FROM mission WHERE ${ended} ORDER BY n`).all(endedBefore, ...values) as { id: string }[]).map((row) => row.id);
  const left = `SELECT 1 FROM mission WHERE session_id = session.id AND NOT (${ended})`;
  const empty = `SELECT id FROM session WHERE state = 'stopped' AND created_at < ?${where("id")} AND NOT EXISTS (${left})`;
  const sessions = (db.prepare(empty).all(endedBefore, ...values, endedBefore, ...values) as { id: string }[]).map((row) => row.id);
  if (dryRun) return { missions, sessions };
  const leave = prepareTombstone(db);
  for (const id of missions) leave(id);
  for (const table of ["payload", "dependency"]) {
    const remove = db.prepare(`DELETE FROM ${table} WHERE mission_id = ?`);
    for (const id of missions) remove.run(id);
  }
  const remove = db.prepare("DELETE FROM mission WHERE id = ?");
  for (const id of missions) remove.run(id);
  for (const id of sessions) db.prepare("DELETE FROM session WHERE id = ?").run(id);
  db.exec("DELETE FROM tally WHERE n = 0");
  return { missions, sessions };
}
