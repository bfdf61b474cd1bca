// Steering from a command line: in the queue what has not left, at serve what it has or may have; a session in both.
// Must not print.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import type { Client } from "../client/client.ts";
import type { Queue, QueueState } from "../bridge/queue/queue.ts";
import type { MissionState, SessionState } from "../mission/model.ts";
import type { Control, Mission } from "../mission/wire/http.ts";
import type { Cli } from "./command.ts";
import { isEnded, isUnsent } from "./outcome.ts";
import { requireServe, tryServe } from "./serve-door.ts";
import type { MissionSubject, SessionSubject } from "./subject.ts";

/** What became of one mission; members are public API. */
export type SteeredMission = {
  readonly mission_id: string;
  readonly state: QueueState;
  readonly held: boolean;
  /** Who was told. */ readonly by: "queue" | "serve";
};
/** What became of a session. */
export type SteeredSession = { readonly session_id: string; readonly state: SessionState };

const PAGE = 500;

export const isCode = (error: unknown, code: AiwgError["code"]): boolean => isAiwgError(error) && error.code === code;

async function atServe(cli: Cli, id: string, tell: (client: Client) => Promise<Control>): Promise<SteeredMission> {
  const client = await requireServe(cli);
  const { state } = await tell(client);
  return { mission_id: id, state, held: state === "queued" && (await client.mission(id)).held, by: "serve" };
}

// What serve says of an id that it does not know, for one that the queue does know.
function unknownThere(error: unknown, id: string): unknown {
  if (!isCode(error, "not_found")) return error;
  return new AiwgError("state_conflict", `the serve that answers now does not know ${id}, which was accepted before`, {
    hint: `Send it there once more: aiwg mc move ${id} --force. Or end it: aiwg mc abort ${id}.`,
    cause: error,
  });
}

/** Holds a mission that waits; asks the executor of a running one to pause between turns. Throws `state_conflict`. */
export async function pauseMission(cli: Cli, queue: Queue, { id, row }: MissionSubject, reason: string | undefined): Promise<SteeredMission> {
  const tell = (): Promise<SteeredMission> => atServe(cli, id, (client) => client.pause(id, reason === undefined ? {} : { reason }));
  if (!row) return tell();
  const { outcome, mission } = queue.hold(id, reason);
  if (outcome === "already_ended") throw new AiwgError("state_conflict", `${id} has ended already: ${mission.state}`, { hint: "Nothing to pause." });
  const here: SteeredMission = { mission_id: id, state: mission.state, held: mission.held, by: "queue" };
  if (outcome === "done") return here;
  try {
    return await tell();
  } catch (error) {
    // It may never have arrived; then holding it here was all.
    if (mission.held && isCode(error, "not_found")) return here;
    throw unknownThere(error, id);
  }
}

/** Lets a held, paused or suspended mission go on. Throws `state_conflict`. */
export async function resumeMission(cli: Cli, queue: Queue, { id, row }: MissionSubject, elsewhere: boolean): Promise<SteeredMission> {
  const tell = (): Promise<SteeredMission> => atServe(cli, id, (client) => client.resume(id, elsewhere ? { elsewhere: true } : {}));
  if (!row) return tell();
  const { outcome, mission } = queue.release(id);
  if (outcome === "already_ended") {
    throw new AiwgError("state_conflict", `${id} has ended: ${mission.state}`, { hint: `Run it again as a new mission: aiwg mc retry ${id}.` });
  }
  if (outcome === "at_serve" && !isUnsent(row.state)) {
    try {
      return await tell();
    } catch (error) {
      throw unknownThere(error, id);
    }
  }
  if (outcome === "done" && !row.held) throw new AiwgError("state_conflict", `${id} is not paused: ${mission.reason}`, { hint: `See aiwg mc status ${id}.` });
  return { mission_id: id, state: mission.state, held: mission.held, by: "queue" };
}

/** Missions of a session at serve that are in one of `states`. */
export async function missionsAtServe(client: Client, session: string, states: readonly MissionState[]): Promise<Mission[]> {
  const found: Mission[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.missions({ session, state: states, limit: PAGE, cursor });
    found.push(...page.missions);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

// True if serve has something of the session that is under way: then it has to be told too.
function isUnderWay(queue: Queue, id: string): boolean {
  return Object.entries(queue.counts({ session: id })).some(([state, n]) => n > 0 && state !== "pending" && !isEnded(state as QueueState));
}

/**
 * Pauses, resumes or stops a session in the queue and at serve. Throws `state_conflict` once it is stopped, `unreachable`
 * if serve has missions of it and cannot be told; the queue's part is done then.
 */
export async function steerSession(cli: Cli, queue: Queue, { id, inQueue }: SessionSubject, state: SessionState): Promise<SteeredSession> {
  const here = inQueue ? queue.setSessionState(id, state) : undefined;
  const done = { session_id: id, state: here?.state ?? state };
  const door = await tryServe(cli);
  try {
    if ("fault" in door) throw new AiwgError("unreachable", door.fault, { hint: "Start it with aiwg up." });
    return { session_id: id, state: (await door.client.setSession(id, state)).state };
  } catch (error) {
    // A session that was never sent is of no interest to serve.
    if (inQueue && isCode(error, "not_found")) return done;
    if (!inQueue || !isCode(error, "unreachable")) throw error;
    if (!isUnderWay(queue, id)) return done;
    throw new AiwgError("unreachable", `what waits here is ${state}, but serve, which has missions of ${id}, could not be told`, {
      hint: "Repeat this when serve is back: aiwg up.",
      cause: error,
    });
  }
}
