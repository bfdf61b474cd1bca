// Which place serves which platforms: as few places as possible, so that nothing is written, or read, twice. Pure, and
// independent of the order of platforms and artifacts. Must not know codecs or texts.
import type { Facts } from "../facts.ts";
import { folderOf } from "../folders.ts";
import type { Artifact, Kind } from "../model.ts";
import type { Platform, ScopeName, Target } from "../platform.ts";

/** A place that was chosen. `path` still has `{name}`; `platforms` is sorted; `primary` prefers the place most. */
export type Place = {
  readonly target: Target;
  readonly path: string;
  readonly platforms: readonly string[];
  readonly primary: string;
  /** The least limit of all that read it here; null without. */
  readonly limit: number | null;
  /** Those whose limit that is. */
  readonly limitedBy: readonly string[];
};

/** A platform without a place. `blockedBy` names the files in the way; without those and `rivals` the platform has no such kind. */
export type Unserved = { readonly platform: string; readonly blockedBy: readonly Blocker[]; readonly rivals: Rivals | null };

/** Platforms that read the folder of a place too, where a command of theirs would then be there twice. */
export type Rivals = { readonly folder: string; readonly readers: readonly string[] };

/** `file` is a person's. It hides `path` from the platform, or `path` would hide it from `from`. */
export type Blocker = { readonly path: string; readonly file: string; readonly how: "hides" | "hidden"; readonly from: string };

export type Choice = { readonly places: readonly Place[]; readonly unserved: readonly Unserved[] };

// A place that needs settings changed, too, comes after those that do not.
const DETOUR = 100;

type Candidate = { readonly key: string; readonly target: Target; readonly path: string; readonly ranks: Map<string, number> };

/** A class of artifacts, which all go the same way. `folder`: whose files, all of them, the rules are for. */
export type PlaceClass = { readonly kind: Kind; readonly scoped: boolean; readonly folder: string | null };

/** Rules with globs go elsewhere than those that are always loaded, those for one folder that is there elsewhere again. */
export function classOf(artifact: Artifact, { folders }: Facts): PlaceClass {
  const scoped = artifact.kind === "rule" && artifact.globs.length > 0 && !artifact.always;
  const folder = scoped ? folderOf(artifact) : null;
  return { kind: artifact.kind, scoped, folder: folder !== null && folders.has(folder) ? folder : null };
}

/** True for a file of a person's that is not just white space. */
export function owns({ persons }: Facts, path: string): boolean {
  return persons.get(path)?.blank === false;
}

/** The file that a target means here: the name under which a person already has it, else its own. */
export function pathOf(target: Pick<Target, "path" | "alternatives">, facts: Facts): string {
  return [...(target.alternatives ?? []), target.path].find((path) => owns(facts, path)) ?? target.path;
}

// Enough for one choice to follow from another's, and that from a third's.
const MAX_ROUNDS = 4;

/** Chooses places for all classes of one deploy: a file that one of them makes can hide that of another. */
export function chooseAll(classes: readonly PlaceClass[], platforms: readonly Platform[], scope: ScopeName, facts: Facts): readonly Choice[] {
  let planned: ReadonlySet<string> = new Set();
  for (let round = 1; ; round++) {
    const choices = classes.map((one) => choosePlaces(one, platforms, scope, facts, planned));
    const next = new Set(choices.flatMap(({ places }) => places.map(({ path }) => path)));
    if (round === MAX_ROUNDS || (next.size === planned.size && [...next].every((path) => planned.has(path)))) return choices;
    planned = next;
  }
}

/** Chooses places for one class of artifacts. `planned` are files that the same deploy makes. */
export function choosePlaces(
  { kind, scoped, folder }: PlaceClass,
  platforms: readonly Platform[],
  scope: ScopeName,
  facts: Facts,
  planned: ReadonlySet<string> = new Set(),
): Choice {
  const candidates = new Map<string, Candidate>();
  const blockers = new Map<string, Blocker[]>();
  const rivals = new Map<string, Rivals>();
  for (const platform of platforms) {
    const blocked: Blocker[] = [];
    blockers.set(platform.id, blocked);
    // Places of other folders do not count: how many there are says nothing of the preference.
    const targets = (platform[scope][kind] ?? []).filter(({ only, folder: of }) => only !== "folder" || of === folder);
    for (const [rank, target] of targets.entries()) {
      if ((target.only === "scoped" || target.only === "always") && (target.only === "scoped") !== scoped) continue;
      const path = pathOf(target, facts);
      if (isHiddenBy(planned, target, path, facts)) continue;
      const twice = rivalsAt(target, platforms, scope);
      if (twice !== null) {
        rivals.set(platform.id, twice);
        continue;
      }
      const found = blockerOf(target, path, platform, platforms, scope, facts);
      if (found !== null) {
        blocked.push(found);
        continue;
      }
      const key = [path, target.place, target.at ?? "", target.codec].join("\n");
      const candidate = candidates.get(key) ?? { key, target, path, ranks: new Map<string, number>() };
      const cost = rank + (keptReadings(path, platforms, scope, facts).length > 0 ? DETOUR : 0);
      candidate.ranks.set(platform.id, Math.min(cost, candidate.ranks.get(platform.id) ?? cost));
      candidates.set(key, candidate);
    }
  }
  const waiting = new Set(platforms.map(({ id }) => id));
  const places: Place[] = [];
  for (let best = bestOf(candidates, waiting); best !== null; best = bestOf(candidates, waiting)) {
    const { candidate, served } = best;
    for (const id of served) waiting.delete(id);
    const { target, path, ranks } = candidate;
    const primary = served.reduce((a, b) => ((ranks.get(b) ?? 0) < (ranks.get(a) ?? 0) ? b : a));
    const own = platforms.filter(({ id }) => served.includes(id));
    const limits = own.flatMap((platform) =>
      targetsAt(platform, scope, path, kind).flatMap(({ limit }) => (limit === undefined ? [] : { id: platform.id, limit })),
    );
    const limit = limits.length === 0 ? null : Math.min(...limits.map((one) => one.limit));
    const limitedBy = [...new Set(limits.flatMap((one) => (one.limit === limit ? one.id : [])))].toSorted();
    places.push({ target, path, platforms: served, primary, limit, limitedBy });
  }
  const unserved = (platform: string): Unserved => ({ platform, blockedBy: blockers.get(platform) ?? [], rivals: rivals.get(platform) ?? null });
  return { places, unserved: [...waiting].toSorted().map(unserved) };
}

// A command that stands as a skill is one more of its name for who reads that folder and has commands of its own: Copilot then knows neither.
function rivalsAt({ codec, path }: Target, platforms: readonly Platform[], scope: ScopeName): Rivals | null {
  if (codec !== "command-as-skill") return null;
  const place = path.replace(/\/SKILL\.md$/, "");
  const readers = platforms.filter((reader) => {
    const { skill = [], command = [] } = reader[scope];
    return skill.some((target) => target.path === place) && command.some((target) => target.codec !== "command-as-skill");
  });
  return readers.length === 0 ? null : { folder: place.replace("/{name}", ""), readers: readers.map(({ id }) => id).toSorted() };
}

function isHiddenBy(planned: ReadonlySet<string>, { hiddenBy = [] }: Target, path: string, { persons }: Facts): boolean {
  const isOther = (file: string): boolean => file !== path && (persons.get(file)?.real ?? file) !== (persons.get(path)?.real ?? path);
  return hiddenBy.some((file) => planned.has(file) && isOther(file));
}

function bestOf(candidates: ReadonlyMap<string, Candidate>, waiting: ReadonlySet<string>): { candidate: Candidate; served: readonly string[] } | null {
  let best: { candidate: Candidate; served: readonly string[]; cost: number } | null = null;
  for (const candidate of candidates.values()) {
    const served = [...candidate.ranks.keys()].filter((id) => waiting.has(id)).toSorted();
    if (served.length === 0) continue;
    const cost = served.reduce((sum, id) => sum + (candidate.ranks.get(id) ?? 0), 0);
    const more = best === null ? 1 : served.length - best.served.length || best.cost - cost;
    if (best === null || more > 0 || (more === 0 && candidate.key < best.candidate.key)) best = { candidate, served, cost };
  }
  return best;
}

/** What a platform says of a path, of all kinds or one. */
export function targetsAt(platform: Platform, scope: ScopeName, path: string, kind?: Kind): readonly Target[] {
  const all = kind === undefined ? Object.values<readonly Target[]>(platform[scope]).flat() : (platform[scope][kind] ?? []);
  return all.filter((target) => target.path === path || target.alternatives?.includes(path));
}

/** A person's file that hides a target from its platform, two names of one file left aside; null where none does. */
export function hiderOf({ hiddenBy = [], blankHides = false }: Target, path: string, facts: Facts): string | null {
  const { persons } = facts;
  const stands = (file: string): boolean => owns(facts, file) || (blankHides && persons.has(file));
  return hiddenBy.find((file) => stands(file) && persons.get(file)?.real !== persons.get(path)?.real) ?? null;
}

/** A person's file that `reader` stops reading once `path` is made, and the list in its settings that names it from then on. */
export type Kept = { readonly reader: string; readonly file: string; readonly path: string; readonly at: string };

/** What readers of a place must be told so that no file of a person's is hidden by it; nothing where the place is a person's already. */
export function keptReadings(path: string, platforms: readonly Platform[], scope: ScopeName, facts: Facts): readonly Kept[] {
  if (owns(facts, path)) return [];
  return platforms.flatMap((reader) =>
    targetsAt(reader, scope, path).flatMap(({ hides = [], keepsReading }) => {
      if (!keepsReading) return [];
      const list = pathOf(keepsReading, facts);
      return hides.filter((file) => owns(facts, file)).map((file) => ({ reader: reader.id, file, path: list, at: keepsReading.at }));
    }),
  );
}

function blockerOf(target: Target, path: string, platform: Platform, platforms: readonly Platform[], scope: ScopeName, facts: Facts): Blocker | null {
  const hider = hiderOf(target, path, facts);
  if (hider !== null) return { path, file: hider, how: "hides", from: platform.id };
  // What a person already has hides nothing anew.
  if (owns(facts, path)) return null;
  for (const reader of platforms) {
    const hidden = targetsAt(reader, scope, path)
      .flatMap(({ hides = [], keepsReading }) => (keepsReading ? [] : hides))
      .find((file) => owns(facts, file));
    if (hidden !== undefined) return { path, file: hidden, how: "hidden", from: reader.id };
  }
  return null;
}
