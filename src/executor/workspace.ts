// The isolated folder an attempt works in (contract §6): made, or re-used, and handed on to be kept.
// Must not know the link, agents or checks.
import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { AiwgError, messageOf } from "../core/errors.ts";
import { makePrivateDir, readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import type { WorkspaceSpec } from "../mission/wire/dispatch.ts";
import { createGit, type Git, gitOr } from "./git.ts";
import { type GitAccess, keepWork, type Kept, type Result, saveWork } from "./workspace-result.ts";
import { pinOf, resultBranch, workspaceName } from "./workspace-name.ts";
import { mirrorDir, type Origin, readRecord, scratchDir, type WorkspaceDirs, writeRecord } from "./workspace-record.ts";
import { bringIncluded, isInside } from "./worktree-include.ts";

export type Workspace = {
  readonly root: string;
  /** The folder to work in, checked anew: it may be replaced by a link at any time. */
  cwd(): string;
  /** Commits what is there to the result branch and fetches it back; null without a repository. No process of the run may live. */
  keep(message: string, access: GitAccess): Promise<Kept | null>;
  /** Commits the same to the branch in the source while an agent may be at work; null without a source. */
  save(message: string, access: GitAccess): Promise<Result | null>;
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

// git's list of borrowed objects is one path a line.
function requireOneLine(path: string): void {
  if (/[\r\n]/.test(path)) throw failed(`the path ${JSON.stringify(path)} has a line break in it, which workspaces cannot be made with`);
}

// A branch of this name and one below it cannot both exist; known before any work is done.
async function requireRoom(git: Git, source: string, path: string): Promise<void> {
  if ((await gitOr(git, source, ["rev-parse", "--verify", "--quiet", "refs/heads/aiwg"])) === undefined) return;
  throw failed(`the repository ${path} has a branch named aiwg, so that results cannot be put on aiwg/<mission>: rename it (git branch -m aiwg another-name)`);
}

const CLONE = ["clone", "--quiet", "--no-checkout", "--template=", "--config", "core.hooksPath=/dev/null", "--config", "core.fsmonitor=false"];

async function cloneLocal(git: Git, root: string, name: string, path: string, spec: WorkspaceSpec, isResumed: boolean): Promise<Origin> {
  requireOneLine(path);
  const source = await sourceOf(git, path);
  requireOneLine(source);
  await requireRoom(git, source, path);
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
  return { source, base, branch, mirror: null, brought: [] };
}

async function cloneUrl(git: Git, root: string, mirror: string, name: string, url: string, spec: WorkspaceSpec): Promise<Origin> {
  rmSync(mirror, { recursive: true, force: true });
  makePrivateDir(dirname(mirror));
  // Apart from the workspace: what the work began from stays whole whatever becomes of the agent's .git.
  await git(dirname(mirror), [...CLONE.filter((flag) => flag !== "--no-checkout"), "--bare", "--", url, mirror]);
  await git(dirname(mirror), [...CLONE, "--shared", "--", mirror, root]);
  await git(root, ["config", "remote.origin.url", url]);
  const wanted = spec.base ?? spec.branch ?? "HEAD";
  const remote = await gitOr(git, root, ["rev-parse", "--verify", "--end-of-options", `refs/remotes/origin/${wanted}^{commit}`]);
  const base = remote ?? (await commitOf(git, root, wanted, `the base ${wanted} is not a commit of ${url}`));
  const branch = resultBranch(name);
  await git(root, ["checkout", "--quiet", "-B", branch, base, "--"]);
  return { source: null, base, branch, mirror, brought: [] };
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
  requireOneLine(realpathSync(dirs.workspaces));
  requireOneLine(dirs.executor);
  const git = createGit(access.env, { signal: access.signal });
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
        : await cloneUrl(git, root, mirrorDir(dirs, basename(root)), name, repo.url, spec);
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
  return {
    root,
    cwd,
    notes,
    keep: async (message, by) => (made === null ? null : keepWork(root, made, message, scratchDir(dirs), by)),
    save: async (message, by) => (made === null ? null : saveWork(root, made, message, scratchDir(dirs), by)),
  };
}
