// The journal of a run: what it is about to do, on disk before it does it, signed so that only the same user's is ever followed.
// Must not know how a step is done or undone.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { hasErrno, makePrivateDir, readIfExists, replaceFile } from "../../core/node/fs.ts";
import type { Site } from "../site.ts";

/** One file of a run, by hashes (sha256, hex; null: no file). */
export type Step = { readonly path: string; readonly old: string | null; readonly new: string | null };

/** A run. `folders` are made by it; `emptied` go after it if they are empty. */
export type Journal = {
  readonly journal: 1;
  /** Names the temporary files. */
  readonly run: string;
  readonly root: string;
  readonly lockBefore: string | null;
  readonly lockAfter: string | null;
  readonly steps: readonly Step[];
  readonly folders: readonly string[];
  readonly emptied: readonly string[];
};

const journalFile = (site: Site): string => join(site.journalDir, "journal.json");

/** How far a run came: `swapping` once everything is staged, `committed` once nothing goes back. */
export type Mark = "swapping" | "committed";
const markFile = (site: Site, mark: Mark): string => join(site.journalDir, mark);

/** Where the new content of a step waits, and where the old one is kept. Beside the target, with a name that no client reads as an artifact. */
export function temporaryOf(site: Site, journal: Journal, index: number, which: "new" | "old"): string {
  const path = journal.steps[index]?.path ?? "";
  const cut = path.lastIndexOf("/");
  return join(site.root, path.slice(0, Math.max(0, cut)), `.aiwg-${journal.run}-${index}.${which}.tmp`);
}

/** A name for a new run. */
export function newRun(): string {
  return randomBytes(6).toString("hex");
}

// Not its parents: what a person moved away while we were at work must not come back half empty.
function makeInPlace(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (hasErrno(error, "ENOENT"))
      throw new AiwgError("state_conflict", `${dirname(folder)} went while aiwg was at work, so nothing was written`, {
        hint: "Run it again once it is there.",
      });
    if (!hasErrno(error, "EEXIST")) throw error;
  }
}

/**
 * Makes the folder of the journal, which version control ignores. Throws `state_conflict` where a project's own folder is gone, though
 * something is deployed, which only a run that `isFirst` knows nothing of.
 */
export function prepareJournalDir(site: Site, isFirst: boolean): void {
  if (site.scope === "user") makePrivateDir(site.journalDir);
  else if (isFirst) mkdirSync(site.journalDir, { recursive: true });
  else makeInPlace(site.journalDir);
  const ignore = join(site.journalDir, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}

function keyOf(site: Site): Buffer {
  makePrivateDir(dirname(site.keyFile));
  try {
    writeFileSync(site.keyFile, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
    chmodSync(site.keyFile, 0o600);
  } catch (error) {
    if (!hasErrno(error, "EEXIST")) throw error;
  }
  const key = Buffer.from(readFileSync(site.keyFile, "utf8"), "hex");
  if (key.length !== 32) throw new AiwgError("config_invalid", `${site.keyFile} is not a key of ours`, { hint: "Remove it; a new one is made." });
  return key;
}

const signature = (site: Site, body: string): Buffer => createHmac("sha256", keyOf(site)).update(body).digest();

/** Puts a journal on disk for good. Marks of an earlier run end here. */
export function writeJournal(site: Site, journal: Journal): void {
  for (const mark of ["swapping", "committed"] as const) rmSync(markFile(site, mark), { force: true });
  const body = JSON.stringify(journal);
  replaceFile(journalFile(site), `${signature(site, body).toString("hex")}\n${body}\n`);
}

/** The journal of a run that did not end; undefined without one. Throws `config_invalid` for one that this user did not write. */
export function readJournal(site: Site): Journal | undefined {
  const text = readIfExists(journalFile(site));
  if (text === undefined) return undefined;
  const cut = text.indexOf("\n");
  const body = text.slice(cut + 1, -1);
  const claimed = Buffer.from(text.slice(0, cut), "hex");
  const expected = signature(site, body);
  const journal = parseJson(body)?.value as Journal | undefined;
  if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected) || journal?.root !== site.root) {
    throw new AiwgError("config_invalid", `${journalFile(site)} tells of a run that was not yours in this folder, so it is not followed`, {
      hint: "Look at the files that end with .tmp beside the paths it names, then remove it.",
    });
  }
  return journal;
}

/** True while a run has not ended; nothing is said about whose it is. */
export function hasJournal(site: Site): boolean {
  return existsSync(journalFile(site));
}

/** Notes on disk, for good, how far the run came. */
export function setMark(site: Site, journal: Journal, mark: Mark): void {
  const file = openSync(markFile(site, mark), "w", 0o600);
  try {
    writeFileSync(file, journal.run);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** True if the run came that far. */
export function hasMark(site: Site, journal: Journal, mark: Mark): boolean {
  return readIfExists(markFile(site, mark)) === journal.run;
}

/** Ends a run: its journal goes first, since the marks mean nothing without it. */
export function removeJournal(site: Site): void {
  for (const path of [journalFile(site), markFile(site, "swapping"), markFile(site, "committed")]) rmSync(path, { force: true });
}
