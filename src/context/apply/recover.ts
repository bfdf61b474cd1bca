// A run that did not end is undone, or finished if its lock was written already. What a person changed in between stays, and is
// said. Works from the journal and the disk alone: the same for a failure now and a kill last week.
import { copyFileSync, linkSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasErrno, readIfExists, removeIfEmpty } from "../../core/node/fs.ts";
import { type Reader, hashFile, openReader, sha256 } from "../plan/disk.ts";
import { type Journal, hasMark, readJournal, removeJournal, temporaryOf } from "./journal.ts";
import { type Root, openRoot } from "../root.ts";
import type { Site } from "../site.ts";

/** What was done about a run that did not end; `notes` name files that a person changed meanwhile. */
export type Recovered = { readonly direction: "back" | "forward"; readonly notes: readonly string[] };

/** Where copies of one run go, below the backup folder; made by the first copy. */
export function copyToBackup(site: Site, from: string, path: string, run: string): string {
  const to = join(site.backupDir, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${run}`, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  copyFileSync(from, to);
  return to;
}

const inodeOf = (path: string): number | undefined => lstatSync(path, { throwIfNoEntry: false })?.ino;

// Puts the old content back unless something is there.
function restore(old: string, target: string): boolean {
  try {
    linkSync(old, target);
  } catch (error) {
    if (hasErrno(error, "EEXIST")) return false;
    if (lstatSync(target, { throwIfNoEntry: false })) return false;
    renameSync(old, target);
    return true;
  }
  rmSync(old);
  return true;
}

function undoStep(site: Site, journal: Journal, index: number, swapped: boolean, read: Reader): string | undefined {
  const step = journal.steps[index];
  if (!step) return undefined;
  const target = join(site.root, step.path);
  const fresh = temporaryOf(site, journal, index, "new");
  const old = temporaryOf(site, journal, index, "old");
  const oldInode = inodeOf(old);
  let note: string | undefined;
  if (step.old === null) {
    const staged = inodeOf(fresh);
    // Ours is there if the staged file has moved there, or has both names for a moment.
    const isOurs = staged === undefined ? swapped && hashFile(target, read) === step.new : inodeOf(target) === staged;
    if (isOurs) rmSync(target);
    else if (staged === undefined && swapped && inodeOf(target) !== undefined) note = `${step.path} was changed meanwhile, and stays as it is`;
  } else if (oldInode !== undefined) {
    const there = inodeOf(target);
    const isOurs = step.new !== null && inodeOf(fresh) === undefined && there !== oldInode && hashFile(target, read) === step.new;
    if (there === oldInode) rmSync(old);
    else if (isOurs) renameSync(old, target);
    else if (!restore(old, target)) {
      // A copy of what still stands (where hard links cannot be made) is nothing to tell of.
      if (hashFile(target, read) !== step.old)
        note = `${step.path} was changed meanwhile, and stays as it is; what it was before lies at ${copyToBackup(site, old, step.path, journal.run)}`;
      rmSync(old);
    }
  }
  if (inodeOf(fresh) !== undefined) rmSync(fresh);
  return note;
}

function isReal({ locate }: Root, path: string): boolean {
  try {
    return locate(path).real === path;
  } catch {
    return false;
  }
}

// The tree as it was before the run, but for what a person changed since: that is returned. What cannot be undone keeps nothing else from
// being so; the journal stays then.
function rollBack(site: Site, journal: Journal, swapped: boolean): string[] {
  const root = openRoot(site);
  const read = openReader();
  const notes: string[] = [];
  const faults: unknown[] = [];
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      faults.push(error);
    }
  };
  for (let index = journal.steps.length - 1; index >= 0; index--) {
    const path = journal.steps[index]?.path ?? "";
    attempt(() => {
      // A folder on the way may have become a link since.
      const note = isReal(root, path) ? undoStep(site, journal, index, swapped, read) : `${path} leads elsewhere now, and stays as it is`;
      if (note !== undefined) notes.push(note);
    });
  }
  for (const folder of journal.folders.toReversed()) attempt(() => removeIfEmpty(join(site.root, folder)));
  if (faults.length > 0) throw faults[0];
  removeJournal(site);
  return notes;
}

/** The rest of a run whose lock is written: what it replaced goes. */
export function rollForward(site: Site, journal: Journal): void {
  for (const [index, step] of journal.steps.entries()) if (step.old !== null) rmSync(temporaryOf(site, journal, index, "old"), { force: true });
  for (const folder of journal.emptied) removeIfEmpty(join(site.root, folder));
  removeJournal(site);
}

/**
 * Ends a run that cannot go on: finished if its lock is written, else undone. `isSwapping`: it had begun to swap, also where its marks cannot
 * be read any more.
 */
export function endRun(site: Site, journal: Journal, isSwapping: boolean): Recovered {
  const lock = readIfExists(site.lockFile);
  const isWritten = journal.lockAfter !== journal.lockBefore && lock !== undefined && sha256(lock) === journal.lockAfter;
  if (!isWritten && !hasMark(site, journal, "committed")) return { direction: "back", notes: rollBack(site, journal, isSwapping) };
  rollForward(site, journal);
  return { direction: "forward", notes: [] };
}

/** Ends a run that was killed, if there is one. The caller holds the process lock. Throws `config_invalid` for a journal of somebody else. */
export function recoverLocked(site: Site): Recovered | null {
  const journal = readJournal(site);
  return journal ? endRun(site, journal, hasMark(site, journal, "swapping")) : null;
}
