// The bundles of a scope, read and put together: its own first, then those of the config, each with what the project says over it.
// Must not know platforms.
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { shownPath } from "../core/node/paths.ts";
import type { BundleEntry } from "./config.ts";
import { type Chosen, mergeBundles } from "./merge.ts";
import { type Artifact, artifactId, type Diagnostic } from "./model.ts";
import type { Lock } from "./output.ts";
import { type Bundle, bundleName, readBundle } from "./parse/bundle.ts";
import type { Site } from "./site.ts";
import { type OpenedSource, openSource } from "./source.ts";
import { scopeFlag } from "./typed.ts";

/** The name under which a scope's own bundle stands in lock and blocks. */
export const OWN_BUNDLE = { project: "project", user: "user" } as const;

/** Where a bundle was read from. `own`: it is the scope's own. */
export type BundlePlace = { readonly name: string; readonly folder: string; readonly overrides: string; readonly own: boolean };

export type ReadBundles = {
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
  readonly places: readonly BundlePlace[];
  /** What the lock says of them. */
  readonly locked: Lock["bundles"];
};

type Where = { readonly site: Site; readonly cwd: string };

/** Where what a person changed in the outputs of a bundle from elsewhere is kept. */
export function overridesOf(site: Site, bundle: string): string {
  return join(site.contextDir, "overrides", bundle);
}

function readPlace({ name, folder, overrides, own }: BundlePlace, cwd: string): Bundle {
  const bundle = readBundle(folder, { shown: shownPath(folder, cwd), name, ...(own ? { layout: "bundle" } : {}) });
  if (own || !existsSync(overrides)) return bundle;
  const over = readBundle(overrides, { shown: shownPath(overrides, cwd), name, layout: "bundle" });
  const replaced = new Set(over.artifacts.map(artifactId));
  return {
    ...bundle,
    artifacts: [...bundle.artifacts.filter((artifact) => !replaced.has(artifactId(artifact))), ...over.artifacts],
    diagnostics: [...bundle.diagnostics.filter(({ artifact }) => artifact === undefined || !replaced.has(artifact)), ...over.diagnostics],
  };
}

/** The name of the bundle that `source` names. Throws as `openSource` and `readBundle` do. */
export function sourceName(source: string, { site, cwd }: Where, name?: string): string {
  const { folder, shown } = openSource(source, { base: site.root, home: site.home, cwd });
  return bundleName(folder, { shown, ...(name === undefined ? {} : { name }) });
}

// What lies behind the config is one of several: which one cannot be opened, and how to do without it.
function openEntry({ name, source }: BundleEntry, { site, cwd }: Where): OpenedSource {
  try {
    return openSource(source, { base: site.root, home: site.home, cwd });
  } catch (error) {
    if (!isAiwgError(error)) throw error;
    throw new AiwgError(error.code, `bundle ${name}: ${error.message}`, {
      cause: error,
      hint: `Nothing was changed. Bring it back, or do without it: aiwg remove ${name}${scopeFlag(site)}`,
    });
  }
}

/** Reads and merges all bundles of a scope. Throws where one cannot be read at all, or two collide (contract §7). */
export function readBundles(entries: readonly BundleEntry[], { site, cwd }: Where): ReadBundles {
  const own = OWN_BUNDLE[site.scope];
  if (entries.some(({ name }) => name === own))
    throw new AiwgError("config_invalid", `${shownPath(site.configFile, cwd)}: a bundle may not be called "${own}", as the ${own}'s own one is`, {
      hint: 'Give it another "name".',
    });
  const places: BundlePlace[] = [];
  if (existsSync(site.contextDir)) places.push({ name: own, folder: site.contextDir, overrides: "", own: true });
  for (const entry of entries) {
    const { folder } = openEntry(entry, { site, cwd });
    places.push({ name: entry.name, folder, overrides: overridesOf(site, entry.name), own: false });
  }
  const bundles = places.map((place) => readPlace(place, cwd));
  const chosen = bundles.map((bundle): Chosen => {
    const { include, exclude } = entries.find(({ name }) => name === bundle.name) ?? {};
    return { bundle, ...(include && { include }), ...(exclude && { exclude }) };
  });
  const lockedOf = ({ integrity }: Bundle, folder: string): Lock["bundles"][string] => ({
    source: lockedSource(site, folder),
    rev: null,
    integrity: `sha256-${integrity}`,
  });
  return {
    ...mergeBundles(chosen),
    places,
    locked: Object.fromEntries(bundles.map((bundle, i) => [bundle.name, lockedOf(bundle, places[i]?.folder ?? site.root)])),
  };
}

// No absolute paths in the lock: it is committed, and lies elsewhere on the next machine.
function lockedSource(site: Site, folder: string): string {
  const path = relative(site.root, folder).split(sep).join("/");
  return path === "" ? "." : path.startsWith("../") || path === ".." ? path : `./${path}`;
}
