// All bundles of a config that come from elsewhere, each at the revision that the lock pins it to. Must not know what is done with them.
import { errorOfEntry, type FetchedBundles } from "../bundles.ts";
import type { BundleEntry } from "../config.ts";
import { refuseUnpinned } from "../plan/frozen.ts";
import { type CachePlace, cachedBundle, fetchBundle, type FetchDeps } from "./fetch.ts";
import { type FetchWish, type Pinned, pinOf, remoteEntries, unfetched } from "./pins.ts";

/** Fetches what is not known, beside what is. Throws as `fetchBundle`, naming the bundle, and `state_conflict` for an unpinned one while frozen. */
export async function fetchBundles(entries: readonly BundleEntry[], at: Pinned & { readonly deps: FetchDeps }, wish: FetchWish): Promise<FetchedBundles> {
  const fetched = new Map(wish.known);
  for (const entry of unfetched(entries, at, wish)) {
    const pin = wish.fresh?.has(entry.name) ? null : pinOf(at, entry);
    if (wish.frozen && pin === null) refuseUnpinned(entry.name, entry.source, at.site);
    try {
      fetched.set(entry.name, await fetchBundle(entry.source, { name: entry.name, pin, deps: at.deps }));
    } catch (error) {
      throw errorOfEntry(error, entry, at.site);
    }
  }
  return fetched;
}

/** What is in the cache as the lock pins it, and the entries from elsewhere that are not. Asks no network and writes nothing. */
export function cachedBundles(
  entries: readonly BundleEntry[],
  at: Pinned & { readonly deps: CachePlace },
): { readonly fetched: FetchedBundles; readonly absent: readonly BundleEntry[] } {
  const remote = remoteEntries(entries, at.site);
  const found = remote.map((entry) => {
    const pin = pinOf(at, entry);
    return [entry.name, pin === null ? undefined : cachedBundle(entry.source, { name: entry.name, pin, deps: at.deps })] as const;
  });
  const fetched = new Map(found.flatMap(([name, bundle]) => (bundle ? [[name, bundle] as const] : [])));
  return { fetched, absent: remote.filter(({ name }) => !fetched.has(name)) };
}
