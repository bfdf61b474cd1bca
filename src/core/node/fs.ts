// Files written so that a crash or a reader never sees half of one. Must not know what the files mean.
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, rmdirSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError, messageOf } from "../errors.ts";

/** True for a file-system error with this code, such as ENOENT. */
export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** `output_failed` naming the path where a full or read-only disk is why; anything else as it is. No bug of ours, so nobody is asked to report it. */
export function diskFault(error: unknown, path?: string): unknown {
  if (!["ENOSPC", "EDQUOT", "EROFS"].some((code) => hasErrno(error, code))) return error;
  return new AiwgError("output_failed", path === undefined ? messageOf(error) : `${path} cannot be written: ${messageOf(error)}`, { cause: error });
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

/** Replaces a file as a whole: temporary beside it, fsync, rename, fsync of the folder. Throws `output_failed` where the disk is full. */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
  makePrivateDir(dirname(path));
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
  const folder = openSync(dirname(path), "r");
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
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].some((code) => hasErrno(error, code))) throw error;
  }
}
