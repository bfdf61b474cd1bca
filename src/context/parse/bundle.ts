// A folder read as a bundle, whatever its layout: its name, its artifacts, what is wrong with single ones, its integrity.
// Must not know platforms, nor whether anybody wants the artifacts.
import { basename } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../../core/names.ts";
import { oneLine } from "../../core/text.ts";
import { type Artifact, compareArtifacts, type Diagnostic } from "../model.ts";
import { type Layout, LAYOUTS, type LayoutId, LOOKS_LIKE, MANIFEST, OWN_FOLDERS } from "./layout.ts";
import { readOwnManifest } from "./manifest.ts";
import { marketplaceOf, pluginOf, readPlugin, readPluginsOf } from "./plugin.ts";
import { type Found, type From, placeOf, readArtifact } from "./read-artifact.ts";
import { Tree } from "./tree.ts";

export type Bundle = {
  readonly name: string;
  readonly version: string | null;
  /** Sorted by kind and name. */
  readonly artifacts: readonly Artifact[];
  readonly diagnostics: readonly Diagnostic[];
  /** sha256 (hex) over paths, modes and contents of what was read. */
  readonly integrity: string;
};

/** `shown`: the folder as diagnostics name it. `name` wins over what the bundle calls itself; `layout` says which one it is. */
export type ReadOptions = { readonly shown: string; readonly name?: string; readonly layout?: LayoutId };

/** A name for a bundle or skill from one that may have any characters. */
function bundleNameFrom(text: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
  return name || "bundle";
}

function layoutOf(tree: Tree, shown: string): Layout {
  const found = LAYOUTS.find(({ marks }) => marks.some((mark) => tree.match(mark).some(({ problem }) => problem === null)));
  if (found) return found;
  const [own] = LAYOUTS;
  const empty = tree.names("").length === 0 || OWN_FOLDERS.some((folder) => tree.typeAt(folder) === "folder");
  if (own && empty) return own;
  throw new AiwgError("usage", `${shown} is not a bundle`, { hint: LOOKS_LIKE });
}

// What lies where artifacts lie and is none, so that nobody wonders.
function strays(from: From, reads: Layout["reads"], seen: ReadonlySet<string>): Diagnostic[] {
  return reads.flatMap(({ kind, pattern }) => {
    const [folder = "", ...rest] = pattern.split("/");
    if (folder.includes("*") || rest.length === 0) return [];
    const known = (name: string): boolean => seen.has(`${folder}/${name}`) || seen.has([folder, name, ...rest.slice(1)].join("/"));
    const left = from.tree.names(folder).filter((name) => !known(name));
    if (left.length === 0) return [];
    const shown = left.slice(0, 5).map((name) => oneLine(name, 60));
    const more = left.length > shown.length ? ` and ${left.length - shown.length} more` : "";
    const message = `not read as a ${kind}: ${shown.join(", ")}${more}; it must be ${pattern.replace("*", "<name>")}`;
    return [{ severity: "warn", path: from.shown(folder), line: null, message } as const];
  });
}

function readLayout(from: From, layout: Layout, folderName: string): Found {
  const artifacts: Artifact[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const { kind, pattern } of layout.reads) {
    const matches = from.tree.match(pattern);
    for (const match of matches) {
      seen.add(match.path);
      const fallback =
        kind === "skill"
          ? folderName
              .toLowerCase()
              .replaceAll(/[^a-z0-9]+/g, "-")
              .replaceAll(/^-|-$/g, "")
          : from.bundle;
      const found = readArtifact(from, placeOf(kind, match, fallback));
      artifacts.push(...found.artifacts);
      diagnostics.push(...found.diagnostics);
    }
    if (layout.only === "first" && matches.length > 0) break;
  }
  return { artifacts, diagnostics: [...diagnostics, ...strays(from, layout.reads, seen)] };
}

type Known = { readonly tree: Tree; readonly name: string; readonly version: string | undefined; readonly read: () => Found };

// What the folder says of itself; its artifacts are read only when asked for.
function identify(folder: string, { shown, name, layout: wanted }: ReadOptions): Known {
  if (name !== undefined && !BUNDLE_NAME.test(name)) throw new AiwgError("usage", `bundle name "${oneLine(name, 80)}" ${BUNDLE_NAME_RULE}`);
  const tree = new Tree(folder);
  const shownPath = (path: string): string => oneLine(path === "" ? shown : shown === "." ? path : `${shown.replace(/\/$/, "")}/${path}`, 1_024);
  const layout = LAYOUTS.find(({ id }) => id === wanted) ?? layoutOf(tree, shown);
  const folderName = basename(folder);
  const known = (own: string | undefined, version: string | undefined, read: (from: From) => Found): Known => {
    const bundle = name ?? bundleNameFrom(own ?? folderName);
    return { tree, name: bundle, version, read: () => read({ tree, bundle, shown: shownPath }) };
  };
  const unnamed: From = { tree, bundle: "", shown: shownPath };
  if (layout.id === "marketplace") {
    const manifest = marketplaceOf(unnamed);
    return known(manifest?.name, manifest?.metadata?.version, (from) => readPluginsOf(from, manifest ?? { plugins: [] }));
  }
  if (layout.id === "plugin") {
    const manifest = pluginOf(unnamed);
    return known(manifest?.name, manifest?.version, (from) => readPlugin(from, manifest ?? { name: from.bundle }));
  }
  const manifest = layout.id === "bundle" ? readOwnManifest(tree, MANIFEST.bundle, shownPath(MANIFEST.bundle)) : undefined;
  return known(manifest?.name, manifest?.version, (from) => readLayout(from, layout, folderName));
}

/** The name that a folder's bundle has, without reading its artifacts. Throws as `readBundle`. */
export function bundleName(folder: string, options: ReadOptions): string {
  return identify(folder, options).name;
}

/**
 * Reads a folder (a real path). A defective artifact is a diagnostic and left out. Throws `usage` for a folder that is no bundle,
 * `config_invalid` for a broken manifest, `too_large`.
 */
export function readBundle(folder: string, options: ReadOptions): Bundle {
  const { tree, name, version, read } = identify(folder, options);
  const { artifacts, diagnostics } = read();
  const bare = artifacts.length === 0 && diagnostics.length === 0 && options.layout === undefined;
  const empty: Diagnostic[] = bare ? [{ severity: "warn", path: options.shown, line: null, message: "the bundle is empty" }] : [];
  return {
    ...{ name, version: version ?? null },
    artifacts: artifacts.toSorted(compareArtifacts),
    diagnostics: [...diagnostics, ...empty],
    integrity: tree.integrity(),
  };
}
