// What lies in a workspace as a git tree, made in a repository of our own: the workspace's .git, which an agent may have
// turned against us, is neither used nor changed, and an agent may be at work. Must not know missions.
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { makePrivateDir, writeFileAtomic } from "../core/node/fs.ts";
import { createGit, type Git } from "./git.ts";
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
};

export type SideOptions = {
  readonly env: Readonly<Record<string, string>>;
  /** Folder for the repository, which is removed afterwards. */
  readonly dir: string;
  /** Larger changed files are left out. */
  readonly maxFileBytes?: number;
};

const isLarge = (path: string, max: number): boolean => (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > max;

/** Lists what changed in a work tree against its index, as paths that can be given to update-index. */
export async function changedPaths(git: Git, root: string, brought: readonly string[]): Promise<string[]> {
  const listed = await git(root, ["ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard"]);
  const left = new Set(brought);
  // A folder with its own .git is listed with a slash; committing a pointer to it would keep nothing.
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && !path.endsWith("/") && !left.has(path));
}

/** Stages the paths as they lie in the folder. */
export async function stage(git: Git, root: string, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await git(root, ["update-index", "-z", "--add", "--remove", "--replace", "--stdin"], paths.map((path) => `${path}\0`).join(""));
}

/** Makes the tree and hands it to `use`. `origin` null: a plain folder. Rejects with workspace_failed. */
export async function withSideTree<T>(root: string, origin: Origin | null, options: SideOptions, use: (side: SideTree) => Promise<T>): Promise<T> {
  if (lstatSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) throw new AiwgError("workspace_failed", `${root} is not a folder any more`);
  makePrivateDir(options.dir);
  const folder = mkdtempSync(join(options.dir, "side-"));
  try {
    const format = origin?.base.length === 64 ? ["--object-format=sha256"] : [];
    await createGit(options.env)(options.dir, ["init", "--quiet", "--bare", "--template=", ...format, folder]);
    if (origin) {
      const alternates = origin.snapshot.alternates ?? `${join(root, ".git", "objects")}\n`;
      writeFileAtomic(join(folder, "objects", "info", "alternates"), alternates, 0o600);
    }
    const git = createGit({ ...options.env, GIT_DIR: folder, GIT_WORK_TREE: root });
    await git(root, origin ? ["read-tree", origin.base] : ["read-tree", "--empty"]);
    const base = origin?.base ?? (await git(root, ["write-tree"])).trim();
    const paths = await changedPaths(git, root, origin?.brought ?? []);
    const leftOut = options.maxFileBytes === undefined ? [] : paths.filter((path) => isLarge(join(root, path), options.maxFileBytes ?? Infinity));
    const large = new Set(leftOut);
    await stage(
      git,
      root,
      paths.filter((path) => !large.has(path)),
    );
    return await use({ git, folder, base, tree: (await git(root, ["write-tree"])).trim(), leftOut });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
