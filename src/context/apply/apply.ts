// Carries out a plan, all or nothing: staged beside the targets, journalled, swapped by names, committed by the lock file. Must not
// decide what is written; what changed since the plan stops it.
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AiwgError, isAiwgError, messageOf } from "../../core/errors.ts";
import { diskHint, hasErrno, makePrivateDir, readIfExists, replaceFile, syncFolder } from "../../core/node/fs.ts";
import { type Lock as ProcessLock, takeLock } from "../../core/node/lock.ts";
import { type Reader, hashFile, openReader, sha256 } from "../plan/disk.ts";
import { isFamiliar, rememberLock } from "./familiar.ts";
import { type Journal, hasJournal, newRun, prepareJournalDir, setMark, temporaryOf, writeJournal } from "./journal.ts";
import type { Planned, Write } from "../plan/plan.ts";
import { type Recovered, copyToBackup, endRun, recoverLocked, rollForward } from "./recover.ts";
import { judgeOwnFiles, openRoot } from "../root.ts";
import type { Site } from "../site.ts";

/** What a run needs of its surroundings. */
export type ApplyDeps = {
  readonly now: () => number;
  /** How long to wait for another run of the same scope (ms). */
  readonly waitMs?: number;
  /** Told before each step of a run, by its name: tests kill the process there. */
  readonly at?: (step: string) => void;
};

/** `outdated`: the lock or a folder changed since the plan; nothing was written, plan again. `backups` are absolute paths. */
export type Applied = { readonly outcome: "applied" | "unchanged" | "outdated"; readonly backups: readonly string[] };

/** True if carrying out the plan would touch nothing. */
export function isUnchanged({ writes, folders, emptied, lockText, basis }: Planned): boolean {
  return writes.length === 0 && folders.length === 0 && emptied.length === 0 && (lockText === null || lockText === basis);
}

function failure(error: unknown, path: string): AiwgError {
  if (isAiwgError(error)) return error;
  const hint = diskHint(error);
  return new AiwgError("output_failed", `${path} cannot be written: ${messageOf(error)}`, { cause: error, ...(hint !== undefined && { hint }) });
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failure(error, path);
  }
}

const changedMeanwhile = (path: string): AiwgError =>
  new AiwgError("state_conflict", `${path} was changed while aiwg was at work, so nothing was written`, { hint: "Run it again." });

async function holdProcessLock(site: Site, { now, waitMs = 10_000 }: ApplyDeps, isFirst: boolean): Promise<ProcessLock> {
  attempt(site.journalDir, () => prepareJournalDir(site, isFirst));
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return takeLock(site.processLock, `deploy in ${site.root}`, now());
    } catch (error) {
      if (!isAiwgError(error) || error.code !== "lock_held" || performance.now() >= until) throw error;
    }
    await sleep(25);
  }
}

function stage(path: string, write: Write, bytes: Uint8Array): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, write.old === null ? write.mode : 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    if (write.old === null) return;
    try {
      if (write.old.uid !== process.getuid?.() || write.old.gid !== process.getgid?.()) fchownSync(file, write.old.uid, write.old.gid);
    } catch (error) {
      // Somebody else's file in a shared folder: replacing it is allowed, giving it away is not.
      if (!hasErrno(error, "EPERM")) throw error;
    }
    fchmodSync(file, write.mode);
  } finally {
    closeSync(file);
  }
}

const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV", "EACCES"];

// A second name for a file, or a copy where the file system has no hard links; never over something.
function keepOld(target: string, old: string): void {
  try {
    linkSync(target, old);
  } catch (error) {
    if (!NO_LINKS.some((code) => hasErrno(error, code))) throw error;
    copyFileSync(target, old, constants.COPYFILE_EXCL);
  }
}

function putNew(fresh: string, target: string, path: string): void {
  try {
    linkSync(fresh, target);
    rmSync(fresh);
  } catch (error) {
    if (hasErrno(error, "EEXIST")) throw changedMeanwhile(path);
    if (!NO_LINKS.some((code) => hasErrno(error, code))) throw error;
    if (lstatSync(target, { throwIfNoEntry: false })) throw changedMeanwhile(path);
    renameSync(fresh, target);
  }
}

function swap(site: Site, journal: Journal, index: number, write: Write, read: Reader): void {
  const target = join(site.root, write.path);
  const fresh = temporaryOf(site, journal, index, "new");
  const old = temporaryOf(site, journal, index, "old");
  if (write.old === null) putNew(fresh, target, write.path);
  else if (write.bytes === null) {
    // Looked at under the name that nobody else knows: what is deleted is what was judged.
    renameSync(target, old);
    if (hashFile(old, read) !== write.old.hash) throw changedMeanwhile(write.path);
  } else {
    // Looked at under its second name, so that even a save a moment ago is either seen or kept.
    keepOld(target, old);
    if (hashFile(old, read) !== write.old.hash) throw changedMeanwhile(write.path);
    renameSync(fresh, target);
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const SYNC_MAX = 64;

// Folders that were there before and have other entries now; what is in a new one would be made again if it got lost. With very many
// the order that file systems keep must do: the lock is written, and synced, after all of them.
function foldersToSync({ writes, folders }: Planned): string[] {
  const fresh = new Set(folders);
  return [...new Set([...writes.map(({ path }) => path), ...folders].map(parentOf).filter((folder) => !fresh.has(folder)))].slice(0, SYNC_MAX);
}

function writeLock(site: Site, text: string): void {
  attempt(site.lockFile, () => {
    if (site.scope === "user") makePrivateDir(dirname(site.lockFile));
    const link = lstatSync(site.lockFile, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    replaceFile(link ? realpathSync.native(site.lockFile) : site.lockFile, text, site.scope === "user" ? 0o600 : 0o644);
  });
}

/** How far a run came, as the process itself knows it. */
type Progress = { readonly backups: string[]; isSwapping: boolean };

function run(site: Site, planned: Planned, journal: Journal, progress: Progress, at: (step: string) => void): void {
  const { writes, lockText, basis } = planned;
  // What a lock from elsewhere calls ours may be a person's: it goes only with a copy.
  const isOurs = basis === null || isFamiliar(site, basis);
  for (const folder of planned.folders) {
    at(`folder ${folder}`);
    attempt(folder, () => mkdirSync(join(site.root, folder)));
  }
  for (const [i, write] of writes.entries()) {
    at(`stage ${write.path}`);
    const { bytes } = write;
    if (bytes !== null) attempt(write.path, () => stage(temporaryOf(site, journal, i, "new"), write, bytes));
    if (write.backup || (bytes === null && !isOurs))
      progress.backups.push(attempt(site.backupDir, () => copyToBackup(site, join(site.root, write.path), write.path, journal.run)));
  }
  at("staged");
  const read = openReader();
  attempt(site.journalDir, () => setMark(site, journal, "swapping"));
  progress.isSwapping = true;
  for (const [i, write] of writes.entries()) {
    at(`swap ${write.path}`);
    attempt(write.path, () => swap(site, journal, i, write, read));
  }
  at("swapped");
  for (const folder of foldersToSync(planned)) attempt(folder, () => syncFolder(join(site.root, folder)));
  at("commit");
  const hasNewLock = lockText !== null && lockText !== basis;
  if (hasNewLock) writeLock(site, lockText);
  at("locked");
  try {
    setMark(site, journal, "committed");
  } catch (error) {
    // The lock alone says that it is done, also where its folder has been moved away since and cannot be read.
    if (!hasNewLock) throw failure(error, site.journalDir);
  }
  at("committed");
}

function undo(site: Site, journal: Journal, { isSwapping }: Progress, why: unknown): Recovered {
  try {
    return endRun(site, journal, isSwapping);
  } catch (error) {
    throw new AiwgError("output_failed", `${messageOf(why)}; undoing it failed as well: ${messageOf(error)}`, {
      cause: error,
      hint: "Remove what is in the way, and run it again: the journal is kept, and the next run goes on with it.",
    });
  }
}

function carryOut(site: Site, planned: Planned, at: (step: string) => void): string[] {
  const journal: Journal = {
    ...{ journal: 1, run: newRun(), root: site.root },
    ...{ lockBefore: planned.basis === null ? null : sha256(planned.basis), lockAfter: planned.lockText === null ? null : sha256(planned.lockText) },
    steps: planned.writes.map(({ path, old, hash }) => ({ path, old: old?.hash ?? null, new: hash })),
    ...{ folders: planned.folders, emptied: planned.emptied },
  };
  at("journal");
  attempt(site.journalDir, () => writeJournal(site, journal));
  const progress: Progress = { backups: [], isSwapping: false };
  const { backups } = progress;
  try {
    run(site, planned, journal, progress, at);
  } catch (error) {
    const { direction, notes } = undo(site, journal, progress, error);
    // The lock is written: there is nothing to go back to.
    if (direction === "forward") return backups;
    if (notes.length === 0 || !isAiwgError(error)) throw error;
    throw new AiwgError(error.code, [error.message, ...notes].join("; "), { cause: error, hint: error.hint });
  }
  if (planned.lockText !== null) rememberLock(site, planned.lockText);
  at("clean");
  try {
    rollForward(site, journal);
  } catch {
    // It is done; the journal stays, and the next run cleans up or says what is in the way.
  }
  at("cleaned");
  return backups;
}

/**
 * Carries out a plan. Throws `path_escape` (nothing was written), `output_failed` naming the path, `state_conflict` for a file that
 * changed since the plan (both: the tree is as before), `lock_held` if another run does not end in time, `config_invalid`
 * for a journal of somebody else.
 */
export async function applyPlan(site: Site, planned: Planned, deps: ApplyDeps): Promise<Applied> {
  if (isUnchanged(planned)) return { outcome: "unchanged", backups: [] };
  const at = deps.at ?? (() => undefined);
  judgeOwnFiles(site);
  const lock = await holdProcessLock(site, deps, planned.basis === null);
  try {
    const outdated: Applied = { outcome: "outdated", backups: [] };
    if (attempt(site.journalDir, () => recoverLocked(site)) !== null || (readIfExists(site.lockFile) ?? null) !== planned.basis) return outdated;
    // Links and folders may have come since the plan.
    const { locate } = openRoot(site);
    if (planned.writes.some(({ path }) => locate(path).real !== path)) return outdated;
    if (planned.folders.some((folder) => lstatSync(join(site.root, folder), { throwIfNoEntry: false }))) return outdated;
    if (planned.writes.length > 0 || planned.folders.length > 0 || planned.emptied.length > 0)
      return { outcome: "applied", backups: carryOut(site, planned, at) };
    at("commit");
    if (planned.lockText !== null) writeLock(site, planned.lockText);
    return { outcome: "applied", backups: [] };
  } finally {
    lock.release();
  }
}

/** Ends a run that was killed: undone, or finished if its lock was written. Null if there was none. Throws as `applyPlan`. */
export async function recover(site: Site, deps: ApplyDeps): Promise<Recovered | null> {
  judgeOwnFiles(site);
  if (!hasJournal(site)) return null;
  const lock = await holdProcessLock(site, deps, false);
  try {
    return attempt(site.journalDir, () => recoverLocked(site));
  } finally {
    lock.release();
  }
}
