// Commits what lies in a workspace and brings it where results are kept, all in a repository of our own: the agent's .git is
// only read, and never by git itself. Must not know the link, agents or checks.
import { oneLine } from "../core/text.ts";
import { takeHistory } from "./agent-history.ts";
import { createGit, gitOr, LOCAL_MS } from "./git.ts";
import { type SideOptions, type SideTree, withSideTree } from "./side-tree.ts";
import { pinOf } from "./workspace-name.ts";
import type { Origin } from "./workspace-record.ts";

/** Where the result lies. `commit` is the base's if nothing was changed. */
export type Result = { readonly branch: string; readonly commit: string };
/** A result, and sentences on what people would miss in it. */
export type Kept = Result & { readonly notes: readonly string[] };

export type GitAccess = { readonly env: Readonly<Record<string, string>>; readonly signal?: AbortSignal };

const FETCH = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
const MAX_NAMED = 20;

async function commitTree({ git, folder, tree }: SideTree, parent: string, message: string): Promise<string> {
  const before = (await git(folder, ["rev-parse", "--verify", `${parent}^{tree}`])).trim();
  return tree === before ? parent : (await git(folder, ["commit-tree", tree, "-p", parent, "-F", "-"], message)).trim();
}

function notesOn({ missed, nested }: SideTree, hasHistory: boolean): string[] {
  const named = missed.slice(0, MAX_NAMED).map(({ path, why }) => `not on the branch: ${oneLine(path, 300)} (${why})`);
  if (missed.length > MAX_NAMED) named.push(`not on the branch: ${missed.length - MAX_NAMED} more`);
  const inner = nested.slice(0, MAX_NAMED).map((path) => `on the branch as plain files, without its history: ${oneLine(path, 300)} (a repository of its own)`);
  const history = hasHistory ? [] : ["the agent's own commits could not be read: its work is one commit on the base"];
  return [...named, ...inner, ...history];
}

/** Commits to the result branch, on top of the agent's own commits where they can be had. Rejects with workspace_failed. */
export function keepWork(root: string, origin: Origin, message: string, dir: string, access: GitAccess): Promise<Kept> {
  const { source, mirror, branch } = origin;
  const options: SideOptions = { ...access, dir, isOver: true };
  return withSideTree(root, origin, options, async (side) => {
    const head = await takeHistory(root, origin, side, options);
    const commit = await commitTree(side, head ?? origin.base, message);
    const ref = `refs/heads/${branch}`;
    await side.git(side.folder, ["update-ref", ref, commit]);
    const git = createGit(access.env, { signal: access.signal, timeoutMs: LOCAL_MS });
    if (source !== null) {
      await git(source, [...FETCH, side.folder, `+${ref}:${ref}`]);
      // The branch holds the base now. git would take refs/aiwg/x for "aiwg/x" before the branch of that name.
      await gitOr(git, source, ["update-ref", "-d", pinOf(branch)]);
    } else if (mirror !== null) await git(mirror, [...FETCH, side.folder, `+${ref}:${pinOf(branch)}`]);
    return { branch, commit, notes: notesOn(side, head !== undefined) };
  });
}

/** Commits to the branch in the source, on top of what is there; null without a source. Rejects with workspace_failed. */
export async function saveWork(root: string, origin: Origin, message: string, dir: string, access: GitAccess): Promise<Result | null> {
  const { source, branch } = origin;
  if (source === null) return null;
  const ref = `refs/heads/${branch}`;
  return withSideTree(root, origin, { ...access, dir }, async (side) => {
    const git = createGit(access.env, { signal: access.signal, timeoutMs: LOCAL_MS });
    const parent = (await gitOr(git, source, ["rev-parse", "--verify", `${ref}^{commit}`])) ?? origin.base;
    const commit = await commitTree(side, parent, message);
    await side.git(side.folder, ["update-ref", ref, commit]);
    await git(source, [...FETCH, side.folder, `+${ref}:${ref}`]);
    return { branch, commit };
  });
}
