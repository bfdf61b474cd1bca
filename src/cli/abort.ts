// Ending one mission from a command line: in the queue while it is there alone, at serve once it is accepted, and by the
// bridge where serve cannot be reached now. Must not know how to print.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import type { Client } from "../client/client.ts";
import type { Queue, QueueState } from "../bridge/queue/queue.ts";
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

const ended = (id: string, state: QueueState): AiwgError => new AiwgError("state_conflict", `${id} has ended already: ${state}`, { hint: "Nothing to abort." });

function inQueue(queue: Queue, id: string): Aborted {
  const { outcome, mission } = queue.requestAbort(id);
  if (outcome === "already_ended" && mission.state !== "aborted") throw ended(id, mission.state);
  return { mission_id: id, state: mission.state, abort_requested: outcome === "requested", by: "queue" };
}

async function isKnownThere(client: Client, id: string): Promise<boolean> {
  try {
    await client.mission(id);
    return true;
  } catch (error) {
    if (isCode(error, "not_found")) return false;
    throw error;
  }
}

/** Asks for the end of a mission. Throws state_conflict if it is done or failed already, and what serve answers. */
export async function abortMission(cli: Cli, queue: Queue, subject: MissionSubject, reason: string | undefined): Promise<Aborted> {
  const { id, row } = subject;
  if (row && !isAccepted(subject)) return inQueue(queue, id);
  const door = await tryServe(cli);
  if ("client" in door) {
    try {
      const { state, abort_requested } = await door.client.abort(id, reason === undefined ? {} : { reason });
      // Serve promises the same of an id that it has never seen; then it is the queue's to end what another serve had taken.
      if (row && state === "aborted" && !(await isKnownThere(door.client, id))) return inQueue(queue, id);
      return { mission_id: id, state, abort_requested: abort_requested === true, by: "serve" };
    } catch (error) {
      // The bridge repeats a stored request until serve is back; any other answer is the answer.
      if (!row || !isAiwgError(error) || error.code !== "unreachable") throw error;
    }
  }
  if (row) return inQueue(queue, id);
  throw new AiwgError("unreachable", `${id} is known to serve only, and serve cannot be reached`, { hint: "Start it with aiwg up." });
}
