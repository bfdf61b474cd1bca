// Ending missions from a command line: in the queue while they are there alone, at serve once they are accepted, and by the
// bridge where serve cannot be reached now. Must not know how to print.
import { AiwgError } from "../core/errors.ts";
import type { Client } from "../client/client.ts";
import type { AbortOutcome, Queue, QueueState } from "../bridge/queue/queue.ts";
import { isForgotten } from "../bridge/queue/rows.ts";
import type { Cli } from "./command.ts";
import { tryServe } from "./serve-door.ts";
import { isCode } from "./steer.ts";
import { type MissionSubject, isAccepted } from "./subject.ts";

export type Aborted = {
  readonly mission_id: string;
  readonly state: QueueState;
  readonly abort_requested: boolean;
  /** Who was told. */ readonly by: "queue" | "serve";
};
type Door = Awaited<ReturnType<typeof tryServe>>;

/** Missions that the queue ends in one transaction; between two a person may interrupt. */
const AT_ONCE = 1_000;
/** Missions that serve is asked to end at a time. */
const LANES = 8;

const isForQueue = (subject: MissionSubject): boolean => subject.row !== undefined && (!isAccepted(subject) || isForgotten(subject.row));
const told = ({ outcome, mission }: AbortOutcome): Aborted => {
  return { mission_id: mission.mission_id, state: mission.state, abort_requested: outcome === "requested", by: "queue" };
};
const endedOtherwise = ({ outcome, mission }: AbortOutcome): boolean => outcome === "already_ended" && mission.state !== "aborted";

async function isKnownThere(client: Client, id: string): Promise<boolean> {
  try {
    await client.mission(id);
    return true;
  } catch (error) {
    if (isCode(error, "not_found")) return false;
    throw error;
  }
}

// What serve says; undefined: it is for the queue to ask.
async function atServe(door: Door, { id, row }: MissionSubject, reason: string | undefined): Promise<Aborted | undefined> {
  if ("client" in door) {
    try {
      const { state, abort_requested } = await door.client.abort(id, reason === undefined ? {} : { reason });
      // Serve promises the same of an id that it has never seen; then it is the queue's to end what another serve had taken.
      if (row && state === "aborted" && !(await isKnownThere(door.client, id))) return undefined;
      return { mission_id: id, state, abort_requested: abort_requested === true, by: "serve" };
    } catch (error) {
      // The bridge repeats a stored request until serve is back; any other answer is the answer.
      if (!row || !isCode(error, "unreachable")) throw error;
    }
  }
  if (row) return undefined;
  throw new AiwgError("unreachable", `${id} is known to serve only, and serve cannot be reached`, { hint: "Start it with aiwg up." });
}

/** Asks for the end of a mission. Throws state_conflict if it is done or failed already, and what serve answers. */
export async function abortMission(cli: Cli, queue: Queue, subject: MissionSubject, reason: string | undefined): Promise<Aborted> {
  const there = isForQueue(subject) ? undefined : await atServe(await tryServe(cli), subject, reason);
  if (there) return there;
  const outcome = queue.requestAbort(subject.id);
  if (!endedOtherwise(outcome)) return told(outcome);
  throw new AiwgError("state_conflict", `${subject.id} has ended already: ${outcome.mission.state}`, { hint: "Nothing to abort." });
}

async function inQueue(queue: Queue, ids: readonly string[]): Promise<Aborted[]> {
  const done: Aborted[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const outcomes = queue.requestAborts(ids.slice(at, at + AT_ONCE));
    done.push(...outcomes.filter((outcome) => !endedOtherwise(outcome)).map(told));
    await new Promise(setImmediate);
  }
  return done;
}

/** Asks for the end of many, in few transactions; those that have ended by themselves meanwhile are left out. */
export async function abortMissions(cli: Cli, queue: Queue, subjects: readonly MissionSubject[], reason: string | undefined): Promise<Aborted[]> {
  const mine = subjects.filter(isForQueue).map(({ id }) => id);
  const done = await inQueue(queue, mine);
  const door = await tryServe(cli);
  const rest = subjects.filter((subject) => !isForQueue(subject)).toReversed();
  const left: string[] = [];
  const lane = async (): Promise<void> => {
    for (let subject = rest.pop(); subject; subject = rest.pop()) {
      try {
        const there = await atServe(door, subject, reason);
        if (there) done.push(there);
        else left.push(subject.id);
      } catch (error) {
        if (isCode(error, "state_conflict")) continue;
        rest.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  done.push(...(await inQueue(queue, left)));
  const byId = new Map(done.map((one) => [one.mission_id, one]));
  return subjects.flatMap(({ id }) => byId.get(id) ?? []);
}
