// What `mc clean` may take away: workspaces and logs of missions that have ended, and rows of them. A plan first, as a value;
// nothing that an open mission needs is ever in it. Must not ask or print.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "../client/client.ts";
import type { Queue } from "../bridge/queue/queue.ts";
import { openRuns } from "../executor/open-runs.ts";
import { type WorkspaceInfo, listWorkspaces } from "../executor/workspace-list.ts";
import { workspaceName } from "../executor/workspace-name.ts";
import type { Cli } from "./command.ts";
import { LIVE_STATES, isEnded } from "./outcome.ts";
import { tryServe } from "./serve-door.ts";
import { isCode } from "./steer.ts";

export type WorkspacePlan = {
  readonly name: string;
  readonly mission_id: string | null;
  readonly bytes: number;
  readonly last_used_at: number;
  /** Why it stays; null: it may go. */
  readonly kept: string | null;
};
export type LogPlan = { readonly path: string; readonly bytes: number };

export type CleaningInput = { readonly endedBefore: number; /** Also workspaces with work that is nowhere else. */ readonly uncommitted: boolean };

type Standing = "open" | "ended" | "unknown" | "unanswered";

/** Tells for a mission whether it may still need what it left: the queue first, then serve. Each is asked for once. */
function standings(queue: Queue | undefined, client: Client | undefined): (missionId: string) => Promise<Standing> {
  const known = new Map<string, Promise<Standing>>();
  async function ask(id: string): Promise<Standing> {
    const row = queue?.mission(id);
    if (row && isEnded(row.state)) return "ended";
    if (!client) return row ? "open" : "unanswered";
    try {
      return isEnded((await client.mission(id)).state) ? "ended" : "open";
    } catch (error) {
      if (isCode(error, "not_found")) return row ? "open" : "unknown";
      if (isCode(error, "unreachable")) return row ? "open" : "unanswered";
      throw error;
    }
  }
  return (id) => {
    const asked = known.get(id) ?? ask(id);
    known.set(id, asked);
    return asked;
  };
}

const WHY: Readonly<Partial<Record<Standing, string>>> = {
  open: "its mission has not ended",
  unanswered: "serve cannot be asked whether its mission has ended",
};

function keptWork({ isUncommitted, mission }: WorkspaceInfo, uncommitted: boolean): string | null {
  if (uncommitted || isUncommitted === false) return null;
  if (mission === null) return "nobody knows how it came to be; --uncommitted takes it too";
  return isUncommitted ? "holds work that is nowhere else; --uncommitted takes it too" : "cannot be read; --uncommitted takes it too";
}

/** All workspaces, each with the reason for which it stays, if it does. */
export async function planWorkspaces(cli: Cli, queue: Queue | undefined, { endedBefore, uncommitted }: CleaningInput): Promise<WorkspacePlan[]> {
  const door = await tryServe(cli);
  const standing = standings(queue, "client" in door ? door.client : undefined);
  const plans: WorkspacePlan[] = [];
  for (const info of await listWorkspaces(cli.places, cli.env)) {
    const { name, mission, bytes, lastUsedAt } = info;
    const reason = info.isOpen
      ? "a run works in it"
      : ((mission === null ? undefined : WHY[await standing(mission)]) ?? (lastUsedAt >= endedBefore ? "used too recently" : keptWork(info, uncommitted)));
    plans.push({ name, mission_id: mission, bytes, last_used_at: lastUsedAt, kept: reason });
  }
  return plans;
}

/** Log files of runs that nobody needs any more; serve keeps the transcripts. */
export function planLogs(cli: Cli, queue: Queue | undefined, { endedBefore }: Pick<CleaningInput, "endedBefore">): LogPlan[] {
  const { places } = cli;
  const open = queue?.missions({ states: ["pending", "sent", ...LIVE_STATES], limit: 100_000 }) ?? [];
  const needed = new Set([...openRuns(places), ...open].map(({ mission_id }) => workspaceName(mission_id)));
  const ids = join(places.executor, "ids");
  const folders = existsSync(ids) ? readdirSync(ids).flatMap((id) => readdirSync(join(ids, id)).map((key) => join(ids, id, key, "runs"))) : [];
  const files = folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
  const ofRuns = files.filter((path) => !needed.has((path.split("/").at(-1) ?? "").split(".")[0] ?? ""));
  return [...ofRuns, join(places.state, "up.log.1")].flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.mtimeMs < endedBefore ? [{ path, bytes: stat.size }] : [];
  });
}
