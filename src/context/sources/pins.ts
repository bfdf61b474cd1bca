// What the lock pins bundles from elsewhere to, and which of them have to be fetched. Must not fetch anything.
import { errorOfEntry, type FetchedBundles, fetchedOf, lockedSource } from "../bundles.ts";
import type { BundleEntry } from "../config.ts";
import type { Lock } from "../output.ts";
import type { Site } from "../site.ts";
import type { Pin } from "./fetch.ts";
import { isRemote } from "./spec.ts";

/** `fresh`: bundles whose pin does not count; `known`: those that were fetched already; `frozen`: what has no pin is refused. */
export type FetchWish = { readonly fresh?: ReadonlySet<string>; readonly known?: FetchedBundles; readonly frozen?: boolean };

export type Pinned = { readonly site: Site; readonly lock: Lock };

/** What the lock pins a bundle to: only while it is about the same source. */
export function pinOf({ lock, site }: Pinned, { name, source }: BundleEntry): Pin | null {
  const row = Object.hasOwn(lock.bundles, name) ? lock.bundles[name] : undefined;
  return row && row.rev !== null && row.source === lockedSource(site, source) ? { rev: row.rev, integrity: row.integrity } : null;
}

// What another run has pinned since it was fetched counts, but for what is meant to be new.
function isKnown(entry: BundleEntry, at: Pinned, { fresh, known }: FetchWish): boolean {
  const there = known && fetchedOf(known, entry);
  if (there === undefined) return false;
  const pin = fresh?.has(entry.name) ? null : pinOf(at, entry);
  return pin === null || (pin.rev === there.rev && pin.integrity === `sha256-${there.bundle.integrity}`);
}

/** The entries that come from elsewhere. Throws `usage`, naming the bundle, for a source that is not understood. */
export function remoteEntries(entries: readonly BundleEntry[], site: Site): readonly BundleEntry[] {
  return entries.filter((entry) => {
    try {
      return isRemote(entry.source);
    } catch (error) {
      throw errorOfEntry(error, entry, site);
    }
  });
}

/** Those that are not known as the lock has them now. */
export function unfetched(entries: readonly BundleEntry[], at: Pinned, wish: FetchWish): readonly BundleEntry[] {
  return remoteEntries(entries, at.site).filter((entry) => !isKnown(entry, at, wish));
}
