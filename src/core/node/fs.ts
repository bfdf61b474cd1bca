// Files written so that a crash or a reader never sees half of one. Must not know what the files mean.
import { chmodSync, closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, rmdirSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError, messageOf } from "../errors.ts";

/** True for a file-system error with this code, such as ENOENT. */
export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

const FULL = "Free disk space, or write somewhere else.";
const DENIED = "Check who owns it, and who may read and write there.";

// How a disk or a person's folders may be, which is no bug of ours: what to do about each.
const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: "It is mounted read-only: mount it for writing, or write somewhere else.",
  EACCES: DENIED,
  EPERM: DENIED,
  ENOTDIR: "A file lies where a folder is needed: move it away.",
};

/** What to do about a disk that is full or read-only, or a place that is not ours to write; undefined for anything else. */
export function diskHint(error: unknown): string | undefined {
  return Object.entries(FAULTS).find(([code]) => hasErrno(error, code))?.[1];
}

// Sockets and programs have such errors too.
const isElsewhere = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && /^(?:spawn|kill|listen|bind|connect|send)/.test(String(error.syscall));

/** `output_failed` naming the path where such a disk or place is why; anything else as it is. No bug of ours, so nobody is asked to report it. */
export function diskFault(error: unknown, path?: string): unknown {
  const hint = isElsewhere(error) ? undefined : diskHint(error);
  if (hint === undefined) return error;
  return new AiwgError("output_failed", path === undefined ? messageOf(error) : `${path} cannot be written: ${messageOf(error)}`, { cause: error, hint });
}

/** Makes a folder and its parents, private to the user (0700). */
export function makePrivateDir(path: string): void {
  // Not mkdir's own recursion: on a path below /proc it never ends.
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!hasErrno(error, "EEXIST")) throw error;
    }
  }
}

/** As `replaceFile`, in a folder that is made, with its parents, if need be. */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
  makePrivateDir(dirname(path));
  replaceFile(path, content, mode);
}

/**
 * Replaces a file as a whole, or makes it in a folder that is there: temporary beside it, fsync, rename, fsync of the folder. Throws
 * `output_failed` where the disk is full, ENOENT where the folder is gone: making it anew could bring back what a person moved away.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = join(dirname(path), `.${process.pid}-${Math.trunc(performance.now() * 1_000)}.tmp`);
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw diskFault(error, path);
  }
  try {
    syncFolder(dirname(path));
  } catch (error) {
    // A folder that has been moved away by now has the file all the same.
    if (!hasErrno(error, "ENOENT")) throw error;
  }
}

/** Puts on disk which entries a folder has. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The file's text, or undefined if there is none. */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Removes a folder with nothing in it; one that is not empty, or not there, stays as it is. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].some((code) => hasErrno(error, code))) return;
    // A read-only disk says that it is one before it looks.
    if (lstatSync(path, { throwIfNoEntry: false })) throw error;
  }
}
