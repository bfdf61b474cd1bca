// What lies in a workspace as a git tree, made in a repository of our own: the workspace's .git, which an agent may have
// turned against us, is neither used nor changed, and an agent may be at work. Must not know missions.
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { makePrivateDir, writeFileAtomic } from "../core/node/fs.ts";
import { createGit, type Git, LOCAL_MS } from "./git.ts";
import { type Missed, readWorkTree, shownPath, sizeOf, type Tracked } from "./work-tree.ts";
import type { Origin } from "./workspace-record.ts";

export type SideTree = {
  /** git in the repository of our own; also reads the objects that the workspace began from. */
  readonly git: Git;
  readonly folder: string;
  /** What the work began from: a commit, or the empty tree. */
  readonly base: string;
  readonly tree: string;
  /** Changed files that were too large. */
  readonly leftOut: readonly string[];
  /** What lies in the folder and is not in the tree, though nobody ignores it. */
  readonly missed: readonly Missed[];
  /** Folders that are repositories of their own; their files are in the tree. */
  readonly nested: readonly string[];
};

export type SideOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Folder for the repository, which is removed afterwards. */
  readonly dir: string;
  readonly signal?: AbortSignal | undefined;
  /** Larger changed files are left out. */
  readonly maxFileBytes?: number;
  /** Nobody works in the folder any more. */
  readonly isOver?: boolean;
};

/** The folder of the objects that a workspace borrows; the last is for clones of a URL. */
export const objectsOf = (root: string, origin: Origin): string => join(origin.source ?? origin.mirror ?? join(root, ".git"), "objects");

/** Makes an empty repository at `folder` that reads those objects too. */
export async function initBorrowing(git: Git, folder: string, base: string, objects: readonly string[]): Promise<void> {
  const format = base.length === 64 ? ["--object-format=sha256"] : [];
  await git(join(folder, ".."), ["init", "--quiet", "--bare", "--template=", ...format, folder]);
  if (objects.length > 0) writeFileAtomic(join(folder, "objects", "info", "alternates"), objects.map((path) => `${path}\n`).join(""), 0o600);
}

const parts = (text: string): string[] => text.split("\0").filter((part) => part !== "");
const joined = (paths: readonly string[]): string => paths.map((path) => `${path}\0`).join("");

async function trackedIn(git: Git, root: string): Promise<Tracked> {
  return new Map(parts(await git(root, ["ls-files", "-z", "--stage"])).map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, 6)]));
}

type Staged = Pick<SideTree, "leftOut" | "missed" | "nested">;

/** Makes the index hold what lies in the folder. Removals come first: a file may lie where a folder was, and the other way round. */
async function stageAll(git: Git, root: string, brought: readonly string[], env: SideOptions["env"], options: SideOptions): Promise<Staged> {
  const left = new Set(brought.map((path) => Buffer.from(path).toString("latin1")));
  const tracked = await trackedIn(git, root);
  const { files, missed, closed, nested } = await readWorkTree(root, tracked, env, { signal: options.signal, isOver: options.isOver === true });
  const unseen = new Set([...left, ...missed.map(({ path }) => path), ...closed.map((path) => path.slice(0, -1))]);
  const gone = [...tracked.keys()].filter((path) => !files.has(path) && !unseen.has(path) && !closed.some((folder) => path.startsWith(folder)));
  if (gone.length > 0) await git(root, ["update-index", "-z", "--force-remove", "--stdin"], joined(gone));
  const wanted = [...files].filter((path) => !left.has(path));
  const large = new Set<string>();
  const max = options.maxFileBytes;
  if (max !== undefined) for (const path of wanted) if ((await sizeOf(root, path)) > max) large.add(path);
  const given = wanted.filter((path) => !large.has(path));
  if (given.length > 0) await git(root, ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"], joined(given));
  const after = await trackedIn(git, root);
  const refused = given.filter((path) => !after.has(path)).map((path) => ({ path, why: "git does not take it" }));
  const isOther = large.size === 0 ? new Set<string>() : new Set(parts(await git(root, ["diff-files", "-z", "--name-only", "--ignore-submodules=all"])));
  const leftOut = [...large].filter((path) => !after.has(path) || isOther.has(path)).map(shownPath);
  const held = nested.filter((inner) => given.some((path) => path.startsWith(inner)));
  return { leftOut, nested: held.map(shownPath), missed: [...missed, ...refused].map(({ path, why }) => ({ path: shownPath(path), why })) };
}

/** Makes the tree and hands it to `use`. `origin` null: a plain folder. Rejects with workspace_failed. */
export async function withSideTree<T>(root: string, origin: Origin | null, options: SideOptions, use: (side: SideTree) => Promise<T>): Promise<T> {
  if (lstatSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) throw new AiwgError("workspace_failed", `${root} is not a folder any more`);
  makePrivateDir(options.dir);
  const folder = mkdtempSync(join(options.dir, "side-"));
  const bounds = { signal: options.signal, timeoutMs: LOCAL_MS };
  try {
    await initBorrowing(createGit(options.env, bounds), folder, origin?.base ?? "", origin ? [objectsOf(root, origin)] : []);
    const env = { ...options.env, GIT_DIR: folder, GIT_WORK_TREE: root };
    const git = createGit(env, bounds);
    await git(root, origin ? ["read-tree", origin.base] : ["read-tree", "--empty"]);
    const base = origin?.base ?? (await git(root, ["write-tree"])).trim();
    const staged = await stageAll(createGit(env, { ...bounds, encoding: "latin1" }), root, origin?.brought ?? [], env, options);
    return await use({ git, folder, base, tree: (await git(root, ["write-tree"])).trim(), ...staged });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
