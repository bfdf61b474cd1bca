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
import { scanArtifacts } from "./scan.ts";
import type { Site } from "./site.ts";
import { openSource } from "./source.ts";
import type { Fetched } from "./sources/fetch.ts";
import { archivePath, sourceSpec } from "./sources/spec.ts";
import { scopeFlag } from "./typed.ts";

/** The name under which a scope's own bundle stands in lock and blocks. */
export const OWN_BUNDLE = { project: "project", user: "user" } as const;

/** Where a bundle was read from; `shown` is the folder as messages name it. `owner`: the scope itself, a person on this disk, or somebody elsewhere. */
export type BundlePlace = {
  readonly name: string;
  readonly folder: string;
  readonly shown: string;
  readonly overrides: string;
  readonly owner: "scope" | "person" | "elsewhere";
};

export type ReadBundles = {
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
  readonly places: readonly BundlePlace[];
  /** What the lock says of them. */
  readonly locked: Lock["bundles"];
};

type Where = { readonly site: Site; readonly cwd: string };

/** Bundles from elsewhere that were brought here, by name. */
export type FetchedBundles = ReadonlyMap<string, Fetched>;

/** What was brought here of an entry; undefined for a folder, and where the config named another source then. */
export function fetchedOf(fetched: FetchedBundles, { name, source }: BundleEntry): Fetched | undefined {
  const found = fetched.get(name);
  return found?.source === source ? found : undefined;
}

/** Where what a person changed in the outputs of a bundle from elsewhere is kept. */
export function overridesOf(site: Site, bundle: string): string {
  return join(site.contextDir, "overrides", bundle);
}

function readPlace({ name, folder, shown, overrides, owner }: BundlePlace, fetched: Fetched | undefined, cwd: string): Bundle {
  const bundle = fetched?.bundle ?? readBundle(folder, { shown, name, ...(owner === "scope" ? { layout: "bundle" } : {}) });
  if (owner === "scope" || !existsSync(overrides)) return bundle;
  const over = readBundle(overrides, { shown: shownPath(overrides, cwd), name, layout: "bundle" });
  const replaced = new Set(over.artifacts.map(artifactId));
  return {
    ...bundle,
    artifacts: [...bundle.artifacts.filter((artifact) => !replaced.has(artifactId(artifact))), ...over.artifacts],
    diagnostics: [...bundle.diagnostics.filter(({ artifact }) => artifact === undefined || !replaced.has(artifact)), ...over.diagnostics],
  };
}

/** The name of the bundle in the folder that `source` names. Throws as `openSource` and `readBundle` do. */
export function sourceName(source: string, { site, cwd }: Where, name?: string): string {
  const { folder, shown } = openSource(source, { base: site.root, home: site.home, cwd });
  return bundleName(folder, { shown, ...(name === undefined ? {} : { name }) });
}

/** An error of one bundle of several: which one it is, and how to do without it, or what takes what its source has now. */
export function errorOfEntry(error: unknown, { name }: BundleEntry, site: Site): unknown {
  if (!isAiwgError(error)) return error;
  const command = (verb: string): string => `aiwg ${verb} ${name}${scopeFlag(site)}`;
  const hint =
    error.code === "state_conflict"
      ? `Find out why it changed; once you have looked at it, take the new one: ${command("update")}`
      : error.code === "not_found"
        ? `Nothing was changed. Bring it back, or do without it: ${command("remove")}`
        : [error.hint, `Nothing was changed. To do without it: ${command("remove")}`].filter(Boolean).join(" ");
  return new AiwgError(error.code, `bundle ${name}: ${error.message}`, { cause: error, hint });
}

function placeOf(entry: BundleEntry, fetched: Fetched | undefined, { site, cwd }: Where): BundlePlace {
  const { name, source } = entry;
  const overrides = overridesOf(site, name);
  if (fetched) return { name, folder: fetched.folder, shown: fetched.shown, overrides, owner: "elsewhere" };
  try {
    const { folder } = openSource(source, { base: site.root, home: site.home, cwd });
    return { name, folder, shown: shownPath(folder, cwd), overrides, owner: "person" };
  } catch (error) {
    throw errorOfEntry(error, entry, site);
  }
}

/**
 * Reads and merges all bundles of a scope; those from elsewhere were read when they were fetched. Throws where one cannot be read at
 * all, or two collide (contract §7).
 */
export function readBundles(entries: readonly BundleEntry[], { site, cwd, fetched }: Where & { readonly fetched: FetchedBundles }): ReadBundles {
  const own = OWN_BUNDLE[site.scope];
  if (entries.some(({ name }) => name === own))
    throw new AiwgError("config_invalid", `${shownPath(site.configFile, cwd)}: a bundle may not be called "${own}", as the ${own}'s own one is`, {
      hint: 'Give it another "name".',
    });
  const places: BundlePlace[] = [];
  if (existsSync(site.contextDir)) places.push({ name: own, folder: site.contextDir, shown: shownPath(site.contextDir, cwd), overrides: "", owner: "scope" });
  for (const entry of entries) places.push(placeOf(entry, fetchedOf(fetched, entry), { site, cwd }));
  const entryOf = (name: string): BundleEntry | undefined => entries.find((entry) => entry.name === name);
  const from = (name: string): Fetched | undefined => {
    const entry = entryOf(name);
    return entry && fetchedOf(fetched, entry);
  };
  const bundles = places.map((place) => readPlace(place, from(place.name), cwd));
  const chosen = bundles.map((bundle, i): Chosen => {
    const { include, exclude } = entryOf(bundle.name) ?? {};
    return { bundle, isOwn: places[i]?.owner === "scope", ...(include && { include }), ...(exclude && { exclude }) };
  });
  const locked = bundles.map(({ name, integrity }, i) => {
    const fetchedOne = from(name);
    const source = fetchedOne ? lockedSource(site, fetchedOne.source) : relativePath(site, places[i]?.folder ?? site.root);
    return [name, { source, rev: fetchedOne?.rev ?? null, integrity: `sha256-${integrity}` }] as const;
  });
  const { artifacts, diagnostics } = mergeBundles(chosen);
  return { artifacts, diagnostics: [...diagnostics, ...scanArtifacts(artifacts)], places, locked: Object.fromEntries(locked) };
}

// No absolute paths in the lock: it is committed, and lies elsewhere on the next machine.
function relativePath(site: Site, folder: string): string {
  const path = relative(site.root, folder).split(sep).join("/");
  return path === "" ? "." : path.startsWith("../") || path === ".." ? path : `./${path}`;
}

/** A source from elsewhere as the lock names it. */
export function lockedSource(site: Site, source: string): string {
  const spec = sourceSpec(source);
  return spec.form === "archive" && "path" in spec.at ? relativePath(site, archivePath(spec.at.path, { base: site.root, home: site.home })) : source;
}
