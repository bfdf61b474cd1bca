// What lies in a work tree, found by ourselves: git would follow an agent's nested repositories and open its FIFOs.
// Paths are byte strings (latin1), since an agent's need not be UTF-8. Must not know missions.
import type { Dirent } from "node:fs";
import { access, constants, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { oneLine } from "../core/text.ts";
import { createGit, type GitOptions, LOCAL_MS } from "./git.ts";

/** A path that cannot be committed, and why, in words that can follow it in brackets. */
export type Missed = { readonly path: string; readonly why: string };

export type WorkTree = {
  /** Files and links that count: tracked ones, and others unless git ignores them. */
  readonly files: ReadonlySet<string>;
  readonly missed: readonly Missed[];
  /** Folders whose content is unknown or another repository's business: what is tracked below them stays as it was. */
  readonly closed: readonly string[];
  /** Folders with a .git of their own. */
  readonly nested: readonly string[];
};

/** The modes of an index by path. */
export type Tracked = ReadonlyMap<string, string>;
export const GITLINK = "160000";

/** The bytes of a path below `root`. */
export const bytesOf = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
/** A path as people read it. */
export const shownPath = (path: string): string => Buffer.from(path, "latin1").toString("utf8");

function parentsOf(paths: Iterable<string>): Set<string> {
  const parents = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const parent = path.slice(0, at);
      if (parents.has(parent)) break;
      parents.add(parent);
    }
  }
  return parents;
}

async function isReadable(path: Buffer): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

async function entriesOf(root: string, folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder === "" ? root : bytesOf(root, folder), { withFileTypes: true, encoding: "latin1" });
  } catch {
    return undefined;
  }
}

/** Files that git opens by itself wherever it finds them: a FIFO among them would hold it up. */
const READ_BY_GIT = new Set([".gitignore", ".gitattributes", ".gitmodules"]);

const isSpecial = (entry: Dirent): boolean => !entry.isFile() && !entry.isDirectory() && !entry.isSymbolicLink();

/**
 * Looks through the work tree at `root`; `env` names it and a repository of ours to git. `isOver`: nobody works in it any more,
 * and a FIFO that would hold git up may be removed. Rejects with workspace_failed.
 */
export async function readWorkTree(
  root: string,
  tracked: Tracked,
  env: Readonly<Record<string, string>>,
  options: Pick<GitOptions, "signal"> & { readonly isOver: boolean },
): Promise<WorkTree> {
  const git = createGit(env, { timeoutMs: LOCAL_MS, signal: options.signal, encoding: "latin1", codes: [0, 1] });
  const trackedFolders = parentsOf(tracked.keys());
  const files = new Set<string>();
  const missed: Missed[] = [];
  const closed: string[] = [];
  const nested: string[] = [];
  for (let level = [""]; level.length > 0;) {
    const found: { readonly path: string; readonly entry: Dirent }[] = [];
    for (const folder of level) {
      const entries = await entriesOf(root, folder);
      if (entries === undefined) {
        missed.push({ path: `${folder}/`, why: "it cannot be read" });
        closed.push(`${folder}/`);
        continue;
      }
      for (const entry of entries) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.name !== ".git") found.push({ path, entry });
        else if (folder !== "") nested.push(`${folder}/`);
      }
    }
    for (const { path, entry } of found) {
      if (!READ_BY_GIT.has(entry.name) || !isSpecial(entry)) continue;
      if (!options.isOver) throw new AiwgError("workspace_failed", `${oneLine(shownPath(path), 200)} is a special file, which git cannot read`);
      await rm(bytesOf(root, path), { force: true });
    }
    const unknown = found.filter(({ path }) => !tracked.has(path)).map(({ path }) => path);
    // One question per depth: what is ignored is not even looked into.
    const answer = unknown.length === 0 ? "" : await git(root, ["check-ignore", "-z", "--stdin"], unknown.map((path) => `${path}\0`).join(""));
    const ignored = new Set(answer.split("\0"));
    level = [];
    for (const { path, entry } of found) {
      const isIgnored = ignored.has(path);
      if (entry.isDirectory()) {
        if (tracked.get(path) === GITLINK) {
          closed.push(`${path}/`);
          if (((await entriesOf(root, path)) ?? []).length > 0) missed.push({ path: `${path}/`, why: "a submodule" });
        } else if (!isIgnored || trackedFolders.has(path)) level.push(path);
      } else if (isIgnored) continue;
      else if (entry.isSymbolicLink()) files.add(path);
      else if (isSpecial(entry)) missed.push({ path, why: "a special file" });
      else if (await isReadable(bytesOf(root, path))) files.add(path);
      else missed.push({ path, why: "it cannot be read" });
    }
  }
  return { files, missed, closed, nested };
}

/** The size of a file in bytes; 0 if it is gone. */
export async function sizeOf(root: string, path: string): Promise<number> {
  try {
    return (await lstat(bytesOf(root, path))).size;
  } catch {
    return 0;
  }
}

/** True if `root` has a folder .git of its own; a link or a file is none. */
export async function hasGitFolder(root: string): Promise<boolean> {
  try {
    return (await lstat(join(root, ".git"))).isDirectory();
  } catch {
    return false;
  }
}
