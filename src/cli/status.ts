// Missions with state and reason: rows of the queue, and over them what serve says now of those it has (the mirror is only
// as fresh as the bridge, and an end raises the fence once more). Must not print.
import { isAiwgError, messageOf } from "../core/errors.ts";
import type { QueueReader, QueueState, QueuedMission } from "../bridge/queue/queue.ts";
import { TERMINAL_STATES } from "../mission/model.ts";
import type { Mission, MissionResult } from "../client/api.ts";
import { type Connection, connectionOf } from "../client/call.ts";
import { readMission, readMissionPage } from "../client/read-missions.ts";
import type { Cli } from "./command.ts";
import { LIVE_STATES, isEnded, isUnsent } from "./outcome.ts";
import { serveHere } from "./serve-door.ts";
import { findSubject } from "./subject.ts";

/** One mission of `mc status --json`; members are public API. */
export type StatusRow = {
  readonly id: string;
  readonly session_id: string;
  readonly state: QueueState;
  readonly reason: string;
  /** The fence, as everything named so: it grows when a run begins and when it ends. */
  readonly attempt: number;
  readonly executor_id: string | null;
  readonly objective: string;
  readonly priority: string;
  readonly abort_requested: boolean;
  readonly verified: boolean | null;
  readonly result: MissionResult | null;
  /** Serve has it in its archive: it cannot be retried. */
  readonly archived?: true;
  readonly created_at: string;
  readonly updated_at: string;
};
export type Status = { readonly session: string | null; readonly counts: Readonly<Record<string, number>>; readonly missions: readonly StatusRow[] };

const PAGE = 500;
const ONE_BY_ONE = 8;

type Told = Omit<StatusRow, "id" | "verified" | "result" | "archived"> & {
  readonly mission_id: string;
  readonly result?: MissionResult | null | undefined;
  readonly archived?: true | undefined;
};

/** One shape for what the queue and what serve say of a mission. */
function rowOf(told: Told): StatusRow {
  const { mission_id: id, session_id, state, reason, attempt, executor_id, objective, priority, abort_requested, created_at, updated_at } = told;
  const result = told.result ?? null;
  const verified = result?.verified ?? null;
  const row = { id, session_id, state, reason, attempt, executor_id, objective, priority, abort_requested, verified, result, created_at, updated_at };
  return told.archived ? { ...row, archived: true } : row;
}

type Filter = { readonly session?: string | undefined; readonly project?: string | undefined };

// The newest of those states, about `most` of them.
async function newestAt(serve: Connection, filter: Filter, state: typeof LIVE_STATES | typeof TERMINAL_STATES, most: number): Promise<Map<string, Mission>> {
  const found = new Map<string, Mission>();
  let cursor: string | undefined;
  while (found.size < most) {
    const page = await readMissionPage(serve, { ...filter, state, sort: "-created", limit: Math.min(PAGE, most), cursor });
    for (const mission of page.missions) found.set(mission.mission_id, mission);
    cursor = page.next_cursor ?? undefined;
    if (cursor === undefined) break;
  }
  return found;
}

const isMissing = (error: unknown): boolean => isAiwgError(error) && error.code === "not_found";

async function each(serve: Connection, ids: readonly string[]): Promise<Mission[]> {
  const found = await Promise.all(
    ids.map((id) =>
      readMission(serve, id).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((mission) => mission !== undefined);
}

// What serve has of these rows. One that it does not know (kept no longer, of another serve) is simply not there. As many of a
// kind are asked for as the mirror knows: for one more of a rare kind serve would look through all that it has.
async function knownAt(serve: Connection, filter: Filter, rows: readonly QueuedMission[]): Promise<Map<string, Mission>> {
  const ids = rows.map((row) => row.mission_id);
  const known = new Map<string, Mission>();
  const take = (missions: Iterable<Mission>): void => {
    for (const mission of missions) known.set(mission.mission_id, mission);
  };
  if (rows.length > ONE_BY_ONE) {
    const ended = rows.filter((row) => isEnded(row.state)).length;
    const pages = await Promise.all([newestAt(serve, filter, LIVE_STATES, rows.length - ended), newestAt(serve, filter, TERMINAL_STATES, ended)]);
    for (const page of pages) take(page.values());
  }
  // Ended since the mirror was written, or beside missions of another queue.
  const rest = ids.filter((id) => !known.has(id));
  take(rest.length > ONE_BY_ONE ? (await newestAt(serve, filter, TERMINAL_STATES, rest.length)).values() : await each(serve, rest));
  // Lists leave out the archive; of what is offered to be retried it has to be known.
  const failed = rows.find((row) => row.state === "failed")?.mission_id;
  if (failed !== undefined && rest.length > ONE_BY_ONE && !known.has(failed)) take(await each(serve, [failed]));
  return known;
}

/** The status that `name` (a session, a mission, or the whole project) asks for; `note` says why serve was not asked. */
export async function readStatus(
  cli: Cli,
  queue: QueueReader,
  name: string | undefined,
  limit: number,
): Promise<{ readonly status: Status; readonly note: string | undefined }> {
  const project = (await cli.project()).id;
  const subject = name === undefined ? undefined : await findSubject(cli, queue, name);
  if (subject?.kind === "mission" && !subject.row && subject.mission) {
    const only = rowOf(subject.mission);
    return { status: { session: only.session_id, counts: { [only.state]: 1 }, missions: [only] }, note: undefined };
  }
  const session = subject?.kind === "session" ? subject.id : subject?.kind === "mission" ? (subject.row?.session_id ?? null) : null;
  const filter = subject?.kind === "session" ? { session: subject.id } : { project };
  const rows = subject?.kind === "mission" ? (subject.row ? [subject.row] : []) : queue.missions({ ...filter, limit });
  const counts: Record<string, number> = subject?.kind === "mission" ? Object.fromEntries(rows.map((row) => [row.state, 1])) : { ...queue.counts(filter) };

  // One that was imported, or ended before it left, is no serve's to know.
  const accepted = rows.filter((row) => !isUnsent(row.state) && row.serve_id !== null);
  const meant = accepted.length === 0 ? undefined : await serveHere(cli);
  let fault = meant && "fault" in meant ? meant.fault : undefined;
  let known = new Map<string, Mission>();
  if (meant && "url" in meant) {
    // Only where serve is asked: it brings node:http along.
    const { keepAlive } = await import("../bridge/keep-alive.ts");
    const { send, close } = keepAlive(ONE_BY_ONE, cli.clock);
    try {
      known = await knownAt(connectionOf({ url: meant.url, token: meant.token, send }), filter, accepted);
    } catch (error) {
      fault = messageOf(error);
    } finally {
      close();
    }
  }
  // What has ended stays as it is, so the queue's word is as good.
  const note = accepted.every((row) => isEnded(row.state)) ? undefined : fault;
  const missions = rows.map((row) => {
    const fresh = known.get(row.mission_id);
    if (!fresh || fresh.seq < row.seq) return rowOf(row);
    if (fresh.state !== row.state) {
      counts[row.state] = (counts[row.state] ?? 1) - 1;
      counts[fresh.state] = (counts[fresh.state] ?? 0) + 1;
    }
    return { ...rowOf(fresh), created_at: row.created_at };
  });
  return { status: { session, counts: Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)), missions }, note };
}
