// Where what people have for platforms may stand, read off the platforms' rows. Pure; must not know the disk.
import type { CodecId } from "../codecs/codec.ts";
import { pointerKeys } from "../edit/json-value.ts";
import { type Kind, KINDS } from "../model.ts";
import type { Platform, ScopeName, Target } from "../platform.ts";

/** A pattern of paths as `Tree` reads it; for values in settings the keys above their names. */
export type Spot = { readonly kind: Kind; readonly path: string; readonly codec: CodecId; readonly keys: readonly string[] | null };

/** Files that a platform reads too and where a deploy writes nothing for it. */
export type OtherSpot = { readonly kind: Kind; readonly path: string };

const isFolder = (kind: Kind, path: string): boolean => kind === "skill" && path.endsWith("{name}");
const patternOf = (kind: Kind, path: string): string => `${path}${isFolder(kind, path) ? "/SKILL.md" : ""}`.replaceAll("{name}", "*");

function spotsAt(kind: Kind, { path, alternatives = [], codec, at }: Target): readonly Spot[] {
  const keys = at === undefined ? null : pointerKeys(at.slice(0, at.indexOf("/{")));
  return [path, ...alternatives].map((one) => ({ kind, path: patternOf(kind, one), codec, keys }));
}

/** Every place of the rows once, by kind and then in their order; of two codecs at one place the first. */
export function spotsOf(platforms: readonly Platform[], scope: ScopeName): readonly Spot[] {
  const spots = KINDS.flatMap((kind) => platforms.flatMap((platform) => (platform[scope][kind] ?? []).flatMap((target) => spotsAt(kind, target))));
  return [...new Map(spots.toReversed().map((spot) => [JSON.stringify([spot.path, spot.keys]), spot])).values()].toReversed();
}

/** Places that are read beside those of the rows, in a project alone. */
export function otherSpotsOf(platforms: readonly Platform[], scope: ScopeName): readonly OtherSpot[] {
  if (scope === "user") return [];
  const known = new Set(spotsOf(platforms, scope).map(({ path }) => path));
  const others = platforms.flatMap(({ alsoReads = [] }) => alsoReads.map(({ kind, path }): OtherSpot => ({ kind, path: patternOf(kind, path) })));
  return [...new Map(others.map((spot) => [spot.path, spot])).values()].filter(({ path }) => !known.has(path));
}
