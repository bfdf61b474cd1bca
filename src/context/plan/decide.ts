// Which units are written, which are left out whole and why, and what the shared files say afterwards. Pure: everything comes
// from the snapshot; must not know the disk, nor how a lock is written.
import type { DiskView } from "./disk.ts";
import type { Owner } from "../output.ts";
import { removePlace, setPlace } from "./shared-edit.ts";
import { type Place, type Unit, placeKey } from "./units.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** Why a place stops its unit, and the ways out. `line`: the file is broken there; `fault` false: a person's content is in the way. */
export type Obstacle = { readonly reason: string; readonly ways: string | null; readonly line: number | null; readonly fault: boolean };

/** What becomes of one place; `forced`: what is there is a person's, and they agreed to lose it. */
export type Action = { readonly place: Place; readonly verdict: Verdict; readonly forced: boolean };

/**
 * One unit decided. `kept`: given back to the person; `held`: no longer wanted here, but what takes its place was left out;
 * `leftOut`: see `obstacles`.
 */
export type Settled = {
  readonly unit: Unit;
  readonly outcome: "accepted" | "kept" | "held" | "leftOut";
  readonly actions: readonly Action[];
  readonly obstacles: ReadonlyMap<Place | null, Obstacle>;
};

/** `texts`: every shared file that an edit went through, as it shall be; `made`: parents in JSON that are ours now, as `path#/pointer`. */
export type Decision = { readonly settled: readonly Settled[]; readonly texts: ReadonlyMap<string, string>; readonly made: readonly string[] };

export type Wishes = {
  /** Keys of the places that the lock says are kept. */
  readonly kept: ReadonlySet<string>;
  readonly isForced: (place: Place) => boolean;
  readonly isKept: (place: Place) => boolean;
  /** `kind/name` of artifacts that could not be read or placed: what we wrote of them stays. */
  readonly hold: ReadonlySet<string>;
  /** The lock's `created`. */
  readonly created: readonly string[];
  /** A path as a person types it where they are, for the commands that messages name. */
  readonly typed: (path: string) => string;
};

const leave = (typed: string): string => `aiwg keep ${typed} leaves it to you`;
const replace = (typed: string, what: string): string => `aiwg deploy --force ${typed} replaces ${what} (a copy is kept), ${leave(typed)}`;

const REASONS: Readonly<Record<"foreign" | "edited" | "leftover", string>> = {
  foreign: "aiwg did not write what is there",
  edited: "changed since aiwg wrote it",
  leftover: "changed since aiwg wrote it, and nothing in use asks for it any more",
};

const WAYS: Readonly<Record<"foreign" | "edited" | "leftover" | "broken" | "closed", (typed: string) => string>> = {
  foreign: (typed) => replace(typed, "it"),
  edited: (typed) => `aiwg save ${typed} takes the change into its source, ${replace(typed, "it")}`,
  leftover: (typed) => `aiwg deploy --force ${typed} deletes it (a copy is kept), ${leave(typed)}`,
  broken: (typed) => replace(typed, "the whole file"),
  closed: leave,
};

const ownerKey = ([, bundle, artifact]: Owner): string => `${bundle}\0${artifact}`;

function judge(unit: Unit, disk: DiskView, wishes: Wishes): Settled {
  const actions: Action[] = [];
  const obstacles = new Map<Place | null, Obstacle>();
  const forced = unit.places.some(wishes.isForced);
  if (unit.clash !== null) obstacles.set(null, { reason: unit.clash, ways: null, line: null, fault: false });
  for (const place of unit.places) {
    const found = disk.found.get(place) ?? { print: null };
    if ("fault" in found) {
      // Where nothing is wanted and nothing can be read, there is nothing of ours.
      const ways = WAYS[found.line === null ? "closed" : "broken"](wishes.typed(place.path));
      obstacles.set(place, { reason: found.fault, ways, line: found.line, fault: true });
      actions.push({ place, verdict: "foreign", forced: false });
      continue;
    }
    const { wanted, locked } = place;
    const content = wanted?.content;
    const print = wanted && { hash: wanted.hash, mode: content?.as === "file" ? (content.mode === 0o755 ? ("755" as const) : ("644" as const)) : null };
    const decided = verdictOf(locked, locked?.origin === "adopted", found.print, print);
    const verdict = found.commented === true && (decided === "update" || decided === "delete") ? "edited" : decided;
    const person = verdict === "foreign" || verdict === "edited";
    if (person && forced) actions.push({ place, verdict: wanted === null ? "delete" : "update", forced: true });
    else {
      actions.push({ place, verdict, forced: false });
      // Of what cannot be read this time the source is still there.
      const isLeft = wanted === null && !place.owners.some((owner) => wishes.hold.has(owner[2]));
      const why = !person ? null : isLeft ? "leftover" : verdict;
      if (why !== null) obstacles.set(place, { reason: REASONS[why], ways: WAYS[why](wishes.typed(place.path)), line: null, fault: false });
    }
    const limit = wanted?.limit ?? Number.POSITIVE_INFINITY;
    if (content?.as === "file" && content.bytes.length > limit) {
      const reason = `it would have ${content.bytes.length} bytes, and its readers stop at ${limit}`;
      obstacles.set(place, { reason, ways: null, line: null, fault: true });
    }
  }
  const kept = !forced && unit.places.some((place) => wishes.kept.has(placeKey(place)) || wishes.isKept(place));
  return { unit, outcome: kept ? "kept" : obstacles.size > 0 ? "leftOut" : "accepted", actions, obstacles };
}

type Texts = Map<string, string>;

// All edits of one unit, or none.
function editUnit(
  { actions }: Settled,
  disk: DiskView,
  texts: Texts,
  ours: ReadonlySet<string>,
  typed: Wishes["typed"],
): { readonly made: string[] } | { readonly place: Place; readonly obstacle: Obstacle } {
  const own: Texts = new Map();
  const made: string[] = [];
  for (const { place, verdict } of actions) {
    if (place.at === null || (verdict !== "create" && verdict !== "update" && verdict !== "delete")) continue;
    const { path } = place;
    const text = own.get(path) ?? texts.get(path) ?? disk.shared.get(path)?.text ?? null;
    const found = disk.found.get(place);
    const seen = found && "print" in found ? (found.print?.hash ?? null) : null;
    const prefix = `${path}#`;
    const edited =
      verdict === "delete" && text !== null
        ? removePlace(text, place, seen, (pointer) => ours.has(prefix + pointer) || made.includes(prefix + pointer))
        : setPlace(text, place, seen);
    if ("fault" in edited) return { place, obstacle: { reason: edited.fault, ways: leave(typed(path)), line: edited.line, fault: !edited.foreign } };
    own.set(path, edited.text);
    if (verdict !== "delete") made.push(...edited.made.map((pointer) => prefix + pointer));
  }
  for (const [path, text] of own) texts.set(path, text);
  return { made };
}

/** Decides every unit. The order of units decides the order of new blocks and values; what is no longer wanted goes first, to make room. */
export function decideUnits(units: readonly Unit[], disk: DiskView, wishes: Wishes): Decision {
  let settled = units.map((unit) => judge(unit, disk, wishes));
  const isWanted = ({ unit }: Settled): boolean => unit.clash !== null || unit.places.some(({ wanted }) => wanted !== null);
  for (;;) {
    // What takes the place of something must be in place before that goes.
    const missed = new Set(
      settled.filter((one) => one.outcome === "leftOut" && isWanted(one)).flatMap(({ unit }) => unit.places.flatMap(({ owners }) => owners.map(ownerKey))),
    );
    const holds = ({ unit }: Settled): boolean =>
      unit.places.some(({ owners }) => owners.some((owner) => missed.has(ownerKey(owner)) || wishes.hold.has(owner[2])));
    settled = settled.map((one) => (one.outcome === "accepted" && !isWanted(one) && holds(one) ? { ...one, outcome: "held" } : one));
    const texts: Texts = new Map();
    const made: string[] = [];
    const failed = new Map<Settled, ReadonlyMap<Place | null, Obstacle>>();
    const accepted = settled.filter(({ outcome }) => outcome === "accepted");
    const ours = new Set(wishes.created);
    for (const one of [...accepted.filter((unit) => !isWanted(unit)), ...accepted.filter(isWanted)]) {
      const edited = editUnit(one, disk, texts, ours, wishes.typed);
      if ("obstacle" in edited) failed.set(one, new Map([[edited.place, edited.obstacle]]));
      else {
        for (const entry of edited.made) ours.add(entry);
        made.push(...edited.made);
      }
    }
    if (failed.size === 0) return { settled, texts, made };
    settled = settled.map((one) => {
      const obstacles = failed.get(one);
      return obstacles ? { ...one, outcome: "leftOut", obstacles } : one;
    });
  }
}
