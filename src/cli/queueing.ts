// Putting missions into the queue from a command line, and opening the queue for as long as a command needs it.
// Must not print but notes for the person.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openQueue } from "../bridge/queue/open-queue.ts";
import type { Enqueued, NewMission, Queue } from "../bridge/queue/queue.ts";
import { AiwgError, type Issue, isAiwgError, messageOf } from "../core/errors.ts";
import { issuesOf } from "../core/json.ts";
import { dispatchBodySchema } from "../mission/wire/dispatch.ts";
import { afterReader, circleAmong } from "./after.ts";
import type { Cli } from "./command.ts";
import { type MissionFlags, missionBody } from "./mission-flags.ts";
import type { MissionLine } from "./mission-lines.ts";
import { type Filled, fillWorkspace, refuseOddPath } from "./workspace.ts";
import { settleWorktreeInclude } from "./worktree-consent.ts";

/** The queue file that a command works on. */
export function queuePath(cli: Cli, flag: string | undefined): string {
  return flag === undefined ? cli.places.queue : resolve(cli.cwd, flag);
}

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
  refuseOddPath((await cli.project()).root, "project");
  const config = await cli.config();
  const after = await Promise.all((flags.after ?? []).map(afterReader(cli, queue)));
  const { workspace, notes } = await fillWorkspace(flags, cli.cwd);
  const body = missionBody(objective, { ...flags, after }, config, workspace);
  for (const note of notes) cli.ui.warn(note);
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

/** The error that names every bad line. */
export function badLines(issues: readonly Issue[]): AiwgError {
  const bad = new Set(issues.map(({ pointer }) => pointer)).size;
  return new AiwgError("usage", `${bad} ${bad === 1 ? "line" : "lines"} cannot be queued, so nothing was`, {
    issues,
    hint: "See docs/cli.md for what a line may say.",
  });
}

/**
 * Lines as missions; flags typed beside them are their defaults. Nothing is queued yet. Throws `usage` that names every
 * line at fault.
 */
export async function missionsOfLines(cli: Cli, queue: Queue, lines: readonly MissionLine[], defaults: MissionFlags): Promise<NewMission[]> {
  refuseOddPath((await cli.project()).root, "project");
  const config = await cli.config();
  const issues: Issue[] = [];
  const places = new Map<string, Promise<Filled>>();
  const ids = new Set(lines.flatMap(({ members: { mission_id } }) => (typeof mission_id === "string" ? [mission_id] : [])));
  const wholeId = afterReader(cli, queue, ids);
  // Thousands of lines name few repositories; git is asked once for each.
  const placeOf = ({ repo, noRepo, base }: MissionFlags): Promise<Filled> => {
    const key = JSON.stringify([repo ?? null, noRepo, base ?? null]);
    const place = places.get(key) ?? fillWorkspace({ repo, noRepo, base }, cli.cwd);
    places.set(key, place);
    return place;
  };

  async function bodyOf({ objective, flags: own, members, whole }: MissionLine): Promise<NewMission["body"]> {
    if (whole) return { ...members, objective };
    const flags = { ...defaults, ...own };
    const { workspace } = members["workspace"] === undefined ? await placeOf(flags) : { workspace: undefined };
    const after = await Promise.all((flags.after ?? []).map(wholeId));
    return { ...missionBody(objective, { ...flags, after }, config, workspace), ...members };
  }

  const missions: NewMission[] = [];
  const waitsFor = new Map<string, readonly string[]>();
  for (const line of lines) {
    const say = (message: string): void => void issues.push({ pointer: `line ${line.number}`, message });
    try {
      const body = await bodyOf(line);
      const parsed = dispatchBodySchema.safeParse({ ...body, mission_id: body.mission_id ?? "m-1" });
      if (!parsed.success) for (const { pointer, message } of issuesOf(parsed.error)) say(`${pointer.slice(1)}: ${message}`);
      else {
        if (body.mission_id !== undefined) waitsFor.set(body.mission_id, parsed.data.after ?? []);
        const { requestId } = line.flags;
        missions.push({ body, ...(requestId === undefined ? {} : { requestId }) });
      }
    } catch (error) {
      if (!isAiwgError(error)) throw error;
      say(messageOf(error));
    }
  }
  const circle = circleAmong(waitsFor);
  if (circle) {
    const first = lines.find(({ members }) => members["mission_id"] === circle[0]);
    issues.push({ pointer: `line ${first?.number ?? 0}`, message: `missions wait for each other: ${circle.join(" → ")}` });
  }
  if (issues.length > 0) throw badLines(issues);
  for (const place of places.values()) for (const note of (await place).notes) cli.ui.warn(note);
  return missions;
}
