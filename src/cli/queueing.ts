// Putting missions into the queue from a command line, and opening the queue for as long as a command needs it.
// Must not print but notes for the person.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQueue } from "../bridge/queue/open-queue.ts";
import type { Enqueued, NewMission, Queue } from "../bridge/queue/queue.ts";
import { afterReader } from "./after.ts";
import type { Cli } from "./command.ts";
import { type MissionFlags, missionBody } from "./mission-flags.ts";
import { queuePath } from "./queue-file.ts";
import { fillWorkspace, refuseOddPath } from "./workspace.ts";
import { settleWorktreeInclude } from "./worktree-consent.ts";

/** Opens the queue, lets `work` use it, closes it again. */
export function withQueue<T>(cli: Cli, flag: string | undefined, work: (queue: Queue) => T | Promise<T>): Promise<T> {
  return withQueueAt(cli, queuePath(cli, flag), work);
}

/** The same for a `work` that only looks if `dryRun`: then a queue that does not exist is not made. */
export async function withQueueToWrite<T>(
  cli: Cli,
  { queue, dryRun }: { readonly queue?: string | undefined; readonly dryRun: boolean },
  work: (queue: Queue) => T | Promise<T>,
): Promise<T> {
  const path = queuePath(cli, queue);
  if (!dryRun || existsSync(path)) return withQueueAt(cli, path, work);
  const empty = mkdtempSync(join(tmpdir(), "aiwg-dry-"));
  try {
    return await withQueueAt(cli, join(empty, "queue.db"), work);
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
}

async function withQueueAt<T>(cli: Cli, path: string, work: (queue: Queue) => T | Promise<T>): Promise<T> {
  const queue = openQueue(path, cli.clock);
  try {
    return await work(queue);
  } finally {
    queue.close();
  }
}

/** The mission as typed; notes for the person go to stderr. */
export async function missionTyped(cli: Cli, queue: Queue, input: { readonly objective: string; readonly flags: MissionFlags }): Promise<NewMission["body"]> {
  const { objective, flags } = input;
  const { root, id } = await cli.project();
  refuseOddPath(root, "project");
  const config = await cli.config();
  const earlier = flags.requestId === undefined ? undefined : queue.requested(id, flags.requestId);
  const readAfter = afterReader(cli, queue);
  const after = await Promise.all((flags.after ?? []).map((typed) => readAfter(typed, earlier?.after ?? [])));
  const { workspace, notes } = await fillWorkspace(flags, cli.cwd);
  const body = missionBody(objective, { ...flags, after: after.map((one) => one.id) }, config, workspace);
  for (const note of [...after.flatMap((one) => one.note ?? []), ...notes]) cli.ui.warn(note);
  return body;
}

/** Has the user's word on what the repositories of these missions bring into workspaces; each is asked about once. */
export async function settleIncludes(cli: Cli, bodies: readonly NewMission["body"][]): Promise<void> {
  const tops = bodies.flatMap(({ workspace }) => (workspace && "path" in workspace.repo ? [workspace.repo.path] : []));
  for (const top of new Set(tops)) await settleWorktreeInclude(cli, top);
}

/** Queues one mission as typed. Durable when it returns. */
export async function enqueueTyped(
  cli: Cli,
  queue: Queue,
  input: { readonly session?: string | undefined; readonly objective: string; readonly flags: MissionFlags },
): Promise<Enqueued> {
  const { session, objective, flags } = input;
  const place = await cli.project();
  const body = await missionTyped(cli, queue, input);
  await settleIncludes(cli, [body]);
  const { requestId, queue: _, ...typed } = flags;
  const [only] = queue.enqueue({
    project: { id: place.id, name: place.name },
    ...(session === undefined ? {} : { session }),
    missions: [{ body, ...(requestId === undefined ? {} : { requestId, typed: { session: session ?? null, objective, ...typed } }) }],
  });
  return only as Enqueued;
}
