// Carries out a plan, all or nothing: staged beside the targets, journalled, swapped by names, committed by the lock file. Must not
// decide what is written; what changed since the plan stops it.
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
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
import { AiwgError, isAiwgError, messageOf } from "../core/errors.ts";
import { hasErrno, makePrivateDir, readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import { type Lock as ProcessLock, takeLock } from "../core/node/lock.ts";
import { hashFile, sha256 } from "./disk.ts";
import { type Journal, hasJournal, newRun, prepareJournalDir, setMark, temporaryOf, writeJournal } from "./journal.ts";
import type { Planned, Write } from "./plan.ts";
import { type Recovered, copyToBackup, recoverLocked, rollBack, rollForward } from "./recover.ts";
import { judgeOwnFiles, openRoot } from "./root.ts";
import type { Site } from "./site.ts";

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
  return isAiwgError(error) ? error : new AiwgError("output_failed", `${path} cannot be written: ${messageOf(error)}`, { cause: error });
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

async function holdProcessLock(site: Site, { now, waitMs = 10_000 }: ApplyDeps): Promise<ProcessLock> {
  attempt(site.journalDir, () => prepareJournalDir(site));
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

function swap(site: Site, journal: Journal, index: number, write: Write): void {
  const target = join(site.root, write.path);
  const fresh = temporaryOf(site, journal, index, "new");
  const old = temporaryOf(site, journal, index, "old");
  if (write.old === null) putNew(fresh, target, write.path);
  else if (write.bytes === null) {
    // Looked at under the name that nobody else knows: what is deleted is what was judged.
    renameSync(target, old);
    if (hashFile(old) !== write.old.hash) throw changedMeanwhile(write.path);
  } else {
    if (hashFile(target) !== write.old.hash) throw changedMeanwhile(write.path);
    keepOld(target, old);
    renameSync(fresh, target);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeLock(site: Site, text: string): void {
  attempt(site.lockFile, () => {
    if (site.scope === "user") makePrivateDir(dirname(site.lockFile));
    const link = lstatSync(site.lockFile, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    writeFileAtomic(link ? realpathSync.native(site.lockFile) : site.lockFile, text, site.scope === "user" ? 0o600 : 0o644);
  });
}

function run(site: Site, planned: Planned, journal: Journal, at: (step: string) => void): string[] {
  const { writes, lockText, basis } = planned;
  const backups: string[] = [];
  for (const folder of planned.folders) {
    at(`folder ${folder}`);
    attempt(folder, () => mkdirSync(join(site.root, folder)));
  }
  for (const [i, write] of writes.entries()) {
    at(`stage ${write.path}`);
    const { bytes } = write;
    if (bytes !== null) attempt(write.path, () => stage(temporaryOf(site, journal, i, "new"), write, bytes));
    if (write.backup) backups.push(attempt(site.backupDir, () => copyToBackup(site, join(site.root, write.path), write.path, journal.run)));
  }
  at("staged");
  attempt(site.journalDir, () => setMark(site, journal, "swapping"));
  for (const [i, write] of writes.entries()) {
    at(`swap ${write.path}`);
    attempt(write.path, () => swap(site, journal, i, write));
  }
  at("swapped");
  for (const folder of new Set(writes.map(({ path }) => dirname(join(site.root, path))))) attempt(folder, () => syncFolder(folder));
  at("commit");
  if (lockText !== null && lockText !== basis) writeLock(site, lockText);
  at("committed");
  return backups;
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
  let backups: string[];
  try {
    backups = run(site, planned, journal, at);
  } catch (error) {
    const notes = rollBack(site, journal);
    if (notes.length === 0 || !isAiwgError(error)) throw error;
    throw new AiwgError(error.code, [error.message, ...notes].join("; "), { cause: error, hint: error.hint });
  }
  // From here on a failure leaves the journal, and the next run finishes.
  setMark(site, journal, "committed");
  at("clean");
  rollForward(site, journal);
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
  const lock = await holdProcessLock(site, deps);
  try {
    const outdated: Applied = { outcome: "outdated", backups: [] };
    if (recoverLocked(site) !== null || (readIfExists(site.lockFile) ?? null) !== planned.basis) return outdated;
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
  const lock = await holdProcessLock(site, deps);
  try {
    return recoverLocked(site);
  } finally {
    lock.release();
  }
}
