// Finding what a person means by an id, a unique prefix of one, or a session's name. Reads only.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError } from "../../core/errors.ts";
import { inert } from "../../core/text.ts";
import { SELECT_MISSION, type MissionRow, type SessionRow } from "./rows.ts";

const CANDIDATES_SHOWN = 5;
// "~" sorts after every character that an id may have.
const END = "~";

function ambiguous(prefix: string, ids: readonly string[]): AiwgError {
  const shown = ids.slice(0, CANDIDATES_SHOWN).join(", ");
  return new AiwgError("usage", `"${prefix}" stands for several: ${shown}${ids.length > CANDIDATES_SHOWN ? ", …" : ""}`, {
    hint: "Give more characters of the id.",
  });
}

function byPrefix<Row extends { readonly id: string }>(db: DatabaseSync, table: "mission" | "session", project: string | undefined, prefix: string): Row[] {
  if (prefix === "") return [];
  // The plus keeps SQLite from walking the project's index instead of that of ids.
  const where = project === undefined ? "" : "AND +project_id = ?";
  const sql = `${table === "mission" ? SELECT_MISSION : "SELECT * FROM session"} WHERE id >= ? AND id < ? ${where} ORDER BY id LIMIT ${CANDIDATES_SHOWN + 1}`;
  return db.prepare(sql).all(prefix, prefix + END, ...(project === undefined ? [] : [project])) as Row[];
}

function sessionsLike(db: DatabaseSync, project: string | undefined, text: string): SessionRow[] {
  const where = project === undefined ? "" : "AND project_id = ?";
  const rest = project === undefined ? [] : [project];
  const named = db.prepare(`SELECT * FROM session WHERE name = ? ${where} LIMIT ${CANDIDATES_SHOWN + 1}`).all(text, ...rest) as SessionRow[];
  if (named.length > 0) return named;
  const rows = byPrefix<SessionRow>(db, "session", project, text);
  const exact = rows.find((row) => row.id === text);
  return exact ? [exact] : rows;
}

/** A session of a project. Throws not_found, or usage if the text stands for several. */
export function findSession(db: DatabaseSync, project: string, text: string): SessionRow {
  const rows = sessionsLike(db, project, text);
  if (rows.length > 1)
    throw ambiguous(
      text,
      rows.map((row) => row.id),
    );
  const only = rows[0];
  if (!only) throw new AiwgError("not_found", `no session "${inert(text)}" in this project`, { hint: "See aiwg mc list, or make one with aiwg mc start." });
  return only;
}

/** A mission or a session. Throws not_found, or usage if the text stands for several. */
export function findRow(
  db: DatabaseSync,
  project: string | undefined,
  text: string,
): { readonly kind: "mission"; readonly row: MissionRow } | { readonly kind: "session"; readonly row: SessionRow } {
  const missions = byPrefix<MissionRow>(db, "mission", project, text);
  const exact = missions.find((row) => row.id === text);
  if (exact) return { kind: "mission", row: exact };
  const sessions = sessionsLike(db, project, text);
  const [said] = sessions;
  // What was typed in full is meant; other ids only begin with it.
  if (sessions.length === 1 && said && (said.id === text || said.name === text)) return { kind: "session", row: said };
  const ids = [...missions, ...sessions].map((row) => row.id);
  if (ids.length > 1) throw ambiguous(text, ids);
  const [mission] = missions;
  if (mission) return { kind: "mission", row: mission };
  const [session] = sessions;
  if (session) return { kind: "session", row: session };
  throw new AiwgError("not_found", `no mission or session "${inert(text)}" in the queue`, { hint: "See aiwg mc status or aiwg mc list." });
}
