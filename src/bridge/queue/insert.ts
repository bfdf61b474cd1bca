// One new row of the queue with what belongs to it: payload, dependencies. Works inside a transaction of the caller; must
// not judge identity.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError } from "../../core/errors.ts";
import { priorityRank } from "../../mission/model.ts";
import type { DispatchBody } from "../../mission/wire/dispatch.ts";
import type { MissionRow } from "./rows.ts";
import { prepareJudgeAgain } from "./waits.ts";

const OBJECTIVE_SHOWN = 500;

/** A row to insert; what is not given is as for a mission that was just queued and is not held. */
export type NewRow = Pick<MissionRow, "id" | "session_id" | "project_id" | "project_name" | "request_id" | "request_hash" | "created_at" | "updated_at"> &
  Partial<Pick<MissionRow, "state" | "reason" | "seq" | "attempt" | "executor_id" | "result" | "phase" | "serve_id" | "held" | "retry_of">> & {
    readonly body: DispatchBody;
    /** The JSON text to send. */
    readonly text: string;
    /** The JSON text that was queued, if it was another. */
    readonly original?: string | null;
  };

// Two missions wait for each other only if one was named before it came.
function dependencies(db: DatabaseSync): (id: string, after: readonly string[]) => void {
  const add = db.prepare("INSERT INTO dependency VALUES (?, ?) ON CONFLICT DO NOTHING");
  const named = db.prepare("SELECT 1 FROM dependency WHERE after_id = ? LIMIT 1");
  const reaches = db.prepare(
    `WITH RECURSIVE up(id) AS (SELECT ? UNION SELECT d.after_id FROM up CROSS JOIN dependency d ON d.mission_id = up.id)
     SELECT 1 FROM up WHERE id = ? LIMIT 1`,
  );
  return (id, after) => {
    const isNamed = after.includes(id) || (after.length > 0 && named.get(id) !== undefined);
    const back = isNamed ? after.find((one) => reaches.get(one, id) !== undefined) : undefined;
    if (back !== undefined) throw new AiwgError("dependency_cycle", `mission ${id} would wait for ${back}, which waits for ${id}`);
    for (const one of after) add.run(id, one);
  };
}

/** The insertion over an open file. Throws dependency_cycle. */
export function prepareInsert(db: DatabaseSync): (row: NewRow) => void {
  const insert = db.prepare(
    `INSERT INTO mission(id, session_id, project_id, project_name, request_id, request_hash, objective, priority, state, reason, seq, attempt,
       executor_id, result, phase, serve_id, held, retry_of, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPayload = db.prepare("INSERT INTO payload(mission_id, body, original) VALUES (?, ?, ?)");
  const depend = dependencies(db);
  const judgeAgain = prepareJudgeAgain(db);
  return (row) => {
    const { body } = row;
    const objective = body.objective.slice(0, OBJECTIVE_SHOWN).toWellFormed();
    insert.run(
      ...[row.id, row.session_id, row.project_id, row.project_name, row.request_id, row.request_hash, objective],
      ...[priorityRank(body.priority ?? "normal"), row.state ?? "pending", row.reason ?? "", row.seq ?? 0, row.attempt ?? 0],
      ...[row.executor_id ?? null, row.result ?? null, row.phase ?? 1, row.serve_id ?? null, row.held ?? null],
      ...[row.retry_of ?? null, row.created_at, row.updated_at],
    );
    insertPayload.run(row.id, row.text, row.original ?? null);
    depend(row.id, body.after ?? []);
    if (row.retry_of) judgeAgain.run(row.retry_of);
  };
}
