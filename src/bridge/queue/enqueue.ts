// Putting missions and sessions into the queue, inside a transaction that the caller holds. Identity is judged here:
// request id, mission id, session. Must not know the bridge.
import type { DatabaseSync } from "node:sqlite";
import { AiwgError, isAiwgError } from "../../core/errors.ts";
import { ID_PATTERN, mintId } from "../../core/ids.ts";
import { canonicalJson, parseJson, parseWith } from "../../core/json.ts";
import { dispatchBodySchema, type DispatchBody } from "../../mission/wire/dispatch.ts";
import { findSession } from "./find.ts";
import { type Known, prepareIdentity, sha256 } from "./identity.ts";
import { prepareInsert } from "./insert.ts";
import type { Enqueued, EnqueueInput, NewMission, Project } from "./queue.ts";
import type { SessionRow } from "./rows.ts";
import { PHASE } from "./schema.ts";

// Serve takes no larger body (contract §2.1).
const MAX_BODY_BYTES = 512 * 1024;
// Codes of what is wrong with one mission.
const OF_ONE: ReadonlySet<string> = new Set(["invalid_request", "too_large", "state_conflict", "idempotency_key_reused", "dependency_cycle", "usage"]);
const FAULTS_KEPT = 1_000;

/** Makes a session. Throws state_conflict if the project has one of that name. */
export function insertSession(db: DatabaseSync, project: Project, name: string | null, now: number): SessionRow {
  if (name !== null && (ID_PATTERN.exec(name) === null || /^[ms]-/.test(name))) {
    throw new AiwgError("usage", `"${name}" cannot name a session`, { hint: "Use letters, digits, dot, dash or underscore; not m-… or s-…, which are ids." });
  }
  const taken = name === null ? undefined : db.prepare("SELECT id FROM session WHERE project_id = ? AND name = ?").get(project.id, name);
  if (taken) throw new AiwgError("state_conflict", `the project already has a session named "${name}"`, { hint: "Use another name, or that session." });
  const row: SessionRow = {
    id: mintId("s", now),
    project_id: project.id,
    project_name: project.name,
    name,
    state: "active",
    metadata: null,
    created_at: now,
    dated: 1,
  };
  db.prepare("INSERT INTO session(id, project_id, project_name, name, created_at) VALUES (?, ?, ?, ?, ?)").run(row.id, project.id, project.name, name, now);
  return row;
}

type Chosen = Pick<SessionRow, "id" | "state">;

function newestSession(db: DatabaseSync, project: Project, now: number): Chosen {
  // One from elsewhere may be dated ahead of this clock; it would be the newest for as long.
  const sql =
    "SELECT id, state FROM session WHERE project_id = ? AND created_at <= ? AND state = 'active' AND dated = 1 ORDER BY created_at DESC, n DESC LIMIT 1";
  const newest = db.prepare(sql).get(project.id, now);
  return (newest as Chosen | undefined) ?? insertSession(db, project, null, now);
}

// A pinned base moves with HEAD although the person typed the same words.
function typedBody(body: NewMission["body"]): unknown {
  const { mission_id: _, workspace, ...rest } = body;
  return { ...rest, ...(workspace ? { workspace: { ...workspace, base: null } } : {}) };
}

const replayOf = ({ id, session_id, state, purged }: Known): Enqueued => ({ mission_id: id, session_id, state, replayed: true, purged });
// A round trip through JSON: what a member `undefined` looks like once written.
const plain = (value: unknown): unknown => parseJson(JSON.stringify(value) ?? "null")?.value;

// JSON.stringify writes half of a surrogate pair as an escape, and a whole one as it is.
const HALF_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** What serve would refuse in the JSON text of a body whatever its members are; undefined for nothing. */
export function textFault(text: string): { readonly code: "too_large" | "invalid_request"; readonly message: string } | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BODY_BYTES) return { code: "too_large", message: `it has ${bytes} bytes; serve takes at most ${MAX_BODY_BYTES}` };
  return HALF_CHARACTER.test(text) ? { code: "invalid_request", message: "a text in it has half of a surrogate pair" } : undefined;
}

/** The body of a mission as it will be sent, checked; `what` names it in errors. Throws invalid_request or too_large. */
export function checkedBody(
  given: NewMission["body"],
  missionId: string,
  project: Project,
  what: string,
): { readonly text: string; readonly body: DispatchBody } {
  const text = JSON.stringify({ ...given, mission_id: missionId, project: { id: project.id, name: project.name } });
  const body = parseWith(dispatchBodySchema, parseJson(text)?.value, what);
  const fault = textFault(text);
  if (fault) throw new AiwgError(fault.code, `${what}: ${fault.message}`);
  return { text, body };
}

/** Queues all of `input.missions`, minting what is missing. Throws as `Queue.enqueue` says; the caller rolls back. */
export function enqueueAll(db: DatabaseSync, input: EnqueueInput, now: number): Enqueued[] {
  const identity = prepareIdentity(db);
  const insert = prepareInsert(db);
  let chosen: Chosen | undefined;
  let standsInAll: unknown;
  // Not before it is needed: a repeat is known by its id, though its session may be purged by now.
  const choose = (): Chosen => {
    try {
      chosen ??= input.session === undefined ? newestSession(db, input.project, now) : findSession(db, input.project.id, input.session);
      return chosen;
    } catch (error) {
      standsInAll = error;
      throw error;
    }
  };

  const enqueueOne = (mission: NewMission, n: number): Enqueued => {
    const requestId = mission.requestId ?? null;
    let requestHash: string | null = null;
    if (requestId !== null) {
      if (requestId === "" || requestId.length > 256) throw new AiwgError("usage", "a request id has 1 to 256 characters");
      requestHash = sha256(canonicalJson(plain(mission.typed ?? { session: input.session ?? null, body: typedBody(mission.body) })));
      const earlier = identity.request(input.project.id, requestId);
      if (earlier && earlier.request_hash !== requestHash) {
        throw new AiwgError("state_conflict", `request id "${requestId}" was used with other arguments, for ${earlier.id}`, {
          hint: "Use another request id.",
        });
      }
      if (earlier) return replayOf(earlier);
    }
    const missionId = mission.body.mission_id ?? mintId("m", now);
    const { text, body } = checkedBody(mission.body, missionId, input.project, input.missions.length === 1 ? "the mission" : `mission ${n + 1}`);
    const same = mission.body.mission_id === undefined ? undefined : identity.mission(missionId);
    if (same) {
      const elsewhere = input.session !== undefined && input.session !== same.session_id && choose().id !== same.session_id;
      if (elsewhere || sha256(canonicalJson(parseJson(text)?.value)) !== same.hash) {
        const was = same.purged ? "was here with another payload, and is purged" : "is already queued with another payload";
        throw new AiwgError("idempotency_key_reused", `mission ${missionId} ${was}`);
      }
      return replayOf(same);
    }
    const session = choose();
    if (session.state === "stopped") {
      standsInAll = new AiwgError("state_conflict", `session ${session.id} is stopped; it takes no more missions`, {
        hint: "Start another with aiwg mc start.",
      });
      throw standsInAll;
    }
    insert({
      ...{ id: missionId, session_id: session.id, project_id: input.project.id, project_name: input.project.name },
      ...{ request_id: requestId, request_hash: requestHash, body, text, phase: session.state === "active" ? PHASE.due : PHASE.held },
      ...{ retry_of: mission.retryOf ?? null, created_at: now, updated_at: now },
    });
    return { mission_id: missionId, session_id: session.id, state: "pending", replayed: false, purged: false };
  };
  const done: Enqueued[] = [];
  const faults: { readonly n: number; readonly error: AiwgError }[] = [];
  for (const [n, mission] of input.missions.entries()) {
    try {
      done.push(enqueueOne(mission, n));
    } catch (error) {
      // What is wrong with one is said of all that are wrong; what stands in the way of all ends it.
      if (!isAiwgError(error) || error === standsInAll || input.missions.length === 1 || !OF_ONE.has(error.code)) throw error;
      faults.push({ n, error });
      if (faults.length === FAULTS_KEPT) break;
    }
  }
  const [first] = faults;
  if (first === undefined) return done;
  throw new AiwgError(first.error.code, first.error.message, {
    hint: first.error.hint,
    issues: faults.map(({ n, error }) => ({ pointer: `/missions/${n}`, message: error.message })),
  });
}
