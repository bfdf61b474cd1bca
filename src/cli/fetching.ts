// Brings bundles from elsewhere here before anything is planned, and says so. Must not know what they are for.
import type { FetchedBundles } from "../context/bundles.ts";
import type { BundleEntry } from "../context/config.ts";
import { readLock } from "../context/lock-file.ts";
import type { FetchDeps } from "../context/sources/fetch.ts";
import type { FetchWish } from "../context/sources/fetch-all.ts";
import { isRemote } from "../context/sources/spec.ts";
import type { Site } from "../context/site.ts";
import type { Cli } from "./command.ts";

/** How this command line fetches for a scope. */
export function fetchDeps({ env, places, ui }: Cli, { root, home }: Site): FetchDeps {
  return { env, cache: places.cache, base: root, home, say: (line) => ui.say({ text: `  ${line}`, tone: "dim" }) };
}

/** Every bundle of the entries that comes from elsewhere, at its pin. Throws as `fetchBundle`; what fetches is loaded only where it is needed. */
export async function fetchAll(cli: Cli, site: Site, entries: readonly BundleEntry[], wish: FetchWish = {}): Promise<FetchedBundles> {
  if (!entries.some(({ source }) => isRemote(source))) return new Map();
  const { fetchBundles } = await import("../context/sources/fetch-all.ts");
  return fetchBundles(entries, { site, lock: readLock(site).lock, deps: fetchDeps(cli, site) }, wish);
}
