// What a verb's argument means: a mission or a session, by id, unique prefix or name; the queue first, then serve.
// Must not change anything.
import type { Client } from "../client/client.ts";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Found, QueueReader, QueuedMission } from "../bridge/queue/queue.ts";
import type { Mission } from "../mission/wire/http.ts";
import type { Cli } from "./command.ts";
import { isUnsent } from "./outcome.ts";
import { tryServe } from "./serve-door.ts";

/** A mission as far as it is known: queued here, at serve, or both. */
export type MissionSubject = { readonly kind: "mission"; readonly id: string; readonly row: QueuedMission | undefined; readonly mission: Mission | undefined };
/** A session; `inQueue`: known here, not only to serve. */
export type SessionSubject = { readonly kind: "session"; readonly id: string; readonly name: string | null; readonly inQueue: boolean };
export type Subject = MissionSubject | SessionSubject;

const isNotFound = (error: unknown): boolean => isAiwgError(error) && error.code === "not_found";

function inQueue(queue: QueueReader, project: string, text: string): Found | undefined {
  for (const scope of [project, undefined]) {
    try {
      return queue.find(scope, text);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

async function atServe(client: Client, id: string): Promise<Subject | undefined> {
  try {
    const mission = await client.mission(id);
    return { kind: "mission", id, row: undefined, mission };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return { kind: "session", id: (await client.session(id)).session_id, name: null, inQueue: false };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Finds what `text` stands for. Throws `not_found`, or `usage` naming the candidates of a prefix. */
export async function findSubject(cli: Cli, queue: QueueReader, text: string): Promise<Subject> {
  const found = inQueue(queue, (await cli.project()).id, text);
  if (found?.kind === "mission") return { kind: "mission", id: found.mission.mission_id, row: found.mission, mission: undefined };
  if (found) return { kind: "session", id: found.session.session_id, name: found.session.name, inQueue: true };
  const door = await tryServe(cli);
  if ("client" in door && isId(text)) {
    const subject = await atServe(door.client, text);
    if (subject) return subject;
  }
  const asked = "client" in door ? "neither the queue nor serve knows one" : `the queue knows none, and serve cannot be asked: ${door.fault}`;
  throw new AiwgError("not_found", `there is no mission or session "${text}"; ${asked}`, { hint: "See aiwg mc status, or aiwg mc list." });
}

/** True once serve answered for the mission: then serve is asked, not the queue. */
export function isAccepted(subject: MissionSubject): boolean {
  return subject.row === undefined || !isUnsent(subject.row.state);
}
