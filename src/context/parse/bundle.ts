// A folder read as a bundle, whatever its layout: its name, its artifacts, what is wrong with single ones, its integrity.
// Must not know platforms, nor whether anybody wants the artifacts.
import { basename, dirname } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../../core/names.ts";
import { oneLine } from "../../core/text.ts";
import { type Artifact, artifactId, compareArtifacts, type Diagnostic, ONE_OF } from "../model.ts";
import { inOurWords } from "./dialects.ts";
import { type Layout, LAYOUTS, type LayoutId, LOOKS_LIKE, MANIFEST, OWN_FOLDERS, README } from "./layout.ts";
import { readOwnManifest } from "./manifest.ts";
import { marketplaceOf, pluginOf, readPlugin, readPluginsOf } from "./plugin.ts";
import { type Found, type From, type Place, placeOf, readArtifact } from "./read-artifact.ts";
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
  const found = LAYOUTS.find(({ marks }) => marks.some((mark) => tree.match(mark).some(({ path, problem }) => problem === null && !README.test(path))));
  if (found) return found;
  const [own] = LAYOUTS;
  const empty = tree.names("").length === 0 || OWN_FOLDERS.some((folder) => tree.typeAt(folder) === "folder");
  if (own && empty) return own;
  throw new AiwgError("usage", `${shown} is not a bundle`, { hint: LOOKS_LIKE });
}

// What lies where artifacts lie and is none, so that nobody wonders.
function strays(from: From, reads: Layout["reads"], seen: readonly string[]): Diagnostic[] {
  const told = new Set<string>();
  return reads.flatMap(({ kind, pattern }) => {
    const parts = pattern.split("/");
    const folder = parts
      .slice(
        0,
        parts.findIndex((part) => part.includes("*")),
      )
      .join("/");
    if (!pattern.includes("*") || folder === "" || told.has(folder)) return [];
    told.add(folder);
    const read = new Set(seen.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).split("/", 1)[0]));
    const left = from.tree.names(folder).filter((name) => !read.has(name) && !README.test(name));
    if (left.length === 0) return [];
    const shown = left.slice(0, 5).map((name) => oneLine(name, 60));
    const more = left.length > shown.length ? ` and ${left.length - shown.length} more` : "";
    const message = `not read as ${ONE_OF[kind]}: ${shown.join(", ")}${more}; it must be ${pattern.replace("*", "<name>")}`;
    return [{ severity: "warn", path: from.shown(folder), line: null, message } as const];
  });
}

const skillName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

// What a folder gives that has a name already: the same again, or one that gets its own folder's name in front.
function settleNames(from: From, found: Found, place: Place, taken: Map<string, string>): Found {
  const clash = found.artifacts.find((artifact) => taken.has(artifactId(artifact)));
  for (const artifact of found.artifacts) if (!taken.has(artifactId(artifact))) taken.set(artifactId(artifact), artifact.hash);
  if (clash === undefined) return found;
  const rest = found.artifacts.filter((artifact) => artifact !== clash);
  if (taken.get(artifactId(clash)) === clash.hash) return { ...found, artifacts: rest };
  const name = `${skillName(basename(dirname(place.path)))}-${place.name}`;
  const renamed = place.kind === "mcp" ? { artifacts: [], diagnostics: [] } : readArtifact(from, { ...place, name, titled: true });
  const [artifact] = renamed.artifacts;
  if (artifact === undefined || taken.has(artifactId(artifact))) {
    const message = `${artifactId(clash)} is there already with other content; this one is left out`;
    return { artifacts: rest, diagnostics: [...found.diagnostics, { severity: "error", path: clash.from, line: null, message, artifact: artifactId(clash) }] };
  }
  taken.set(artifactId(artifact), artifact.hash);
  const message = `${artifactId(clash)} is there already; this one is called ${name}`;
  return { artifacts: [...rest, artifact], diagnostics: [...renamed.diagnostics, { severity: "note", path: clash.from, line: null, message }] };
}

function readLayout(from: From, layout: Layout, folderName: string): Found {
  const artifacts: Artifact[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen: string[] = [];
  const taken = new Map<string, string>();
  for (const { kind, pattern, dialect } of layout.reads) {
    const matches = from.tree.match(pattern).filter(({ path }) => !README.test(path));
    const read: Found[] = [];
    for (const match of matches) {
      seen.push(match.path);
      const place = { ...placeOf(kind, match, kind === "skill" ? skillName(folderName) : from.bundle), titled: dialect === "copilot" };
      read.push(settleNames(from, readArtifact(from, place), place, taken));
    }
    const found = dialect === undefined ? read : [inOurWords(read, dialect)];
    for (const one of found) {
      artifacts.push(...one.artifacts);
      diagnostics.push(...one.diagnostics);
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
