// Who a mission id or a request id is, for ever: a row, or the tombstone that a purged one left. Reads and writes inside a
// transaction of the caller.
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { canonicalJson, parseJson } from "../../core/json.ts";
import type { MissionRow } from "./rows.ts";

/** Hex. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Whose an id is. */
export type Known = Pick<MissionRow, "id" | "session_id" | "state" | "request_hash"> & { readonly purged: boolean };
/** The same with its content. `hash`: of the body as it was queued. */
export type KnownMission = Known & { readonly hash: string; readonly objectiveHash: string };

type Stored = Omit<Known, "purged">;
type Kept = Stored & { readonly hash: string; readonly objective_hash: string };

// Half a character has no canonical form. Only rows of older versions hold one, and nothing that is queued now can be the same.
function contentHash(value: unknown, body: string): string {
  try {
    return sha256(canonicalJson(value));
  } catch {
    return sha256(body);
  }
}

function hashesOf(body: string): { readonly hash: string; readonly objectiveHash: string } {
  const value = parseJson(body)?.value as { readonly objective?: unknown } | undefined;
  return { hash: contentHash(value, body), objectiveHash: sha256(String(value?.objective)) };
}

/** Lookups over an open file. */
export function prepareIdentity(db: DatabaseSync) {
  const row = db.prepare(
    `SELECT m.id, m.session_id, m.state, m.request_hash, coalesce(p.original, p.body) AS body
     FROM mission m JOIN payload p ON p.mission_id = m.id WHERE m.id = ?`,
  );
  const tombstone = db.prepare("SELECT * FROM tombstone WHERE id = ?");
  const byRequest = ["mission", "tombstone"].map((table) =>
    db.prepare(`SELECT id, session_id, state, request_hash FROM ${table} WHERE project_id = ? AND request_id = ?`),
  );
  return {
    mission(id: string): KnownMission | undefined {
      const here = row.get(id) as (Stored & { readonly body: string }) | undefined;
      if (here) return { ...here, purged: false, ...hashesOf(here.body) };
      const kept = tombstone.get(id) as Kept | undefined;
      return kept && { ...kept, purged: true, objectiveHash: kept.objective_hash };
    },
    request(projectId: string, requestId: string): Known | undefined {
      for (const [n, select] of byRequest.entries()) {
        const found = select.get(projectId, requestId) as Stored | undefined;
        if (found) return { ...found, purged: n === 1 };
      }
      return undefined;
    },
  };
}

/** Leaves the identity of a row that is about to be removed. */
export function prepareTombstone(db: DatabaseSync): (id: string) => void {
  const body = db.prepare("SELECT coalesce(original, body) AS body FROM payload WHERE mission_id = ?");
  const leave = db.prepare(
    `INSERT INTO tombstone(id, project_id, session_id, hash, objective_hash, request_id, request_hash, retry_of, state)
     SELECT id, project_id, session_id, ?, ?, request_id, request_hash, retry_of, state FROM mission WHERE id = ? ON CONFLICT DO NOTHING`,
  );
  return (id) => {
    const { hash, objectiveHash } = hashesOf((body.get(id) as { readonly body: string }).body);
    leave.run(hash, objectiveHash, id);
  };
}
