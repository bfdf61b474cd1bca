// Makes a workspace's .git safe to use after an agent had it: config and alternates as they were when we made it, nothing
// that redirects git elsewhere. The agent is hostile: filters, fsmonitor, includes would run in our name. Must not run git.
import { lstatSync, readFileSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { readIfExists, writeFileAtomic } from "../core/node/fs.ts";

/** What of .git was ours when the workspace was made. */
export type RepoSnapshot = { readonly config: string; readonly alternates: string | null };

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Reads the snapshot of a repository that no agent has touched yet. */
export function snapshotRepo(workspace: string): RepoSnapshot {
  return {
    config: readFileSync(join(workspace, ".git", "config"), "utf8"),
    alternates: readIfExists(join(workspace, ".git", "objects", "info", "alternates")) ?? null,
  };
}

function requireFolder(path: string): void {
  if (!statOf(path)?.isDirectory())
    throw new AiwgError("workspace_failed", `${path} is not a folder any more: the agent replaced it; nothing of it is executed or committed`);
}

// Files by which git finds further config, repositories, attributes or history; none of them is there in our clones.
const REDIRECTS = [
  "commondir",
  "config.worktree",
  "gitdir",
  "info/attributes",
  "info/grafts",
  "info/sparse-checkout",
  "index.lock",
  "HEAD.lock",
  "config.lock",
];

/** Restores the snapshot. Throws workspace_failed if .git is no longer a repository of its own. Call with no process of the run alive. */
export function restoreRepo(workspace: string, snapshot: RepoSnapshot): void {
  const git = join(workspace, ".git");
  for (const folder of ["", "objects", "refs"]) requireFolder(join(git, folder));
  // A link would make the writes and deletions below happen elsewhere.
  for (const folder of ["info", "objects/info"]) if (statOf(join(git, folder))?.isDirectory() === false) rmSync(join(git, folder), { force: true });
  for (const name of REDIRECTS) rmSync(join(git, name), { recursive: true, force: true });
  if (statOf(join(git, "config"))?.isDirectory()) rmSync(join(git, "config"), { recursive: true });
  writeFileAtomic(join(git, "config"), snapshot.config, 0o644);
  const alternates = join(git, "objects", "info", "alternates");
  rmSync(alternates, { recursive: true, force: true });
  if (snapshot.alternates !== null) writeFileAtomic(alternates, snapshot.alternates, 0o644);
}
