// Wanted outputs and lines of the lock joined by their real place, and grouped into units that stand or fall together.
// Pure but for the locating of paths; must not know what is on disk.
import { byCodeUnits } from "../model.ts";
import type { At, Lock, Locked, Output, Owner } from "../output.ts";
import type { RealPlace, Root } from "../root.ts";

/** One place of one unit. */
export type Place = {
  /** Real path, relative to the root. */
  readonly path: string;
  readonly at: At;
  readonly locked: Locked | null;
  readonly wanted: Output | null;
  readonly owners: readonly Owner[];
  readonly found: RealPlace;
};

/** Places of one artifact at one place; `clash` says which other output wants something else there. */
export type Unit = { readonly name: string; readonly places: Place[]; readonly clash: string | null };

/** `path` and `at` as one key. */
export function placeKey({ path, at }: { readonly path: string; readonly at: At }): string {
  return at === null ? path : `${path}\0${at}`;
}

/** The unit of a place as its path and owners tell it: what a line of the lock is grouped by. */
export function unitOf(path: string, at: At, owners: readonly Owner[]): string {
  const artifact = owners[0]?.[2] ?? "";
  if (owners.every((owner) => owner[2] === artifact)) {
    // A behavior's script and its entries are one, wherever they are.
    if (artifact.startsWith("behavior/")) return artifact;
    const name = artifact.startsWith("skill/") ? artifact.slice("skill/".length) : undefined;
    const folder = name === undefined ? -1 : `/${path}`.indexOf(`/${name}/`);
    if (name !== undefined && folder !== -1) return `${artifact}@${path.slice(0, folder + name.length)}`;
  }
  return placeKey({ path, at });
}

const mergeOwners = (a: readonly Owner[], b: readonly Owner[]): Owner[] =>
  [...new Map([...a, ...b].map((owner) => [owner.join("\0"), owner])).entries()].toSorted(([x], [y]) => byCodeUnits(x, y)).map(([, owner]) => owner);

type Draft = { path: string; at: At; found: RealPlace; locked: Locked | null; wanted: Output | null; owners: readonly Owner[] };

/** Every unit of a run, sorted by name. Throws `path_escape` for any place that leads out of the root. */
export function joinUnits(root: Root, outputs: readonly Output[], lock: Lock): Unit[] {
  const known = new Map<string, RealPlace>();
  const locate = (path: string): RealPlace => {
    const found = known.get(path) ?? root.locate(path);
    known.set(path, found);
    return found;
  };
  const drafts = new Map<string, Draft>();
  const names = new Map<string, string>();
  const clashes = new Map<string, string>();
  const losers: Draft[] = [];
  // A name of a real path comes before names that are links to it, so that the answer does not depend on the order of outputs.
  const located = outputs.map((output) => ({ output, found: locate(output.path) }));
  const direct = located.filter(({ output, found }) => output.path === found.real);
  const linked = located.filter(({ output, found }) => output.path !== found.real);
  for (const { output, found } of [...direct, ...linked]) {
    const path = found.real;
    const key = placeKey({ path, at: output.at });
    const present = drafts.get(key);
    if (present?.wanted) {
      if (present.wanted.hash === output.hash) present.owners = mergeOwners(present.owners, output.owners);
      else {
        clashes.set(output.unit, `${path}: ${present.wanted.path} and ${output.path} are one file, and their contents differ`);
        losers.push({ path, at: output.at, found, locked: null, wanted: output, owners: output.owners });
      }
      continue;
    }
    drafts.set(key, { path, at: output.at, found, locked: null, wanted: output, owners: output.owners });
    names.set(unitOf(path, output.at, output.owners), output.unit);
  }
  const wholes = new Set<string>();
  for (const draft of drafts.values()) if (draft.at === null) wholes.add(draft.path);
  for (const { path, at, wanted } of drafts.values()) {
    if (wanted === null) continue;
    if (at !== null && wholes.has(path)) clashes.set(wanted.unit, `${path} is wanted as a whole by another artifact`);
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      if (wholes.has(path.slice(0, cut))) clashes.set(wanted.unit, `${path.slice(0, cut)} is wanted as a file by another artifact`);
    }
  }
  for (const locked of lock.outputs) {
    const found = locate(locked.path);
    const key = placeKey({ path: found.real, at: locked.at });
    const present = drafts.get(key);
    if (present) present.locked ??= locked;
    else drafts.set(key, { path: found.real, at: locked.at, found, locked, wanted: null, owners: locked.owners });
  }
  const units = new Map<string, Unit>();
  for (const draft of [...drafts.values(), ...losers]) {
    const derived = unitOf(draft.path, draft.at, draft.owners);
    const name = draft.wanted?.unit ?? names.get(derived) ?? derived;
    const unit = units.get(name) ?? { name, places: [], clash: clashes.get(name) ?? null };
    unit.places.push(draft);
    units.set(name, unit);
  }
  for (const unit of units.values()) unit.places.sort((a, b) => byCodeUnits(a.path, b.path) || byCodeUnits(a.at ?? "", b.at ?? ""));
  return [...units.values()].toSorted((a, b) => byCodeUnits(a.name, b.name));
}
