// Missions that ended long ago leave the hot tables, and later leave for good; their identity stays for ever.
// Must not know when that is due; the caller says before which time.
import type { Mission } from "../../../mission/wire/http.ts";
import { repoOf } from "./dependencies.ts";
import { bodyOfRow, missionOf, type SpecifiedRow } from "./rows.ts";
import type { Tx } from "./tx.ts";

/** An archived mission as it was when it left. */
export function archived(tx: Tx, id: string): Mission | undefined {
  const row = tx.get<{ mission: string }>("SELECT mission FROM archive WHERE mission_id = ?", id);
  return row && { ...(JSON.parse(row.mission) as Mission), archived: true };
}

// What something still waits for stays where it can be found, and so does a retry of it: where its branch ended is where they begin.
const DUE = `
SELECT mission.*, spec.body FROM mission JOIN spec USING (n) WHERE ended_at IS NOT NULL AND ended_at < ?
  AND NOT EXISTS (
    WITH RECURSIVE up (id) AS (SELECT mission.id UNION SELECT older.retry_of FROM up CROSS JOIN mission AS older ON older.id = up.id WHERE older.retry_of IS NOT NULL)
    SELECT 1 FROM up CROSS JOIN dependency ON dependency.after_id = up.id CROSS JOIN mission AS waiting ON waiting.id = dependency.mission_id
    WHERE waiting.blocked > 0 AND waiting.ended_at IS NULL)
  ORDER BY ended_at, n LIMIT ?`;

/** Moves ended missions into the archive, with their events, questions and refusals gone. Returns how many. */
export function archive(tx: Tx, endedBefore: number, limit: number): number {
  const rows = tx.all<SpecifiedRow>(DUE, endedBefore, limit);
  for (const row of rows) {
    tx.run(
      "INSERT INTO archive (mission_id, session_id, ended_at, mission, repo) VALUES (?, ?, ?, ?, ?)",
      row.id,
      row.session_id,
      row.ended_at,
      JSON.stringify(missionOf(row, {})),
      repoOf(bodyOfRow(row)),
    );
    tx.run(
      "INSERT INTO identity (mission_id, session_id, hash, answer, keyed) SELECT ?, ?, hash, answer, keyed FROM spec WHERE n = ?",
      row.id,
      row.session_id,
      row.n,
    );
    for (const table of ["question", "refusal", "dependency"]) tx.run(`DELETE FROM ${table} WHERE mission_id = ?`, row.id);
    for (const table of ["event", "spec", "mission"]) tx.run(`DELETE FROM ${table} WHERE n = ?`, row.n);
    tx.memory.count(row.session_id, row.state, -1);
  }
  const pruned = rows.reduce((seq, row) => Math.max(seq, row.seq), 0);
  if (pruned > 0)
    tx.run("INSERT INTO meta (key, value) VALUES ('pruned', ?) ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), excluded.value)", String(pruned));
  return rows.length;
}

/** The least cursor that can be resumed without missing an event: of all, or of one mission, whose events leave together. */
export function prunedTo(tx: Tx, missionId?: string): number {
  if (missionId !== undefined && tx.get("SELECT 1 FROM mission WHERE id = ?", missionId)) return 0;
  return Number(tx.get<{ value: string }>("SELECT value FROM meta WHERE key = 'pruned'")?.value ?? 0);
}

/** Deletes archived missions with their transcripts; (id, hash) stay, so that an old id is never taken again. Returns how many. */
export function purge(tx: Tx, endedBefore: number, limit: number): number {
  const rows = tx.all<{ mission_id: string }>("SELECT mission_id FROM archive WHERE ended_at < ? ORDER BY ended_at LIMIT ?", endedBefore, limit);
  for (const { mission_id } of rows) {
    for (const table of ["log", "log_head", "archive", "idempotency"]) tx.run(`DELETE FROM ${table} WHERE mission_id = ?`, mission_id);
  }
  return rows.length;
}
