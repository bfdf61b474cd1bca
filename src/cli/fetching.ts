// Brings bundles from elsewhere here before anything is planned, and says so. Must not know what they are for.
import type { FetchedBundles } from "../context/bundles.ts";
import type { BundleEntry } from "../context/config.ts";
import { readLock } from "../context/lock-file.ts";
import type { Fetched, FetchDeps } from "../context/sources/fetch.ts";
import { type FetchWish, remoteEntries, unfetched } from "../context/sources/pins.ts";
import type { Site } from "../context/site.ts";
import { humanBytes } from "../core/text.ts";
import type { Cli } from "./command.ts";

const MIN_SHOWN = 64 * 1_024;

// How much has come stands under the line that says what is fetched, and goes at the end.
async function fetching<T>({ env, places, ui }: Cli, { root, home }: Site, work: (deps: FetchDeps) => Promise<T>): Promise<T> {
  const say = (line: string): void => ui.say({ text: `  ${line}`, tone: "dim" });
  const progress = (bytes: number): void => {
    if (bytes >= MIN_SHOWN) ui.progress(`  ${humanBytes(bytes)} so far`);
  };
  try {
    return await work({ env, cache: places.cache, base: root, home, say, progress });
  } finally {
    ui.progress("");
  }
}

/** True if nothing of the entries has to be fetched, as the lock has them now. */
export function isFetched(site: Site, entries: readonly BundleEntry[], wish: FetchWish): boolean {
  // Who uses folders only does not wait for the lock to be read.
  const remote = remoteEntries(entries, site);
  return remote.length === 0 || unfetched(remote, { site, lock: readLock(site).lock }, wish).length === 0;
}

/**
 * Every bundle of the entries that comes from elsewhere, at its pin, beside those that are known. Throws as `fetchBundles`; what fetches
 * is loaded only where it is needed.
 */
export async function fetchAll(cli: Cli, site: Site, entries: readonly BundleEntry[], wish: FetchWish = {}): Promise<FetchedBundles> {
  if (isFetched(site, entries, wish)) return wish.known ?? new Map();
  const { fetchBundles } = await import("../context/sources/fetch-all.ts");
  return fetching(cli, site, (deps) => fetchBundles(entries, { site, lock: readLock(site).lock, deps }, wish));
}

/** What a source names now, under its own name or `name`. Throws as `fetchBundle`. */
export async function fetchNew(cli: Cli, site: Site, source: string, name: string | undefined): Promise<Fetched> {
  const { fetchBundle } = await import("../context/sources/fetch.ts");
  return fetching(cli, site, (deps) => fetchBundle(source, { pin: null, deps, ...(name !== undefined && { name }) }));
}
