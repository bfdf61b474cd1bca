// Putting one mission into the queue from a command line, and opening the queue for as long as a command needs it.
// Must not know serve.
import { resolve } from "node:path";
import { openQueue } from "../bridge/queue/open-queue.ts";
import type { Enqueued, Queue } from "../bridge/queue/queue.ts";
import type { Cli } from "./command.ts";
import { type MissionFlags, missionBody } from "./mission-flags.ts";
import { fillWorkspace } from "./workspace.ts";

/** The queue file that a command works on. */
export function queuePath(cli: Cli, flag: string | undefined): string {
  return flag === undefined ? cli.places.queue : resolve(cli.cwd, flag);
}

/** Opens the queue, lets `work` use it, closes it again. */
export async function withQueue<T>(cli: Cli, flag: string | undefined, work: (queue: Queue) => T | Promise<T>): Promise<T> {
  const queue = openQueue(queuePath(cli, flag), cli.clock);
  try {
    return await work(queue);
  } finally {
    queue.close();
  }
}

/** Queues one mission as typed; notes for the person go to stderr. Durable when it returns. */
export async function enqueueTyped(
  cli: Cli,
  queue: Queue,
  input: { readonly session?: string | undefined; readonly objective: string; readonly flags: MissionFlags },
): Promise<Enqueued> {
  const { session, objective, flags } = input;
  const [place, config] = await Promise.all([cli.project(), cli.config()]);
  const { workspace, notes } = await fillWorkspace(flags, cli.cwd);
  const body = missionBody(objective, flags, config, workspace);
  const { requestId, queue: _, ...typed } = flags;
  const [only] = queue.enqueue({
    project: { id: place.id, name: place.name },
    ...(session === undefined ? {} : { session }),
    missions: [{ body, ...(requestId === undefined ? {} : { requestId, typed: { session: session ?? null, objective, ...typed } }) }],
  });
  for (const note of notes) cli.ui.warn(note);
  return only as Enqueued;
}
