// The workspaces of a user as mc clean and doctor see them: what they hold, and their removal. Must not ask or print.
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import type { Env } from "../core/node/paths.ts";
import { gitEnvironment } from "./environment.ts";
import { createGit, gitOr, LOCAL_MS } from "./git.ts";
import { openRuns } from "./open-runs.ts";
import { withSideTree } from "./side-tree.ts";
import { pinOf } from "./workspace-name.ts";
import { lastUsed, mirrorDir, readRecord, removeRecord, scratchDir, type WorkspaceDirs, type WorkspaceRecord, workspaceRoots } from "./workspace-record.ts";

export type WorkspaceInfo = {
  /** Of the folder: what `removeWorkspace` takes. */
  readonly name: string;
  /** Null if we do not know how the folder came to be. */
  readonly mission: string | null;
  readonly path: string;
  readonly bytes: number;
  /** When an attempt last began in it (ms). */
  readonly lastUsedAt: number;
  /** A run works in it, or its executor was killed and has not been back. It cannot be removed. */
  readonly isOpen: boolean;
  readonly branch: string | null;
  /** The repository it was cloned from has the branch; null where there is no such repository on this host. */
  readonly isFetched: boolean | null;
  /** It holds work that is nowhere else; null if that cannot be told. */
  readonly isUncommitted: boolean | null;
};

function bytesOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return stat?.size ?? 0;
  try {
    return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), stat.size);
  } catch {
    return stat.size; // an agent may have closed a folder to us
  }
}

type Held = Pick<WorkspaceInfo, "branch" | "isFetched" | "isUncommitted">;

async function heldIn(root: string, record: WorkspaceRecord | undefined, dirs: WorkspaceDirs, env: Readonly<Record<string, string>>): Promise<Held> {
  if (!record) return { branch: null, isFetched: null, isUncommitted: null };
  const { origin } = record;
  if (!origin) return { branch: null, isFetched: null, isUncommitted: readdirSync(root).length > 0 };
  const { branch, source } = origin;
  const git = createGit(env, { timeoutMs: LOCAL_MS });
  const tip = source === null ? undefined : await gitOr(git, source, ["rev-parse", "--verify", `refs/heads/${branch}^{commit}`]);
  const isFetched = source === null ? null : tip !== undefined;
  try {
    const isUncommitted = await withSideTree(root, origin, { env, dir: scratchDir(dirs) }, async (side) => {
      return (await side.git(side.folder, ["rev-parse", "--verify", `${tip ?? side.base}^{tree}`])).trim() !== side.tree;
    });
    return { branch, isFetched, isUncommitted };
  } catch {
    return { branch, isFetched, isUncommitted: null };
  }
}

/** All workspaces, by name. Reads only; throws where an inbox cannot be read. */
export async function listWorkspaces(dirs: WorkspaceDirs, env: Env): Promise<WorkspaceInfo[]> {
  const open = new Set(openRuns(dirs).map((run) => run.mission_id));
  const list: WorkspaceInfo[] = [];
  for (const root of workspaceRoots(dirs)) {
    const record = readRecord(dirs, root);
    const mission = record?.mission ?? null;
    const isOpen = mission !== null && open.has(mission);
    const held = await heldIn(root, record, dirs, gitEnvironment(env));
    list.push({ name: basename(root), mission, path: root, bytes: bytesOf(root), lastUsedAt: lastUsed(dirs, root), isOpen, ...held });
  }
  return list;
}

// Folders without write permission (module caches) would keep what is in them.
function openFolders(path: string): void {
  if (lstatSync(path).isDirectory() === false) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(join(path, name));
}

function requireClosed(dirs: WorkspaceDirs, name: string, record: WorkspaceRecord | undefined): void {
  const run = openRuns(dirs).find((found) => found.mission_id === record?.mission);
  if (run)
    throw new AiwgError("state_conflict", `workspace ${name} is in use: executor ${run.executorId} has a run of mission ${run.mission_id} that has not ended`);
}

/**
 * Removes a workspace with what we remember of it; the result branch in the repository stays. Throws not_found, and
 * state_conflict while a run of its mission is open in an inbox.
 */
export async function removeWorkspace(dirs: WorkspaceDirs, name: string, env: Env): Promise<void> {
  const root = workspaceRoots(dirs).find((found) => basename(found) === name);
  if (root === undefined) throw new AiwgError("not_found", `there is no workspace ${name}`);
  const record = readRecord(dirs, root);
  requireClosed(dirs, name, record);
  // Away first: a run that begins now makes a new one, or is found by the second look.
  const away = join(dirname(root), `.removed-${name}`);
  rmSync(away, { recursive: true, force: true });
  renameSync(root, away);
  try {
    requireClosed(dirs, name, record);
  } catch (error) {
    renameSync(away, root);
    throw error;
  }
  openFolders(away);
  rmSync(away, { recursive: true, force: true });
  removeRecord(dirs, root);
  const { origin } = record ?? {};
  if (origin && origin.mirror !== null) rmSync(mirrorDir(dirs, name), { recursive: true, force: true });
  if (!origin || origin.source === null) return;
  // Another workspace of the mission may still borrow the base.
  const isShared = workspaceRoots(dirs).some((other) => readRecord(dirs, other)?.mission === record?.mission);
  if (!isShared) await gitOr(createGit(gitEnvironment(env), { timeoutMs: LOCAL_MS }), origin.source, ["update-ref", "-d", pinOf(origin.branch)]);
}
