// Which project a folder belongs to, and what git says of a repository: root, identity, HEAD, whether it is clean.
// Must not write anything, nor know why one asks.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AiwgError, messageOf } from "../errors.ts";
import { oneLine } from "../text.ts";

/** A repository as git sees it. `top` is the work tree, or the repository itself where it is bare. */
export type Repository = { readonly top: string; readonly commonDir: string; readonly bare: boolean };

export type ProjectPlace = {
  /** Nearest parent with `.aiwg/`, else the git root, else the folder. */
  readonly root: string;
  /** The git common dir (one for all worktrees), else the folder: a real path, or its hash where it cannot be an id. */
  readonly id: string;
  readonly name: string;
};

type GitAnswer = { readonly code: number; readonly out: string; readonly error: string };

// A repository must not run code of its own when we merely look, and a surrounding git hook must not redirect us.
const LOOK_ONLY = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks"];
const REDIRECTING = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"];

function git(cwd: string, args: readonly string[]): Promise<GitAnswer> {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  for (const name of REDIRECTING) delete env[name];
  return new Promise((done) => {
    execFile("git", [...LOOK_ONLY, ...args], { cwd, env, maxBuffer: 16 * 1024 * 1024, timeout: 30_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ code, out: stdout.trimEnd(), error: stderr.trim() || (error === null ? "" : messageOf(error)) });
    });
  });
}

/** The repository around `folder`; undefined where there is none. Throws `repo_unusable` where git refuses to look. */
export async function findRepository(folder: string): Promise<Repository | undefined> {
  const common = await git(folder, ["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  if (common.code === -1 && /ENOENT/.test(common.error)) return undefined;
  if (common.code !== 0) {
    if (/not a git repository/i.test(common.error)) return undefined;
    throw new AiwgError("repo_unusable", `git cannot use the repository around ${folder}: ${oneLine(common.error, 300)}`);
  }
  const commonDir = realpathSync(common.out);
  const top = await git(folder, ["rev-parse", "--path-format=absolute", "--show-toplevel"]);
  return top.code === 0 ? { top: realpathSync(top.out), commonDir, bare: false } : { top: commonDir, commonDir, bare: true };
}

function marked(folder: string): string | undefined {
  for (let here = folder; ; here = dirname(here)) {
    if (existsSync(join(here, ".aiwg"))) return here;
    if (dirname(here) === here) return undefined;
  }
}

// Ids on the wire are short and printable; a longer or stranger path is named by its hash.
const idOf = (path: string): string =>
  path.length <= 256 && !/[\u0000-\u001f\u007f]/.test(path) ? path : `path-${createHash("sha256").update(path).digest("hex")}`;

const nameOf = (path: string): string => oneLine(basename(basename(path) === ".git" ? dirname(path) : path).replace(/\.git$/, "") || path, 200);

/** The project around `cwd`. A repository that git refuses to read counts as a plain folder. */
export async function findProject(cwd: string): Promise<ProjectPlace> {
  const folder = realpathSync(cwd);
  const repository = await findRepository(folder).catch(() => undefined);
  const root = marked(folder) ?? (repository && !repository.bare ? repository.top : folder);
  const identity = repository?.commonDir ?? root;
  return { root, id: idOf(identity), name: nameOf(identity) };
}

/** The commit that `ref` (HEAD by default) names now. Throws `repo_unusable` without commits, `usage` for an unknown `ref`. */
export async function resolveCommit(repository: Repository, ref?: string): Promise<string> {
  const answer = await git(repository.top, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref ?? "HEAD"}^{commit}`]);
  if (answer.code === 0) return answer.out;
  if (ref === undefined) {
    throw new AiwgError("repo_unusable", `${repository.top} has no commit yet, so there is nothing to work from`, {
      hint: "Make a first commit, or use --no-repo to work in an empty folder.",
    });
  }
  throw new AiwgError("usage", `--base: ${repository.top} has no commit named "${oneLine(ref, 80)}"`, {
    hint: "Name a branch, tag or commit of that repository.",
  });
}

/** How many paths differ from HEAD, untracked ones included; 0 for a bare repository. */
export async function countDirtyPaths(repository: Repository): Promise<number> {
  if (repository.bare) return 0;
  const answer = await git(repository.top, ["status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules"]);
  return answer.code === 0 ? answer.out.split("\0").filter((entry) => entry !== "").length : 0;
}

/** The repository at or around the folder that a person named; `what` names the flag. Throws `usage` or `repo_unusable`. */
export async function namedRepository(path: string, cwd: string, what: string): Promise<Repository> {
  const folder = resolve(cwd, path);
  if (!existsSync(folder))
    throw new AiwgError("usage", `${what}: there is no ${folder}`, { hint: "Name a local repository, or a URL such as https://host/repo.git." });
  const repository = await findRepository(realpathSync(folder));
  if (repository) return repository;
  throw new AiwgError("repo_unusable", `${what}: ${folder} is not in a git repository`, { hint: "Name a git repository, or use --no-repo." });
}
