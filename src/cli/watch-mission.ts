// One mission from wherever it is to where it ends or waits: the queue's row until serve has it, then serve's events, with
// the queue's mirror where serve cannot be asked. Must not write to the terminal.
import type { Client } from "../client/client.ts";
import { messageOf } from "../core/errors.ts";
import { sleep } from "../core/time.ts";
import type { Queue, QueueState } from "../bridge/queue/queue.ts";
import type { ServeEvent } from "../mission/wire/events.ts";
import type { MissionResult } from "../mission/wire/http.ts";
import type { Cli } from "./command.ts";
import { isEnded, isUnsent } from "./outcome.ts";
import { tryServe } from "./serve-door.ts";

/** Where a watched mission stands. */
export type Standing = {
  readonly state: QueueState;
  readonly reason: string;
  readonly attempt: number;
  readonly executor_id: string | null;
  readonly result: MissionResult | null;
};

export type Watcher = {
  /** Not with serve yet: state and reason changed. */
  waits(state: QueueState, reason: string): void;
  /** Something happened at serve; `live` is false for what lies before the state that was found on connecting. */
  event(event: ServeEvent, live: boolean, client: Client): void;
  /** Serve cannot be followed now; said once per reason. */
  fault(reason: string): void;
  /** True if this standing is where watching ends. Terminal ones always do. */
  ends(standing: Standing): boolean;
};

type Input = { readonly cli: Cli; readonly queue: Queue; readonly id: string; readonly watcher: Watcher; readonly signal: AbortSignal };

const LOOK_EVERY_MS = 200;

async function standingAt(client: Client, id: string, signal: AbortSignal): Promise<Standing & { readonly seq: number }> {
  const { state, reason, attempt, executor_id, result, seq } = await client.mission(id, signal);
  return { state, reason, attempt, executor_id, result: result ?? null, seq };
}

type Cursor = { after: number };

// One connection; resolves with the standing at which watching ends, or undefined when the stream ended before.
async function followServe({ id, watcher, signal }: Input, client: Client, cursor: Cursor): Promise<Standing | undefined> {
  const found = await standingAt(client, id, signal);
  const settled = (standing: Standing): boolean => isEnded(standing.state) || watcher.ends(standing);
  let head = 0;
  for await (const item of client.events({ after: cursor.after, mission: id }, signal)) {
    if (item.kind === "hello") {
      head = item.head;
      if (cursor.after >= found.seq && settled(found)) return found;
      continue;
    }
    if (item.kind === "reset") {
      cursor.after = head;
      if (settled(found)) return found;
      continue;
    }
    const { event } = item;
    cursor.after = event.seq;
    const live = event.seq >= found.seq;
    watcher.event(event, live, client);
    if (!live || event.state === undefined) continue;
    const said = { state: event.state, reason: event.reason ?? "", attempt: event.attempt ?? 0, executor_id: event.executor_id ?? null, result: null };
    // The event says that it ended; serve says with what result.
    if (settled(said)) return standingAt(client, id, signal);
  }
  return undefined;
}

/** Watches until the mission ends, `ends` says so, or the signal fires (then undefined). Throws what the queue throws. */
export async function watchMission(input: Input): Promise<Standing | undefined> {
  const { cli, queue, id, watcher, signal } = input;
  const cursor: Cursor = { after: 0 };
  let said = "";
  let fault = "";
  const say = (reason: string): void => {
    if (reason !== fault) watcher.fault(reason);
    fault = reason;
  };
  while (!signal.aborted) {
    const row = queue.mission(id);
    if (row && isUnsent(row.state)) {
      const now = `${row.state} ${row.reason}`;
      if (now !== said) watcher.waits(row.state, row.reason);
      said = now;
    } else {
      const door = await tryServe(cli);
      if ("client" in door) {
        try {
          const end = await followServe(input, door.client, cursor);
          if (end) return end;
        } catch (error) {
          if (!signal.aborted) say(messageOf(error));
        }
      } else {
        say(door.fault);
      }
      // The mirror may know more than we can ask for.
      if (row && !isUnsent(row.state) && "fault" in door && (isEnded(row.state) || watcher.ends(row))) return row;
    }
    await sleep(LOOK_EVERY_MS, signal, cli.clock);
  }
  return undefined;
}
