// What we must remember of each workspace, kept where no agent works: how it was made, of which mission, what was brought in.
// Must not run git.
import { existsSync, lstatSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { parseJson } from "../core/json.ts";
import { readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import { workspaceName } from "./workspace-name.ts";

export type WorkspaceDirs = {
  readonly executor: string;
  readonly workspaces: string;
  /** The user's consent.json; without it nobody agreed to anything. */
  readonly consent?: string;
};

/** Folder for what is needed for a moment only. */
export const scratchDir = (dirs: WorkspaceDirs): string => join(dirs.executor, "tmp");

/** Our own copy of a repository that the workspace `name` was given by URL. */
export const mirrorDir = (dirs: WorkspaceDirs, name: string): string => join(dirs.executor, "mirrors", `${name}.git`);

const originSchema = z.object({
  /** The git folder to bring results back to; null where the repository was given by URL. */
  source: z.string().nullable(),
  /** The commit that the work began from. */
  base: z.string(),
  branch: z.string(),
  /** Our own copy of a repository given by URL, which no agent works in. */
  mirror: z.string().nullable().default(null),
  /** Files that .worktreeinclude brought in: never committed or shown. */
  brought: z.array(z.string()).default([]),
});
/** How a clone was made. */
export type Origin = z.output<typeof originSchema>;

const recordSchema = z.object({
  mission: z.string(),
  /** Names of the secrets that its agents had. */
  secrets: z.array(z.string()),
  origin: originSchema.nullable(),
});
/** `origin` is null for a plain folder. */
export type WorkspaceRecord = z.output<typeof recordSchema>;

const fileOf = (dirs: WorkspaceDirs, root: string): string => join(dirs.executor, "origins", `${relative(realDir(dirs), root)}.json`);
const realDir = (dirs: WorkspaceDirs): string => (existsSync(dirs.workspaces) ? realpathSync(dirs.workspaces) : dirs.workspaces);

/** The record of the workspace at `root` (a real path); undefined if we do not know how it was made. */
export function readRecord(dirs: WorkspaceDirs, root: string): WorkspaceRecord | undefined {
  return recordSchema.safeParse(parseJson(readIfExists(fileOf(dirs, root)) ?? "")?.value).data;
}

/** Writes the record; its time is when the workspace was last used. */
export function writeRecord(dirs: WorkspaceDirs, root: string, record: WorkspaceRecord): void {
  writeFileAtomic(fileOf(dirs, root), JSON.stringify(record));
}

export function removeRecord(dirs: WorkspaceDirs, root: string): void {
  rmSync(fileOf(dirs, root), { force: true });
}

/** When the workspace was last opened for an attempt, in ms; its folder's time if there is no record. */
export function lastUsed(dirs: WorkspaceDirs, root: string): number {
  const file = fileOf(dirs, root);
  return statSync(existsSync(file) ? file : root).mtimeMs;
}

/** Every workspace folder, by real path. A link is none of ours. */
export function workspaceRoots(dirs: WorkspaceDirs): string[] {
  if (!existsSync(dirs.workspaces)) return [];
  const parent = realpathSync(dirs.workspaces);
  return readdirSync(parent)
    .filter((name) => !name.startsWith("."))
    .map((name) => join(parent, name))
    .filter((root) => lstatSync(root, { throwIfNoEntry: false })?.isDirectory() === true)
    .toSorted();
}

/** The workspace that a mission used last, if it is still there. */
export function workspaceOf(dirs: WorkspaceDirs, missionId: string): { readonly root: string; readonly record: WorkspaceRecord } | undefined {
  const name = workspaceName(missionId);
  return workspaceRoots(dirs)
    .filter((root) => root.endsWith(`/${name}`) || root.includes(`/${name}.`))
    .flatMap((root) => {
      const record = readRecord(dirs, root);
      return record?.mission === missionId ? [{ root, record }] : [];
    })
    .toSorted((a, b) => lastUsed(dirs, b.root) - lastUsed(dirs, a.root))[0];
}
