// serve.json: where a running serve says how to reach it, and whether that serve still lives (contract §5, Places).
// Must not know what serve does.
import { rmSync, statSync } from "node:fs";
import { parseJson } from "../json.ts";
import { hasErrno, readIfExists, writeFileAtomic } from "./fs.ts";
import { startOf } from "./processes.ts";

/** `pid_start` tells a reused pid from the process that was meant; it is opaque. */
export type ServeFile = { readonly url: string; readonly pid: number; readonly started_at: string; readonly pid_start?: string };

function isServeFile(value: unknown): value is ServeFile {
  if (typeof value !== "object" || value === null) return false;
  const { url, pid, started_at, pid_start } = value as Record<keyof ServeFile, unknown>;
  return (
    typeof url === "string" &&
    URL.canParse(url) &&
    Number.isSafeInteger(pid) &&
    Number(pid) > 0 &&
    typeof started_at === "string" &&
    (pid_start === undefined || typeof pid_start === "string")
  );
}

/** What the file says, alive or not; undefined if there is none or it is no such file. */
export function readServeFile(path: string): ServeFile | undefined {
  const value = parseJson(readIfExists(path) ?? "")?.value;
  return isServeFile(value) ? value : undefined;
}

/** True if another user could have written the file: then what it names is not ours to trust with a token. */
function foreign(path: string): boolean {
  try {
    const { uid, mode } = statSync(path);
    return uid !== process.getuid?.() || (mode & 0o022) !== 0;
  } catch {
    return true;
  }
}

function ours(pid: number): boolean {
  try {
    // Signal 0 asks whether we might signal it: EPERM is somebody else's process.
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What the file says if its process lives and is ours, as the local token demands; else undefined. */
export function liveServe(path: string): ServeFile | undefined {
  const file = readServeFile(path);
  if (!file || foreign(path) || !ours(file.pid)) return undefined;
  const start = startOf(file.pid);
  return start === undefined || (file.pid_start !== undefined && file.pid_start !== start) ? undefined : file;
}

/** Says that this process serves at `url` since `now`; 0600, whole or not at all. */
export function writeServeFile(path: string, url: string, now: number): ServeFile {
  const start = startOf(process.pid);
  const file: ServeFile = { url, pid: process.pid, started_at: new Date(now).toISOString(), ...(start === undefined ? {} : { pid_start: start }) };
  writeFileAtomic(path, `${JSON.stringify(file)}\n`);
  return file;
}

/** Removes the file if it still says what `file` says: a later serve's is left alone. */
export function removeServeFile(path: string, file: ServeFile): void {
  const now = readServeFile(path);
  if (now?.pid !== file.pid || now.started_at !== file.started_at) return;
  try {
    rmSync(path);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
}
