// All bundles of a config that come from elsewhere, each at the revision that the lock pins it to. Must not know what is done with them.
import type { FetchedBundles } from "../bundles.ts";
import { lockedSource } from "../bundles.ts";
import type { BundleEntry } from "../config.ts";
import { refuseUnpinned } from "../frozen.ts";
import type { Lock } from "../output.ts";
import type { Site } from "../site.ts";
import { type Fetched, fetchBundle, type FetchDeps, type Pin } from "./fetch.ts";
import { isRemote } from "./spec.ts";

/** `fresh`: bundles whose pin does not count; `known`: those that were fetched already; `frozen`: what has no pin is refused. */
export type FetchWish = { readonly fresh?: ReadonlySet<string>; readonly known?: FetchedBundles; readonly frozen?: boolean };

/** What the lock pins a bundle to: only while it is about the same source. */
export function pinOf(lock: Lock, site: Site, { name, source }: BundleEntry): Pin | null {
  const row = Object.hasOwn(lock.bundles, name) ? lock.bundles[name] : undefined;
  return row && row.rev !== null && row.source === lockedSource(site, source) ? { rev: row.rev, integrity: row.integrity } : null;
}

/** Fetches what is not there. Throws as `fetchBundle`, and `state_conflict` for an unpinned one while frozen. */
export async function fetchBundles(
  entries: readonly BundleEntry[],
  at: { readonly site: Site; readonly lock: Lock; readonly deps: FetchDeps },
  { fresh, known, frozen = false }: FetchWish,
): Promise<FetchedBundles> {
  const fetched = new Map<string, Fetched>();
  for (const entry of entries) {
    if (!isRemote(entry.source)) continue;
    const before = known?.get(entry.name);
    const there = before?.source === entry.source ? before : undefined;
    const pin = fresh?.has(entry.name) ? null : pinOf(at.lock, at.site, entry);
    if (frozen && !there && pin === null) refuseUnpinned(entry.name, entry.source);
    fetched.set(entry.name, there ?? (await fetchBundle(entry.source, { name: entry.name, pin, deps: at.deps })));
  }
  return fetched;
}
