// What is deployed where and in which state, as `status` lists it: one line per platform and artifact at a place. Pure.
import { AIWG_OWNER, type At, type Output, type Owner, type UnitState } from "../output.ts";
import type { UnitStatus } from "./plan.ts";

/** One artifact on one platform. `path` is its file or folder; `at` where it is a part of that file. */
export type Entry = {
  readonly platform: string;
  readonly kind: string;
  readonly name: string;
  readonly bundle: string;
  readonly path: string;
  readonly at: At;
  readonly state: UnitState;
};

// A folder that all files of the unit lie in, else the first file: scripts lie elsewhere than the entry that starts them.
function mainPlace(all: UnitStatus["places"]): { readonly path: string; readonly at: At } {
  const entries = all.filter(({ path }) => !/(?:^|\/)behaviors\//.test(path));
  const places = entries.length > 0 ? entries : all;
  const [first, ...rest] = places;
  if (!first) return { path: "", at: null };
  const entry = places.find(({ at }) => at !== null);
  if (entry) return entry;
  if (rest.length === 0) return first;
  let shared = first.path.split("/").slice(0, -1);
  for (const { path } of rest) {
    const folders = path.split("/").slice(0, -1);
    const differs = shared.findIndex((folder, i) => folders[i] !== folder);
    if (differs !== -1) shared = shared.slice(0, differs);
  }
  return shared.length < 2 ? first : { path: shared.join("/"), at: null };
}

const order = ({ platform, kind, name, path }: Entry): string => [platform, kind, name, path].join("\0");

/** True if what stands there, or in that folder, is still to stand there; an edited one that is not has no source to take the edit. */
export function isWanted({ path }: Pick<Entry, "path">, outputs: readonly Pick<Output, "path">[]): boolean {
  return outputs.some((output) => output.path === path || output.path.startsWith(`${path}/`));
}

/** Every artifact of every unit, sorted by platform, kind and name. */
export function inventoryOf(states: readonly UnitStatus[]): readonly Entry[] {
  return states
    .flatMap(({ owners, state, places }) => {
      // What is aiwg's own is no artifact.
      return owners
        .filter(([platform]) => platform !== AIWG_OWNER[0])
        .map(([platform, bundle, artifact]: Owner): Entry => {
          // Where this platform looks; another one's entry of the same unit may stand elsewhere.
          const own = places.filter((place) => place.owners.some((owner) => owner[0] === platform && owner[2] === artifact));
          const { path, at } = mainPlace(own.length > 0 ? own : places);
          const cut = artifact.indexOf("/");
          return { platform, bundle, kind: artifact.slice(0, cut), name: artifact.slice(cut + 1), path, at, state };
        });
    })
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}
