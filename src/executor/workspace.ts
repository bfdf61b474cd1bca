// The isolated folder an attempt works in (contract §6): made, re-used, and its result committed and brought back.
// Must not know the link, agents or checks.
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { AiwgError, messageOf } from "../core/errors.ts";
import { makePrivateDir, readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import type { WorkspaceSpec } from "../mission/wire/dispatch.ts";
import { createGit, type Git, gitOr } from "./git.ts";
import { restoreRepo, snapshotRepo } from "./repo-guard.ts";
import { changedPaths, stage, withSideTree } from "./side-tree.ts";
import { pinOf, resultBranch, workspaceName } from "./workspace-name.ts";
import { type Origin, readRecord, scratchDir, type WorkspaceDirs, writeRecord } from "./workspace-record.ts";
import { bringIncluded, isInside } from "./worktree-include.ts";

/** Where the result lies. `commit` is the base's if nothing was changed. */
export type Result = { readonly branch: string; readonly commit: string };

export type Workspace = {
  readonly root: string;
  /** The folder to work in, checked anew: it may be replaced by a link at any time. */
  cwd(): string;
  /** Commits what is there to the result branch and fetches it back; null without a repository. No process of the run may live. */
  keep(message: string): Promise<Result | null>;
  /** Commits the same to the branch in the source and leaves the workspace as it is, git included; null without a source. */
  save(message: string): Promise<Result | null>;
  /** What is to be said of how it was made. */
  readonly notes: readonly string[];
};

export type WorkspaceRequest = {
  readonly missionId: string;
  readonly attempt: number;
  readonly spec: WorkspaceSpec | null;
  /** A workspace of an earlier attempt, as serve gave it back. */
  readonly resume: string | null;
  /** Names of the secrets that its agents will have. */
  readonly secrets: readonly string[];
};

export type GitAccess = { readonly env: Readonly<Record<string, string>>; readonly signal?: AbortSignal };

const failed = (message: string, cause?: unknown): AiwgError => new AiwgError("workspace_failed", message, cause === undefined ? {} : { cause });

function reusable(dirs: WorkspaceDirs, path: string | null): string | undefined {
  if (path === null || !existsSync(path)) return undefined;
  const real = realpathSync(path);
  // Only a direct child of ours: serve's word is not enough to work anywhere else.
  return relative(realpathSync(dirs.workspaces), real).split(sep).length === 1 && isInside(realpathSync(dirs.workspaces), real) && statSync(real).isDirectory()
    ? real
    : undefined;
}

function freshFolder(dirs: WorkspaceDirs, name: string, attempt: number): string {
  const root = join(realpathSync(dirs.workspaces), name);
  if (!existsSync(root)) return root;
  // What an earlier attempt left there is kept.
  for (let i = 0; ; i++) {
    const next = `${root}.${attempt}${i === 0 ? "" : `-${i}`}`;
    if (!existsSync(next)) return next;
  }
}

/** The git folder of a repository of this host, by any path inside it. Throws workspace_failed with git's words. */
export async function sourceOf(git: Git, path: string): Promise<string> {
  if (!existsSync(path)) throw failed(`the repository ${path} does not exist on this host`);
  return (await git(path, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
}

async function commitOf(git: Git, cwd: string, revision: string, what: string): Promise<string> {
  try {
    return (await git(cwd, ["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`])).trim();
  } catch (error) {
    throw failed(`${what}: ${messageOf(error)}`, error);
  }
}

const FETCH = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
const CLONE = ["clone", "--quiet", "--no-checkout", "--template=", "--config", "core.hooksPath=/dev/null", "--config", "core.fsmonitor=false"];

async function cloneLocal(git: Git, root: string, name: string, path: string, spec: WorkspaceSpec, isResumed: boolean): Promise<Origin> {
  const source = await sourceOf(git, path);
  const wanted = spec.base ?? spec.branch;
  const base = wanted
    ? await commitOf(git, source, wanted, `the base ${wanted} is not a commit of ${path}`)
    : await commitOf(git, source, "HEAD", `the repository ${path} has no commits`);
  // The clone borrows the source's objects: the base must not be collected there.
  await git(source, ["update-ref", pinOf(resultBranch(name)), base]);
  await git(source, [...CLONE, "--shared", "--", source, root]);
  const branch = resultBranch(name);
  const kept = isResumed ? await gitOr(git, source, ["rev-parse", "--verify", `refs/heads/${branch}^{commit}`]) : undefined;
  await git(root, ["checkout", "--quiet", "-B", branch, kept ?? base, "--"]);
  return { source, base, branch, snapshot: snapshotRepo(root), brought: [] };
}

async function cloneUrl(git: Git, root: string, cwd: string, name: string, url: string, spec: WorkspaceSpec): Promise<Origin> {
  await git(cwd, [...CLONE, "--", url, root]);
  const wanted = spec.base ?? spec.branch ?? "HEAD";
  const remote = await gitOr(git, root, ["rev-parse", "--verify", "--end-of-options", `refs/remotes/origin/${wanted}^{commit}`]);
  const base = remote ?? (await commitOf(git, root, wanted, `the base ${wanted} is not a commit of ${url}`));
  const branch = resultBranch(name);
  await git(root, ["checkout", "--quiet", "-B", branch, base, "--"]);
  return { source: null, base, branch, snapshot: snapshotRepo(root), brought: [] };
}

async function commitAll(git: Git, root: string, origin: Origin, message: string): Promise<string> {
  const head = (await gitOr(git, root, ["rev-parse", "--verify", "HEAD^{commit}"])) ?? origin.base;
  // The agent's index may hold anything (conflicts, hidden files): it is set aside, and what lies in the folder counts.
  await git(root, ["read-tree", "--reset", head]);
  await stage(git, root, await changedPaths(git, root, origin.brought));
  const tree = (await git(root, ["write-tree"])).trim();
  const before = (await git(root, ["rev-parse", "--verify", `${head}^{tree}`])).trim();
  const commit = tree === before ? head : (await git(root, ["commit-tree", tree, "-p", head, "-F", "-"], message)).trim();
  await git(root, ["update-ref", "--no-deref", `refs/heads/${origin.branch}`, commit]);
  await git(root, ["symbolic-ref", "HEAD", `refs/heads/${origin.branch}`]);
  return commit;
}

async function keep(git: Git, root: string, origin: Origin, message: string): Promise<Result> {
  restoreRepo(root, origin.snapshot);
  const commit = await commitAll(git, root, origin, message);
  if (origin.source !== null) {
    const ref = `refs/heads/${origin.branch}`;
    await git(origin.source, [...FETCH, root, `+${ref}:${ref}`]);
    // The branch holds the base now. git would take refs/aiwg/x for "aiwg/x" before the branch of that name.
    await gitOr(git, origin.source, ["update-ref", "-d", pinOf(origin.branch)]);
  }
  return { branch: origin.branch, commit };
}

async function save(root: string, origin: Origin, message: string, dir: string, env: GitAccess["env"]): Promise<Result | null> {
  const { source, branch } = origin;
  if (source === null) return null;
  const ref = `refs/heads/${branch}`;
  return withSideTree(root, origin, { env, dir }, async ({ git, folder, tree }) => {
    const plain = createGit(env);
    const parent = (await gitOr(plain, source, ["rev-parse", "--verify", `${ref}^{commit}`])) ?? origin.base;
    const before = (await plain(source, ["rev-parse", "--verify", `${parent}^{tree}`])).trim();
    const commit = tree === before ? parent : (await git(folder, ["commit-tree", tree, "-p", parent, "-F", "-"], message)).trim();
    await git(folder, ["update-ref", ref, commit]);
    await plain(source, [...FETCH, folder, `+${ref}:${ref}`]);
    return { branch, commit };
  });
}

// So that neither git status nor an agent's git add takes them for its work.
function hideBrought(root: string, paths: readonly string[]): void {
  const file = join(root, ".git", "info", "exclude");
  const lines = paths.map((path) => `/${path.replaceAll(/[\\*?[\]!# ]/g, String.raw`\$&`)}\n`);
  writeFileAtomic(file, `${readIfExists(file) ?? ""}${lines.join("")}`, 0o644);
}

/** Makes the mission's workspace, or opens the one it is resumed in. Throws workspace_failed. */
export async function openWorkspace(request: WorkspaceRequest, dirs: WorkspaceDirs, access: GitAccess): Promise<Workspace> {
  makePrivateDir(dirs.workspaces);
  const git = createGit(access.env, access.signal);
  const name = workspaceName(request.missionId);
  const { spec } = request;
  const kept = reusable(dirs, request.resume);
  const known = kept === undefined ? null : (readRecord(dirs, kept)?.origin ?? null);
  // A clone of which we do not know how we made it is not safe to use git in.
  const again = spec && known === null ? undefined : kept;
  const root = again ?? freshFolder(dirs, name, request.attempt);
  let origin = again === undefined ? null : known;
  const notes: string[] = [];
  if (again === undefined && spec) {
    const { repo } = spec;
    origin =
      "path" in repo
        ? await cloneLocal(git, root, name, repo.path, spec, request.resume !== null)
        : await cloneUrl(git, root, realpathSync(dirs.workspaces), name, repo.url, spec);
    if ("path" in repo) {
      const brought = await bringIncluded(git, repo.path, root, { consent: dirs.consent, dir: scratchDir(dirs) });
      if (brought.note !== null) notes.push(brought.note);
      if (brought.paths.length > 0) hideBrought(root, brought.paths);
      origin = { ...origin, brought: [...brought.paths] };
    }
  } else if (again === undefined) mkdirSync(root, { mode: 0o700 });

  writeRecord(dirs, root, { mission: request.missionId, secrets: [...request.secrets], origin });

  const cwd = (): string => {
    const path = join(root, spec?.subdir ?? "");
    if (!existsSync(path) || !statSync(path).isDirectory()) throw failed(`the folder ${spec?.subdir ?? "."} does not exist in the workspace`);
    if (!isInside(realpathSync(root), realpathSync(path))) throw failed(`the folder ${spec?.subdir ?? "."} leads out of the workspace`);
    return path;
  };
  cwd();
  const made = origin;
  // Keeping is never cut short by the signal that ended the run.
  return {
    root,
    cwd,
    notes,
    keep: async (message) => (made === null ? null : keep(createGit(access.env), root, made, message)),
    save: async (message) => (made === null ? null : save(root, made, message, scratchDir(dirs), access.env)),
  };
}
