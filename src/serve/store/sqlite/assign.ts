// The scheduler's transaction: queued missions meet free executors, by priority, then age, then least load.
// Must not know links; what must be sent is an effect.
import { chooseAgent, pickExecutor, type Candidate, type Demand } from "../../../mission/match.ts";
import type { DispatchBody } from "../../../mission/wire/dispatch.ts";
import type { ResumeInfo } from "../../../mission/wire/frames.ts";
import type { Save } from "./mission-rows.ts";
import { candidateOf, demandOfRow, type MissionRow } from "./rows.ts";
import { bodyOf } from "./spec.ts";
import { move } from "./transition.ts";
import type { Tx } from "./tx.ts";

/** Connected executors as candidates. */
export function connectedCandidates(tx: Tx): Candidate[] {
  return tx.memory
    .executors()
    .filter((row) => row.connected === 1)
    .map(candidateOf);
}

/** Gives the queued row to the candidate: fence +1, and the dispatch is announced. */
export function assignTo(tx: Tx, row: MissionRow, candidate: Candidate, { agents }: Demand, body: DispatchBody, write?: Save): void {
  const agent = chooseAgent(agents, candidate.capabilities) ?? null;
  const how = { type: "mission.assigned", reason: `assigned to ${candidate.executor_id}`, executorId: candidate.executor_id, agent } as const;
  move(tx, row, "assign", how, write);
  tx.effect({
    kind: "command",
    executor_id: candidate.executor_id,
    command: { kind: "dispatch", run: { mission_id: row.id, attempt: row.fence }, session_id: row.session_id, body, resume: resumeOf(row) },
  });
}

export function resumeOf(row: MissionRow): ResumeInfo | null {
  return row.resume === null ? null : (JSON.parse(row.resume) as ResumeInfo);
}

// Distinct demands of queued missions by a loose index scan: as many steps as there are demands, however long the queue.
const DEMANDS = `
WITH RECURSIVE d (demand) AS (
  SELECT min(demand) FROM mission WHERE state = 'queued' AND held = 0 AND blocked = 0
  UNION ALL
  SELECT (SELECT min(demand) FROM mission WHERE state = 'queued' AND held = 0 AND blocked = 0 AND demand > d.demand) FROM d WHERE d.demand IS NOT NULL)
SELECT demand FROM d WHERE demand IS NOT NULL`;

/** Assigns up to `limit` queued missions; returns how many. */
export function assignQueued(tx: Tx, limit: number): number {
  const candidates = connectedCandidates(tx);
  const free = candidates.reduce((sum, c) => sum + Math.max(0, c.slots - c.running), 0);
  const budget = Math.min(limit, free);
  if (budget === 0) return 0;
  const now = tx.now();
  tx.run("DELETE FROM refusal WHERE until <= ?", now);
  const refusals = tx.all<{ mission_id: string; executor_id: string }>("SELECT mission_id, executor_id FROM refusal");
  const refused = new Set(refusals.map((r) => `${r.mission_id} ${r.executor_id}`));

  const rows = tx
    .all<{ demand: string }>(DEMANDS)
    .filter((row) => pickExecutor(demandOfRow(row), candidates) !== undefined)
    .flatMap((row) =>
      tx.all<MissionRow>(
        "SELECT * FROM mission WHERE state = 'queued' AND held = 0 AND blocked = 0 AND demand = ? ORDER BY priority DESC, queued_at, n LIMIT ?",
        row.demand,
        budget + refusals.length,
      ),
    )
    .toSorted((a, b) => b.priority - a.priority || a.queued_at - b.queued_at || a.n - b.n);

  let assigned = 0;
  const load = new Map(candidates.map((c) => [c.executor_id, c]));
  for (const row of rows) {
    if (assigned === budget) break;
    const open = [...load.values()].filter((c) => !refused.has(`${row.id} ${c.executor_id}`));
    const demand = demandOfRow(row);
    const chosen = pickExecutor(demand, open);
    if (!chosen) continue;
    assignTo(tx, row, chosen, demand, bodyOf(tx, row));
    load.set(chosen.executor_id, { ...chosen, running: chosen.running + 1 });
    assigned += 1;
  }
  return assigned;
}
