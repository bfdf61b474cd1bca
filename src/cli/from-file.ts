// The missions of a file of lines: what is wrong with any of them is said of all at once, by file and line, and nothing is
// queued then. Must not print but notes for the person.
import { textFault } from "../bridge/queue/enqueue.ts";
import type { Enqueued, NewMission, Queue } from "../bridge/queue/queue.ts";
import { AiwgError, isAiwgError, messageOf } from "../core/errors.ts";
import { issuesOf } from "../core/json.ts";
import { ends } from "../core/text.ts";
import { type DispatchBody, dispatchBodySchema } from "../mission/wire/dispatch.ts";
import { afterReader } from "./after.ts";
import { circlesAmong } from "./circles.ts";
import type { Cli } from "./command.ts";
import { type MissionFlags, missionBody } from "./mission-flags.ts";
import { type LineFault, type MissionLine, readLines } from "./mission-lines.ts";
import { type Filled, fillWorkspace, refuseOddPath } from "./workspace.ts";

/** Missions of a file, each with its line; `label` names the file. */
export type FromFile = {
  readonly label: string;
  readonly missions: readonly (NewMission & { readonly line: number })[];
  /** Missions of an export that had left its queue. */
  readonly passedOver: number;
};

const CIRCLES_SAID = 20;
const IDS_SAID = 6;
const NOTES_SAID = 20;
// What a line says may be long, and stands in what is wrong with it.
const FAULT_SHOWN = 400;

const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

/** The error that names every fault as `FILE:line`. */
function badFile(label: string, faults: readonly LineFault[], code: AiwgError["code"]): AiwgError {
  const lines = new Set(faults.map(({ line }) => line)).size;
  return new AiwgError(code, `${many(lines, "line")} of ${label} cannot be queued, so nothing was`, {
    issues: faults.toSorted((a, b) => a.line - b.line).map(({ line, message }) => ({ pointer: `${label}:${line}`, message: ends(message, FAULT_SHOWN) })),
    // Of the others the table of codes says what to do.
    ...(code === "usage" ? { hint: "See docs/cli.md for what a line may say." } : {}),
  });
}

function circleFaults(bodies: ReadonlyMap<string, { readonly line: number; readonly after: readonly string[] }>): LineFault[] {
  const waitsFor = new Map([...bodies].map(([id, { after }]) => [id, after]));
  return circlesAmong(waitsFor, CIRCLES_SAID).map((circle) => {
    const said = circle.length > IDS_SAID ? [...circle.slice(0, IDS_SAID - 1), `… ${circle.length - IDS_SAID} more …`, circle.at(-1)] : circle;
    return { line: bodies.get(circle[0] ?? "")?.line ?? 0, message: `missions wait for each other: ${said.join(" → ")}` };
  });
}

// What aiwg itself fills in stays as it was when the same mission was queued first: HEAD may have moved on since.
function sameBase(workspace: Filled["workspace"], earlier: DispatchBody | undefined, flags: MissionFlags): Filled["workspace"] {
  if (!workspace || flags.base !== undefined || !earlier?.workspace) return workspace;
  return JSON.stringify(earlier.workspace.repo) === JSON.stringify(workspace.repo) ? { ...workspace, base: earlier.workspace.base } : workspace;
}

/** Reads the lines of a text; flags typed beside them are their defaults. Nothing is queued yet. Throws what names every fault: `usage`, or `dependency_cycle` where circles are all. */
export async function missionsOfText(cli: Cli, queue: Queue, label: string, text: string, defaults: MissionFlags): Promise<FromFile> {
  const { root, id: project } = await cli.project();
  refuseOddPath(root, "project");
  const config = await cli.config();
  const { lines, faults: unread, passedOver } = readLines(text);
  const faults = [...unread];
  const notes = new Map<string, number>();
  const places = new Map<string, Promise<Filled>>();
  const readAfter = afterReader(cli, queue, new Set(lines.flatMap(({ members: { mission_id } }) => (typeof mission_id === "string" ? [mission_id] : []))));
  // Thousands of lines name few repositories; git is asked once for each.
  const placeOf = ({ repo, noRepo, base }: MissionFlags): Promise<Filled> => {
    const key = JSON.stringify([repo ?? null, noRepo, base ?? null]);
    const place = places.get(key) ?? fillWorkspace({ repo, noRepo, base }, cli.cwd);
    places.set(key, place);
    return place;
  };

  async function bodyOf({ number, objective, flags: own, members, whole }: MissionLine): Promise<NewMission["body"]> {
    if (whole) return { ...members, objective };
    const flags = { ...defaults, ...own };
    const { mission_id } = members;
    const earlier = typeof mission_id === "string" ? queue.body(mission_id) : own.requestId === undefined ? undefined : queue.requested(project, own.requestId);
    const filled = members["workspace"] === undefined ? (await placeOf(flags)).workspace : undefined;
    const after = await Promise.all((flags.after ?? []).map((typed) => readAfter(typed, earlier?.after ?? [])));
    for (const { note } of after) if (note !== undefined && !notes.has(note)) notes.set(note, number);
    return { ...missionBody(objective, { ...flags, after: after.map(({ id }) => id) }, config, sameBase(filled, earlier, flags)), ...members };
  }

  const missions: FromFile["missions"][number][] = [];
  const named = new Map<string, { readonly line: number; readonly after: readonly string[] }>();
  for (const line of lines) {
    const say = (message: string): void => void faults.push({ line: line.number, message });
    try {
      const body = await bodyOf(line);
      const parsed = dispatchBodySchema.safeParse({ ...body, mission_id: body.mission_id ?? "m-1" });
      const fault = textFault(JSON.stringify(body));
      if (fault) say(fault.message);
      if (!parsed.success) for (const { pointer, message } of issuesOf(parsed.error)) say(`${pointer.slice(1)}: ${message}`);
      else {
        if (body.mission_id !== undefined) named.set(body.mission_id, { line: line.number, after: parsed.data.after ?? [] });
        const { requestId } = line.flags;
        missions.push({ line: line.number, body, ...(requestId === undefined ? {} : { requestId }) });
      }
    } catch (error) {
      if (!isAiwgError(error)) throw error;
      say(messageOf(error));
    }
  }
  const circles = circleFaults(named);
  if (faults.length + circles.length > 0) throw badFile(label, [...faults, ...circles], faults.length === 0 ? "dependency_cycle" : "usage");
  for (const place of places.values()) for (const note of (await place).notes) cli.ui.warn(note);
  for (const [note, line] of [...notes].slice(0, NOTES_SAID)) cli.ui.warn(`${label}:${line}: ${note}`);
  if (notes.size > NOTES_SAID) cli.ui.warn(`… and ${notes.size - NOTES_SAID} more of this kind`);
  return { label, missions, passedOver };
}

/** Queues them all or none. Throws what the queue says, by file and line. */
export async function enqueueFile(cli: Cli, queue: Queue, session: string | undefined, { label, missions }: FromFile): Promise<Enqueued[]> {
  if (missions.length === 0) return [];
  const { id, name } = await cli.project();
  try {
    return queue.enqueue({ project: { id, name }, ...(session === undefined ? {} : { session }), missions });
  } catch (error) {
    if (!isAiwgError(error) || error.issues.length === 0) throw error;
    const faults = error.issues.map(({ pointer, message }) => ({ line: missions[Number(/^\/missions\/(\d+)/.exec(pointer)?.[1])]?.line ?? 0, message }));
    throw faults.every(({ line }) => line > 0) ? badFile(label, faults, error.code) : error;
  }
}
