// Takes what a person changed in an output back into its source: a candidate is written there, and stays if a plan with it wants
// exactly what the person made. Else the source is as before. Must not touch outputs or the lock.
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { removeIfEmpty, writeFileAtomic } from "../../core/node/fs.ts";
import { shownPath } from "../../core/node/paths.ts";
import { type DeployInput, type Deployment, prepareDeploy } from "../deploy.ts";
import { hashFile, openReader } from "../plan/disk.ts";
import { readLock } from "../lock-file.ts";
import type { Diagnostic } from "../model.ts";
import type { Locked } from "../output.ts";
import type { UnitStatus } from "../plan/plan.ts";
import { type SourceFile, type SourceFiles, candidatesFor } from "./save-files.ts";
import { typedPath } from "../typed.ts";
import { placeKey } from "../plan/units.ts";

/** `source` is the file that took the change over, as messages show it. */
export type Saved = { readonly path: string; readonly source: string };
/** `only`: ids of platforms. */
export type SaveWish = { readonly path: string | undefined; readonly only: ReadonlySet<string> | undefined; readonly dryRun: boolean };
export type SaveResult = { readonly saved: readonly Saved[]; readonly refused: readonly Diagnostic[] };

function modeOf(mode: number | undefined, executable: boolean | undefined): number {
  const now = (mode ?? (executable === true ? 0o755 : 0o644)) & 0o777;
  return executable === undefined ? now : executable ? now | ((now & 0o444) >> 2) : now & ~0o111;
}

/** Writes a file; what is returned puts it back as it was, with the folders that were made for it. */
function place(path: string, { content, executable }: SourceFile): () => void {
  const stat = statSync(path, { throwIfNoEntry: false });
  const before = stat === undefined ? null : readFileSync(path);
  const made = mkdirSync(dirname(path), { recursive: true });
  const undo = (): void => {
    if (before !== null) return writeFileAtomic(path, before, (stat?.mode ?? 0o644) & 0o777);
    rmSync(path, { force: true });
    for (let at = dirname(path); made !== undefined && at.length >= made.length; at = dirname(at)) removeIfEmpty(at);
  };
  try {
    writeFileAtomic(path, content, modeOf(stat?.mode, executable));
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

const isTroubled = ({ state }: UnitStatus): boolean => state === "edited" || state === "foreign";

// Nothing of the unit is edited any more, and nothing else came into conflict by it.
function isSettled(before: Deployment, after: Deployment, unit: UnitStatus): boolean {
  const own = new Set(unit.places.map(placeKey));
  const known = new Set(before.planned.states.filter(isTroubled).flatMap(({ places }) => places.map(placeKey)));
  return after.planned.states
    .filter(isTroubled)
    .every(({ places }) => !places.some((one) => own.has(placeKey(one))) && places.some((one) => known.has(placeKey(one))));
}

type Tried = { readonly after: Deployment; readonly undo: () => void };

/** The deployment with these sources if the unit is as they say then; else null, and the sources are as before. */
function tryWith(input: DeployInput, before: Deployment, files: SourceFiles, unit: UnitStatus): Tried | null {
  const undo: (() => void)[] = [];
  const back = (): void => {
    for (const one of undo) one();
  };
  try {
    for (const [path, file] of files) undo.unshift(place(path, file));
    const after = prepareDeploy(input);
    if (isSettled(before, after, unit)) return { after, undo: back };
  } catch {
    // A source that stops the whole run, or cannot be written, is not what the person meant.
  }
  back();
  return null;
}

function refusal({ site, cwd }: DeployInput, unit: UnitStatus): Diagnostic {
  const place = unit.places[0]?.path ?? unit.unit;
  const path = shownPath(join(site.root, place), cwd);
  const names = [...new Set(unit.owners.map(([, , id]) => id))].join(", ");
  const typed = typedPath(place, site, cwd);
  return {
    ...{ severity: "error", path, line: null },
    message: `this change cannot be said in the source of ${names}; make it there by hand, or: aiwg keep ${typed}, aiwg deploy --force ${typed}`,
  };
}

/** Places of the unit whose source says something else than when it was deployed, although what was deployed is edited. */
function isChangedOnBothSides({ site }: DeployInput, { outputs }: Deployment, locked: ReadonlyMap<string, Locked>, unit: UnitStatus): boolean {
  const read = openReader();
  return unit.places.some((one) => {
    const line = locked.get(placeKey(one));
    const output = outputs.find(({ path, at }) => path === one.path && at === one.at);
    if (!line || !output || output.hash === line.hash) return false;
    // Of a folder only the files that were edited count.
    return one.at !== null || hashFile(join(site.root, one.path), read) !== line.hash;
  });
}

function bothChanged({ site, cwd }: DeployInput, unit: UnitStatus): Diagnostic {
  const place = unit.places[0]?.path ?? unit.unit;
  const names = [...new Set(unit.owners.map(([, , id]) => id))].join(", ");
  const message = `the source of ${names} has changed as well since it was deployed; write there by hand what you want of this file, then: aiwg deploy --force ${typedPath(place, site, cwd)} (a copy is kept)`;
  return { severity: "error", path: shownPath(join(site.root, place), cwd), line: null, message };
}

/**
 * Saves every edited unit at or below `path` (relative to the root) that one of `only` is served by; all of them without. With `dryRun`
 * the sources are as before in the end: what can be said in them is found out by saying it. Throws `not_found` where nothing of ours
 * is there; what cannot be taken over is in `refused`, its source as it was: so is what changed in its source, too, since without the
 * text that both began from one of them would be lost.
 */
export function saveEdits(input: DeployInput, { path, only, dryRun }: SaveWish): SaveResult {
  let now = prepareDeploy(input);
  const isMeant = ({ places, owners }: UnitStatus): boolean =>
    (path === undefined || places.some((one) => one.path === path || one.path.startsWith(`${path}/`))) &&
    (only === undefined || owners.some(([platform]) => only.has(platform)));
  const meant = now.planned.states.filter(isMeant);
  if (path !== undefined && meant.length === 0)
    throw new AiwgError("not_found", `aiwg has written nothing at ${path}`, { hint: "aiwg status lists the paths." });
  const locked = new Map(readLock(input.site).lock.outputs.map((line) => [placeKey(line), line]));
  const saved: Saved[] = [];
  const refused: Diagnostic[] = [];
  const undo: (() => void)[] = [];
  for (const { unit: name } of meant.filter(({ state }) => state === "edited")) {
    // What was saved before may have settled this one as well.
    const unit = now.planned.states.find((one) => one.unit === name && one.state === "edited");
    if (!unit) continue;
    if (isChangedOnBothSides(input, now, locked, unit)) {
      refused.push(bothChanged(input, unit));
      continue;
    }
    let tried: Tried | null = null;
    for (const files of candidatesFor({ input, deployment: now }, unit)) {
      tried = tryWith(input, now, files, unit);
      if (tried === null) continue;
      undo.unshift(tried.undo);
      for (const [source, { output }] of files) if (output !== undefined) saved.push({ path: output, source: shownPath(source, input.cwd) });
      break;
    }
    if (tried === null) refused.push(refusal(input, unit));
    now = tried?.after ?? now;
  }
  if (dryRun) for (const one of undo) one();
  return { saved, refused };
}
