// What a deploy would change (contract §7): reads the disk once, writes nothing, and gives all that status, diff, consent and apply
// need. Must not know how anything is written.
import { isAbsolute, relative, sep } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { changeOf } from "./change.ts";
import { type Decision, type Settled, decideUnits } from "./decide.ts";
import { type DiskView, readDisk, sha256 } from "./disk.ts";
import { type ReadLock, lockText } from "../lock-file.ts";
import { byCodeUnits, type Diagnostic } from "../model.ts";
import type { At, Change, Lock, Locked, Output, Owner, UnitState } from "../output.ts";
import { type Root, judgeOwnFiles, openRoot } from "../root.ts";
import { isEmptyShared } from "./shared-edit.ts";
import type { Site } from "../site.ts";
import { type Place, joinUnits, placeKey } from "./units.ts";
import { STATE_OF } from "./verdict.ts";

/** One file that will be written. `old` is what must still be there then; `bytes` null deletes. */
export type Write = {
  /** Real path, relative to the root. */
  readonly path: string;
  readonly bytes: Uint8Array | null;
  readonly hash: string | null;
  readonly old: { readonly hash: string; readonly mode: number; readonly uid: number; readonly gid: number } | null;
  /** Permissions of the new file: before the umask for one that is created, exact for one that is replaced. */
  readonly mode: number;
  /** A copy of what is there is kept: it is a person's. */
  readonly backup: boolean;
};

/** One unit as `status` tells it. */
export type UnitStatus = {
  readonly unit: string;
  readonly owners: readonly Owner[];
  readonly state: UnitState;
  readonly places: readonly { readonly path: string; readonly at: At; readonly owners: readonly Owner[] }[];
};

export type Planned = {
  /** Sorted by path; empty if nothing would happen. */
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
  readonly states: readonly UnitStatus[];
  /** The lock before and after it, and the text of that (null: no file is needed); `basis` is the text that it was planned from, null without a file. */
  readonly before: Lock;
  readonly lock: Lock;
  readonly lockText: string | null;
  readonly basis: string | null;
  readonly writes: readonly Write[];
  /** Folders to make, outermost first, and folders that go if they are empty then, innermost first. */
  readonly folders: readonly string[];
  readonly emptied: readonly string[];
};

export type PlanInput = {
  readonly site: Site;
  readonly outputs: readonly Output[];
  readonly lock: ReadLock;
  /** What the next lock says of the bundles. */
  readonly bundles: Lock["bundles"];
  /** Paths as a person typed them, relative to the root or absolute: of a unit, a file in it, or a folder around it. */
  readonly force?: readonly string[];
  readonly keep?: readonly string[];
  /** `kind/name` of artifacts that could not be read or placed this time: what we wrote of them stays. */
  readonly hold?: readonly string[];
  /** A path as a person types it where they are, for the commands that messages name; else as it stands from the root. */
  readonly typed?: (path: string) => string;
};

function realOf(site: Site, root: Root, typed: string): string {
  const path = (isAbsolute(typed) ? relative(site.root, typed) : typed)
    .replaceAll(sep, "/")
    .replace(/^(?:\.\/)+/, "")
    .replace(/\/+$/, "");
  return root.locate(path).real;
}

function matcher(paths: readonly string[], places: readonly Place[]): (place: Place) => boolean {
  const within = (place: Place, path: string): boolean => place.path === path || place.path.startsWith(`${path}/`);
  for (const path of paths) {
    if (!places.some((place) => within(place, path))) {
      throw new AiwgError("not_found", `aiwg has written nothing at ${path}, and would not`, { hint: "aiwg status lists the paths." });
    }
  }
  return (place) => paths.some((path) => within(place, path));
}

function lockedOf({ place, verdict, forced }: Settled["actions"][number]): Locked | null {
  const { wanted, locked, path, at, owners } = place;
  if (wanted === null || verdict === "delete" || verdict === "forget" || verdict === "release") return null;
  const mode = wanted.content.as === "file" ? (wanted.content.mode === 0o755 ? "755" : "644") : null;
  const origin = verdict === "adopt" ? "adopted" : verdict === "create" || forced ? "created" : (locked?.origin ?? "created");
  return { path, at, hash: wanted.hash, mode, owners, origin };
}

function nextOutputs(settled: readonly Settled[]): Locked[] {
  return settled.flatMap(({ outcome, actions }) =>
    actions.flatMap((action) => {
      if (outcome === "kept") return [];
      const line = outcome === "accepted" ? lockedOf(action) : action.place.locked && { ...action.place.locked, path: action.place.path };
      return line === null ? [] : [line];
    }),
  );
}

function nextKept(settled: readonly Settled[], lock: Lock): Lock["kept"] {
  const managed = new Set(settled.filter(({ outcome }) => outcome !== "kept").flatMap(({ actions }) => actions.map(({ place }) => placeKey(place))));
  const kept = [
    ...lock.kept.filter((place) => !managed.has(placeKey(place))),
    ...settled.filter(({ outcome }) => outcome === "kept").flatMap(({ actions }) => actions.map(({ place }) => place)),
  ];
  return [...new Map(kept.map(({ path, at }) => [placeKey({ path, at }), { path, at }])).values()];
}

// Whatever of `created` still has something of ours in it.
function stillNeeded(outputs: readonly Locked[]): (entry: string) => boolean {
  const needed = new Set<string>();
  for (const { path, at } of outputs) {
    if (at !== null) needed.add(path);
    if (at?.startsWith("/") === true) needed.add(`${path}#`);
    for (let cut = path.lastIndexOf("/"); cut > 0 && !needed.has(path.slice(0, cut)); cut = path.lastIndexOf("/", cut - 1)) needed.add(path.slice(0, cut));
    if (at?.startsWith("/") === true)
      for (let cut = at.lastIndexOf("/"); cut > 0; cut = at.lastIndexOf("/", cut - 1)) needed.add(`${path}#${at.slice(0, cut)}`);
  }
  return (entry) => needed.has(entry);
}

// A made parent in a JSON file, `path#` its root.
const isParent = (entry: string): boolean => entry.includes("#/") || entry.endsWith("#");

function wholeWrites(settled: readonly Settled[], disk: DiskView): Write[] {
  return settled.flatMap(({ outcome, actions }) =>
    actions.flatMap(({ place, verdict, forced }): Write[] => {
      if (outcome !== "accepted" || place.at !== null || !["create", "update", "delete"].includes(verdict)) return [];
      const { path, wanted, found } = place;
      const print = disk.found.get(place);
      const old =
        found.stat && print && "print" in print && print.print
          ? { hash: print.print.hash, mode: found.stat.mode & 0o7777, uid: found.stat.uid, gid: found.stat.gid }
          : null;
      if (wanted?.content.as !== "file") return [{ path, bytes: null, hash: null, old, mode: 0, backup: forced }];
      const { bytes, mode } = wanted.content;
      // A replaced file keeps its permissions but for being executable, which is ours to say.
      const kept = old === null ? mode : mode === 0o755 ? old.mode | ((old.mode & 0o444) >> 2) : old.mode & ~0o111;
      return [{ path, bytes, hash: wanted.hash, old, mode: kept, backup: forced }];
    }),
  );
}

function sharedWrites({ settled, texts }: Decision, disk: DiskView, places: readonly Place[], created: ReadonlySet<string>): Write[] {
  const forced = new Set(
    settled.flatMap(({ outcome, actions }) => (outcome === "accepted" ? actions : []).filter((action) => action.forced).map(({ place }) => place.path)),
  );
  const stats = new Map(places.map((place) => [place.path, place.found.stat]));
  return [...texts].flatMap(([path, text]): Write[] => {
    const before = disk.shared.get(path);
    const stat = stats.get(path);
    if (before?.text === text) return [];
    const backup = forced.has(path) || before?.replaced === true;
    const old = stat && before?.hash ? { hash: before.hash, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid } : null;
    if (created.has(path) && isEmptyShared(text)) return old ? [{ path, bytes: null, hash: null, old, mode: 0, backup }] : [];
    const bytes = Buffer.from(text);
    return [{ path, bytes, hash: sha256(bytes), old, mode: old?.mode ?? 0o644, backup }];
  });
}

const RANK: readonly UnitState[] = ["edited", "foreign", "missing", "stale", "current"];

function statusOf({ unit, outcome, actions, obstacles }: Settled): UnitStatus {
  const states = new Set(
    actions.map(({ place, verdict, forced }) => (forced ? "edited" : obstacles.get(place)?.fault === true ? "foreign" : STATE_OF[verdict])),
  );
  const state = outcome === "kept" ? "kept" : unit.clash !== null ? "foreign" : (RANK.find((name) => states.has(name)) ?? "current");
  const owners = [...new Map(unit.places.flatMap((place) => place.owners).map((owner) => [owner.join("\0"), owner])).values()];
  return { unit: unit.name, owners, state, places: unit.places.map(({ path, at, owners: own }) => ({ path, at, owners: own })) };
}

const diagnosticsOf = ({ unit, obstacles }: Settled): Diagnostic[] =>
  [...obstacles].flatMap(([place, { reason, line, fault }]) =>
    fault ? [{ severity: "error", path: place?.path ?? unit.name, line, message: `${reason}; ${unit.name.split("\0")[0] ?? ""} is left out` }] : [],
  );

/**
 * Plans one scope. Throws `path_escape` (nothing at all may be written then), `not_found` for a path in `force` or `keep` that
 * names nothing.
 */
export function planChanges(input: PlanInput): Planned {
  const { site, outputs } = input;
  const { lock, text: basis } = input.lock;
  judgeOwnFiles(site);
  const root = openRoot(site);
  const units = joinUnits(root, outputs, lock);
  const places = units.flatMap((unit) => unit.places);
  const pathsOf = (typed: readonly string[] | undefined): string[] => (typed ?? []).map((path) => realOf(site, root, path));
  const isForced = matcher(pathsOf(input.force), places);
  const disk = readDisk(site.root, places, isForced);
  const decision = decideUnits(units, disk, {
    kept: new Set(lock.kept.map(({ path, at }) => placeKey({ path: root.locate(path).real, at }))),
    isForced,
    isKept: matcher(pathsOf(input.keep), places),
    hold: new Set(input.hold),
    created: lock.created,
    typed: input.typed ?? ((path) => path),
  });
  const { settled, made } = decision;
  const next = nextOutputs(settled);
  const fresh = settled.flatMap(({ outcome, actions }) =>
    (outcome === "accepted" ? actions.filter(({ verdict }) => verdict === "create") : []).map(({ place }) => place),
  );
  // A project's own folder is there by then.
  const own = site.scope === "project" ? ".aiwg" : undefined;
  const folders = [...new Set(fresh.flatMap(({ path }) => root.missingFolders(path)))].filter((folder) => folder !== own).toSorted(byCodeUnits);
  const newFiles = fresh.filter(({ path, at }) => at !== null && disk.shared.get(path)?.text === null).map(({ path }) => path);
  const created = new Set([...lock.created, ...folders, ...newFiles, ...made]);
  const needed = stillNeeded(next);
  const dropped = [...created].filter((entry) => !needed(entry) && !isParent(entry) && !folders.includes(entry));
  const nextLock: Lock = { lock: 1, bundles: input.bundles, outputs: next, created: [...created].filter(needed), kept: nextKept(settled, lock) };
  const text = lockText(nextLock);
  const isNothing = basis === null && next.length === 0 && nextLock.kept.length === 0 && Object.keys(nextLock.bundles).length === 0;
  return {
    changes: settled.flatMap((one) => changeOf(one, site.root, disk)).toSorted((a, b) => byCodeUnits(placeKey(a), placeKey(b))),
    diagnostics: settled.flatMap(diagnosticsOf),
    states: settled.map(statusOf),
    before: lock,
    lock: nextLock,
    lockText: isNothing ? null : text,
    basis,
    writes: [...wholeWrites(settled, disk), ...sharedWrites(decision, disk, places, created)].toSorted((a, b) => byCodeUnits(a.path, b.path)),
    folders,
    emptied: dropped.toSorted((a, b) => byCodeUnits(b, a)),
  };
}
