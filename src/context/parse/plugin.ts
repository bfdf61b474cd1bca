// Claude Code plugins and marketplaces of plugins, read as a bundle: skills, agents, commands and MCP servers.
// Must not read a plugin that lies elsewhere, nor its hooks.
import { basename, join, normalize } from "node:path/posix";
import { type Artifact, artifactId, type Diagnostic, type Kind } from "../model.ts";
import { MANIFEST, PLUGIN } from "./layout.ts";
import { type Marketplace, type PluginManifest, readMarketplace, readPluginManifest } from "./manifest.ts";
import { serverOf } from "./mcp.ts";
import { type Found, type From, type Place, placeOf, readArtifact } from "./read-artifact.ts";

type Parts = Pick<PluginManifest, "skills" | "agents" | "commands" | "mcpServers" | "hooks">;
type Plugin = { readonly name: string; readonly folder: string; readonly parts: Parts; readonly says: string };

const PART = { skill: "skills", agent: "agents", command: "commands" } as const;
const isPart = (kind: Kind): kind is keyof typeof PART => kind in PART;
const PLUGIN_ROOT = "CLAUDE_PLUGIN_ROOT";

const note = (path: string, message: string, severity: Diagnostic["severity"] = "note"): Diagnostic => ({ severity, path, line: null, message });

/** A path of a manifest within the tree; undefined where it leads out. */
function inside(folder: string, path: string): string | undefined {
  if (path.startsWith("/") || path.includes("\\")) return undefined;
  const joined = normalize(join(folder, path)).replace(/\/$/, "");
  return joined === ".." || joined.startsWith("../") ? undefined : joined === "." ? "" : joined;
}

// A path names one artifact or a folder of them.
function placesAt({ tree }: From, kind: keyof typeof PART, path: string): readonly Place[] {
  const main = join(path, "SKILL.md");
  if (kind === "skill") {
    if (tree.typeAt(main) === "file") return [{ kind, path: main, name: basename(path) }];
    return tree.match("*/SKILL.md", path).map((match) => placeOf(kind, match, ""));
  }
  if (tree.typeAt(path) === "file") return [{ kind, path, name: basename(path, ".md") }];
  return tree.match("*.md", path).map((match) => placeOf(kind, match, ""));
}

function placesOf(from: From, plugin: Plugin, diagnostics: Diagnostic[]): readonly Place[] {
  return PLUGIN.flatMap(({ kind, pattern }) => {
    if (kind === "mcp" && plugin.parts.mcpServers !== undefined) return [];
    const named = isPart(kind) ? plugin.parts[PART[kind]] : undefined;
    if (named === undefined || !isPart(kind)) return from.tree.match(pattern, plugin.folder).map((match) => placeOf(kind, match, ""));
    return [named].flat().flatMap((path) => {
      const within = inside(plugin.folder, path);
      const places = within === undefined ? [] : placesAt(from, kind, within);
      if (places.length === 0) diagnostics.push(note(plugin.says, `plugin ${plugin.name}: "${path}" names no ${kind} inside of the source`, "warn"));
      return places;
    });
  });
}

function inlineServers(from: From, plugin: Plugin): Found {
  const { mcpServers } = plugin.parts;
  if (typeof mcpServers === "string") {
    const path = inside(plugin.folder, mcpServers);
    if (path !== undefined) return readArtifact(from, { kind: "mcp", path, name: "" });
    return { artifacts: [], diagnostics: [note(plugin.says, `plugin ${plugin.name}: "${mcpServers}" leads out of the source`, "error")] };
  }
  const artifacts: Artifact[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, value] of Object.entries(typeof mcpServers === "object" && mcpServers !== null ? mcpServers : {})) {
    const server = serverOf({ name, bundle: from.bundle, path: plugin.says, line: null }, value);
    if ("kind" in server) artifacts.push(server);
    else diagnostics.push({ ...note(plugin.says, `server "${name}": ${server[0]?.message ?? "is not valid"}`, "error"), artifact: `mcp/${name}` });
  }
  return { artifacts, diagnostics };
}

// What a plugin's own folder would resolve at run time lies elsewhere once it is deployed.
function judgeRoot(artifact: Artifact): Diagnostic | undefined {
  const about = { path: artifact.from, line: null, artifact: artifactId(artifact) };
  if (artifact.kind === "mcp")
    return JSON.stringify(artifact.transport).includes(PLUGIN_ROOT)
      ? { severity: "error", ...about, message: `server "${artifact.name}" needs \${${PLUGIN_ROOT}}, the folder of an installed plugin` }
      : undefined;
  if (!("body" in artifact) || !artifact.body.includes(PLUGIN_ROOT)) return undefined;
  return { severity: "warn", ...about, message: `speaks of \${${PLUGIN_ROOT}}, which is set for installed plugins only` };
}

function readPlugins(from: From, plugins: readonly Plugin[]): Found {
  const taken = new Map<string, string>();
  const read = new Set<string>();
  const artifacts: Artifact[] = [];
  const diagnostics: Diagnostic[] = [];
  const add = (artifact: Artifact): boolean => {
    const id = artifactId(artifact);
    const known = taken.get(id);
    if (known !== undefined) return known === artifact.hash;
    taken.set(id, artifact.hash);
    const wrong = judgeRoot(artifact);
    if (wrong) diagnostics.push(wrong);
    if (wrong?.severity !== "error") artifacts.push(artifact);
    return true;
  };
  for (const plugin of plugins) {
    if (plugin.parts.hooks !== undefined || from.tree.typeAt(join(plugin.folder, "hooks/hooks.json")) === "file")
      diagnostics.push(note(plugin.says, `plugin ${plugin.name}: its hooks are not read; a behavior says the same for every platform`));
    for (const place of placesOf(from, plugin, diagnostics)) {
      // Plugins of one marketplace often share a folder.
      if (read.has(place.path)) continue;
      read.add(place.path);
      const found = readArtifact(from, place);
      const clashes = found.artifacts.filter((artifact) => !add(artifact));
      const [clash] = clashes;
      if (clash === undefined || place.kind === "mcp") {
        diagnostics.push(...found.diagnostics, ...clashes.map(clashOf));
        continue;
      }
      const name = `${plugin.name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, "")}-${place.name}`;
      const renamed = readArtifact(from, { ...place, name, folder: place.name });
      diagnostics.push(...renamed.diagnostics, note(clash.from, `${artifactId(clash)} is there already; this one is called ${name}`));
      for (const artifact of renamed.artifacts) if (!add(artifact)) diagnostics.push(clashOf(artifact));
    }
    const inline = inlineServers(from, plugin);
    diagnostics.push(...inline.diagnostics);
    for (const artifact of inline.artifacts) if (!add(artifact)) diagnostics.push(clashOf(artifact));
  }
  return { artifacts, diagnostics };
}

const clashOf = (artifact: Artifact): Diagnostic => ({
  ...note(artifact.from, `${artifactId(artifact)} is there already with other content; this one is left out`, "error"),
  artifact: artifactId(artifact),
});

/** A folder with `.claude-plugin/plugin.json`. Throws `config_invalid` for a broken manifest. */
export function readPlugin(from: From, manifest: PluginManifest): Found {
  return readPlugins(from, [{ name: manifest.name, folder: "", parts: manifest, says: from.shown(MANIFEST.plugin) }]);
}

/**
 * A folder with `.claude-plugin/marketplace.json`: all plugins that lie in it. The later of two artifacts of one name and other
 * content is called `<plugin>-<name>`. Throws `config_invalid` for a broken manifest of a plugin.
 */
export function readPluginsOf(from: From, { plugins, metadata }: Marketplace): Found {
  const says = from.shown(MANIFEST.marketplace);
  const elsewhere: Diagnostic[] = [];
  const here: Plugin[] = [];
  for (const entry of plugins) {
    const root = metadata?.pluginRoot ?? "";
    const folder = typeof entry.source === "string" ? inside("", join(entry.source.startsWith("./") ? "" : root, entry.source)) : undefined;
    if (folder === undefined || from.tree.typeAt(folder) !== "folder") {
      const why = typeof entry.source !== "string" || folder === undefined ? "lies elsewhere" : `has no folder "${folder}"`;
      elsewhere.push(note(says, `plugin ${entry.name} ${why}, so it is not read`));
      continue;
    }
    const manifest = readPluginManifest(from.tree, join(folder, MANIFEST.plugin), from.shown(join(folder, MANIFEST.plugin)));
    here.push({ name: entry.name, folder, parts: { ...definedOf(manifest), ...definedOf(entry) }, says });
  }
  const found = readPlugins(from, here);
  return { artifacts: found.artifacts, diagnostics: [...elsewhere, ...found.diagnostics] };
}

function definedOf(parts: Parts | undefined): Parts {
  const kinds = ["skills", "agents", "commands", "mcpServers", "hooks"] as const;
  return Object.fromEntries(kinds.flatMap((kind) => (parts?.[kind] === undefined ? [] : [[kind, parts[kind]]])));
}

/** The marketplace's manifest of a tree, if it has one. */
export const marketplaceOf = (from: From): Marketplace | undefined => readMarketplace(from.tree, MANIFEST.marketplace, from.shown(MANIFEST.marketplace));

/** The plugin's manifest of a tree, if it has one. */
export const pluginOf = (from: From): PluginManifest | undefined => readPluginManifest(from.tree, MANIFEST.plugin, from.shown(MANIFEST.plugin));
