// Taking missions from elsewhere into the queue, ids kept: what waited is queued, what was under way waits until a person
// lets it go, what ended is history. Works inside a transaction of the caller.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError } from "../../core/errors.ts";
import { ID_PATTERN } from "../../core/ids.ts";
import { parseJson } from "../../core/json.ts";
import { isTerminal } from "../../mission/model.ts";
import { checkedBody } from "./enqueue.ts";
import { prepareIdentity, sha256 } from "./identity.ts";
import { prepareInsert, type NewRow } from "./insert.ts";
import { isSessionFile, readSessionFile } from "./prior-art.ts";
import type { Imported, Project } from "./queue.ts";
import { sessionOf, type SessionRow } from "./rows.ts";
import { PHASE } from "./schema.ts";
import { readExport, type Transfer, type TransferMission, type TransferSession } from "./transfer.ts";

const SHOWN = 5;

// The body that the identity stands for, in the project where it is now.
const originalText = (body: Readonly<Record<string, unknown>>, { id, name }: Project): string => JSON.stringify({ ...body, project: { id, name } });

function read(text: string): Transfer {
  const value = parseJson(text)?.value;
  return isSessionFile(value) ? readSessionFile(value) : readExport(text);
}

type Kind = Imported["missions"][number]["outcome"];

// What an imported mission is here. The state of one that somebody else was at is not ours to go on with.
function placeOf(
  mission: TransferMission,
  sessionActive: boolean,
): { readonly kind: Kind; readonly row: Pick<NewRow, "state" | "reason" | "phase" | "held" | "attempt" | "executor_id"> } {
  const { state, reason, held, attempt, executor_id } = mission;
  if (state !== "pending" && state !== "sent" && isTerminal(state))
    return { kind: "history", row: { state, reason, phase: PHASE.settled, attempt, executor_id } };
  if (state === "pending") return { kind: "queued", row: { state, reason, phase: held === null && sessionActive ? PHASE.due : PHASE.held, held } };
  const was = state === "suspended" ? `was suspended elsewhere${reason ? `: ${reason}` : ""}` : `was ${state} elsewhere`;
  return { kind: "held", row: { state: "suspended", phase: PHASE.held, held: held ?? `imported, ${was}; resume it to send it` } };
}

type Taking = { readonly notes: string[]; readonly now: number };

function addSession(db: DatabaseSync, project: Project, session: TransferSession, { notes, now }: Taking): SessionRow {
  const byId = db.prepare("SELECT * FROM session WHERE id = ?");
  const known = byId.get(session.id) as SessionRow | undefined;
  if (known && known.project_id !== project.id) throw new AiwgError("idempotency_key_reused", `session ${session.id} belongs to another project here`);
  if (known) return known;
  const { id, state, created_at } = session;
  const taken = db.prepare("SELECT 1 FROM session WHERE project_id = ? AND name = ?").get(project.id, session.name) !== undefined;
  const fits = session.name !== null && ID_PATTERN.test(session.name) && !/^[ms]-/.test(session.name) && !taken;
  if (session.name !== null && !fits)
    notes.push(`session ${id}: its name "${session.name}" is ${taken ? "taken" : "no name of a session here"}; it goes by its id`);
  const metadata = { ...session.metadata, ...(fits || session.name === null ? {} : { name: session.name }) };
  if (created_at === null) notes.push(`session ${id} has no date: it counts as of now, and takes new missions only where it is named`);
  const sql = "INSERT INTO session(id, project_id, project_name, name, state, metadata, created_at, dated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
  const json = Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null;
  db.prepare(sql).run(id, project.id, project.name, fits ? session.name : null, state, json, created_at ?? now, created_at === null ? 0 : 1);
  return byId.get(id) as SessionRow;
}

/** Imports all or none, as `Queue.importMissions` says; what has no date is dated `now`. The caller rolls back. */
export function importAll(db: DatabaseSync, project: Project, text: string, now: number): Imported {
  const transfer = read(text);
  const notes = [...transfer.notes];
  const sessions = new Map(transfer.sessions.map((session) => [session.id, addSession(db, project, session, { notes, now })]));
  const identity = prepareIdentity(db);
  const insert = prepareInsert(db);
  const undated: string[] = [];
  const missions = transfer.missions.map((mission, n): Imported["missions"][number] => {
    const { session_id } = mission;
    const id = mission.body.mission_id;
    const known = identity.mission(id);
    if (known) {
      if (known.session_id !== session_id || known.objectiveHash !== sha256(mission.body.objective))
        throw new AiwgError("idempotency_key_reused", `mission ${id} ${known.purged ? "was here, and was" : "is here already, and is"} another one`);
      if (known.purged) notes.push(`mission ${id} was here and is purged; it stays so`);
      return { mission_id: id, session_id, outcome: "known" };
    }
    const session = sessions.get(session_id);
    if (!session) throw new AiwgError("invalid_request", `mission ${id} names session ${session_id}, which is not part of the import`);
    const { text: json, body } = checkedBody(mission.body, id, project, `mission ${n + 1} (${id})`);
    const taken = mission.request_id === null ? undefined : identity.request(project.id, mission.request_id);
    if (taken) notes.push(`mission ${id}: its request id "${mission.request_id ?? ""}" stands for ${taken.id} here and is dropped`);
    if (mission.created_at === null && mission.updated_at === null) undated.push(id);
    const created_at = mission.created_at ?? mission.updated_at ?? session.created_at;
    const updated_at = mission.updated_at ?? created_at;
    const { kind, row } = placeOf(mission, session.state === "active");
    insert({
      ...{ id, session_id, project_id: project.id, project_name: project.name, body, text: json, ...row },
      // Where nobody knows the arguments that a request id was given for, no repeat can be told from a slip.
      ...{ request_id: taken ? null : mission.request_id, request_hash: taken ? null : mission.request_hash, retry_of: mission.retry_of },
      result: mission.result === null ? null : JSON.stringify(mission.result),
      ...{ original: mission.original === null ? null : originalText(mission.original, project), created_at, updated_at },
    });
    return { mission_id: id, session_id, outcome: kind };
  });
  if (undated.length > 0)
    notes.push(`${undated.length} without a date count as of their session's: ${undated.slice(0, SHOWN).join(", ")}${undated.length > SHOWN ? ", …" : ""}`);
  return { sessions: [...sessions.values()].map(sessionOf), missions, notes };
}
