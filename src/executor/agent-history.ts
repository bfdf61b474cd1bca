// The commits that an agent made, taken out of its .git without running git in it: HEAD is read by ourselves, and its objects
// are borrowed by a repository of ours, so that none of its configuration counts. Must not know missions.
import { closeSync, constants, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createGit, gitOr } from "./git.ts";
import { initBorrowing, objectsOf, type SideOptions, type SideTree } from "./side-tree.ts";
import { hasGitFolder } from "./work-tree.ts";
import type { Origin } from "./workspace-record.ts";

const BOUND_MS = 20_000;
const MAX_REF = 4 * 1024;
const MAX_PACKED = 16 * 1024 * 1024;
const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

// Neither a link nor a FIFO: the one leads away, the other never ends.
function readPlain(path: string, max: number): string | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile() || stat.size > max) return undefined;
      const bytes = Buffer.alloc(stat.size);
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)).toString("utf8");
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** The hash that HEAD of the repository in `folder` names; undefined if that cannot be told. */
function headOf(folder: string): string | undefined {
  const head = readPlain(join(folder, "HEAD"), MAX_REF)?.trim() ?? "";
  if (HASH.test(head)) return head;
  const ref = /^ref: (refs\/[^\0]+)$/.exec(head)?.[1];
  if (ref === undefined || ref.split("/").includes("..")) return undefined;
  const loose = readPlain(join(folder, ref), MAX_REF)?.trim() ?? "";
  if (HASH.test(loose)) return loose;
  const packed = readPlain(join(folder, "packed-refs"), MAX_PACKED) ?? "";
  const hash = packed
    .split("\n")
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(" ")[0];
  return hash !== undefined && HASH.test(hash) ? hash : undefined;
}

/** True if there is nothing but files and folders below: git would open a FIFO among them. */
async function isPlain(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.every((entry) => entry.isFile() || entry.isDirectory());
}

/** Brings the history of the agent's HEAD into the side repository. Resolves with its commit, or undefined if that cannot be had. */
export async function takeHistory(root: string, origin: Origin, side: SideTree, options: SideOptions): Promise<string | undefined> {
  const own = join(root, ".git");
  const late = AbortSignal.timeout(BOUND_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const git = createGit(options.env, { signal, timeoutMs: BOUND_MS });
  const view = mkdtempSync(join(options.dir, "view-"));
  try {
    const head = (await hasGitFolder(root)) ? headOf(own) : undefined;
    if (head === undefined || head === origin.base) return head;
    if (!(await isPlain(join(own, "objects")))) return undefined;
    await initBorrowing(git, view, origin.base, [join(own, "objects"), objectsOf(root, origin)]);
    await git(view, ["update-ref", "refs/heads/agent", head]);
    // Copied and judged, not borrowed: what is not whole is not taken.
    await git(side.folder, [
      "-c",
      "fetch.fsckObjects=true",
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      view,
      "+refs/heads/agent:refs/heads/agent",
    ]);
    return await gitOr(git, side.folder, ["rev-parse", "--verify", "refs/heads/agent^{commit}"]);
  } catch {
    return undefined;
  } finally {
    rmSync(view, { recursive: true, force: true });
  }
}
