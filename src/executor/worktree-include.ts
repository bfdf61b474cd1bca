// .worktreeinclude (contract §6): ignored files of a repository that its workspaces need, such as .env. A repository's own
// word, so it counts only if the user agreed to its content, and never leads out of either root. Must not know missions.
import { createHash } from "node:crypto";
import { constants, copyFileSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { messageOf } from "../core/errors.ts";
import { makePrivateDir } from "../core/node/fs.ts";
import { hasConsent } from "../core/node/consent.ts";
import { type Git, gitOr } from "./git.ts";

export const INCLUDE_FILE = ".worktreeinclude";
const MAX_TEXT = 64 * 1024;
const MAX_FILES = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

export type WorktreeInclude = { readonly project: string; readonly hash: string; readonly text: string };
/** Paths that were copied, relative to the root, and what is to be said of it. */
export type Brought = { readonly paths: readonly string[]; readonly note: string | null };

/** The file of the work tree at `top`, with what a consent to it is known by; undefined if there is none (a link is none). */
export function readWorktreeInclude(top: string): WorktreeInclude | undefined {
  const path = join(top, INCLUDE_FILE);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile() || stat.size > MAX_TEXT) return undefined;
  const text = readFileSync(path, "utf8");
  return { project: realpathSync(top), hash: createHash("sha256").update(text).digest("hex"), text };
}

/** True if `path` is `root` or below it; both must be real paths. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep));
}

async function listed(git: Git, top: string, ...patterns: string[]): Promise<string[]> {
  return (await git(top, ["ls-files", "-z", "--others", "--ignored", ...patterns])).split("\0").filter((path) => path !== "" && !path.endsWith("/"));
}

// Ignored by git and named by the text: what is neither is left where it is.
async function wanted(git: Git, include: WorktreeInclude, dir: string): Promise<string[]> {
  makePrivateDir(dir);
  const folder = mkdtempSync(join(dir, "include-"));
  try {
    // The text that was agreed to, whatever the file says by now.
    const file = join(folder, "patterns");
    writeFileSync(file, include.text, { mode: 0o600 });
    const ignored = new Set(await listed(git, include.project, "--exclude-standard"));
    return (await listed(git, include.project, `--exclude-from=${file}`)).filter((path) => ignored.has(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isPlainFile(top: string, path: string): boolean {
  const source = join(top, path);
  return !/[\r\n]/.test(path) && lstatSync(source, { throwIfNoEntry: false })?.isFile() === true && isInside(top, realpathSync(dirname(source)));
}

// The checkout may hold links: a folder is entered only if it is one.
function makeParents(root: string, path: string): boolean {
  let at = root;
  for (const part of path.split("/").slice(0, -1)) {
    at = join(at, part);
    const stat = lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) mkdirSync(at);
    else if (!stat.isDirectory()) return false;
  }
  return true;
}

function copyOne(top: string, root: string, path: string): boolean {
  if (path.split("/").includes(".git") || !makeParents(root, path)) return false;
  try {
    copyFileSync(join(top, path), join(root, path), constants.COPYFILE_EXCL);
    return true;
  } catch {
    return false;
  }
}

/** Brings what the work tree around `path` names into the fresh workspace `root`. Never rejects: a mission can do without. */
export async function bringIncluded(
  git: Git,
  path: string,
  root: string,
  options: { readonly consent: string | undefined; readonly dir: string },
): Promise<Brought> {
  const none = (why: string): Brought => ({ paths: [], note: `${INCLUDE_FILE} was not brought: ${why}` });
  const top = await gitOr(git, path, ["rev-parse", "--show-toplevel"]);
  const include = top === undefined || top === "" ? undefined : readWorktreeInclude(top);
  if (include === undefined) return { paths: [], note: null };
  try {
    if (options.consent === undefined || !hasConsent(options.consent, include)) return none("nobody on this machine has agreed to its present content");
    const paths = (await wanted(git, include, options.dir)).filter((found) => isPlainFile(include.project, found));
    const bytes = paths.reduce((sum, found) => sum + lstatSync(join(include.project, found)).size, 0);
    if (paths.length > MAX_FILES || bytes > MAX_BYTES)
      return none(`it names ${paths.length} files of ${Math.ceil(bytes / 1024 / 1024)} MiB; at most ${MAX_FILES} and ${MAX_BYTES / 1024 / 1024} MiB`);
    const copied = paths.filter((found) => copyOne(include.project, root, found));
    const left = paths.length - copied.length;
    const note = `brought ${copied.length} ignored ${copied.length === 1 ? "file" : "files"} that ${INCLUDE_FILE} names${left > 0 ? `; ${left} could not be put in place` : ""}`;
    return { paths: copied, note };
  } catch (error) {
    return none(messageOf(error));
  }
}
