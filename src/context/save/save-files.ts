// Which source files an edited output goes back to, and what each may say then: candidates, the likeliest first. Reads sources and
// outputs; must not write anything.
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { jsonPointer } from "../../core/json.ts";
import { type BundlePlace, overridesOf } from "../bundles.ts";
import { folderBlock, ruleBlock } from "../codecs/rule-block.ts";
import type { DeployInput, Deployment } from "../deploy.ts";
import { findBlocks } from "../edit/block.ts";
import { nodeAt, parseJsonText, removeValue, setValue, valueOf } from "../edit/json-value.ts";
import { readToml } from "../import/formats.ts";
import type { DecodeServer } from "../import/servers.ts";
import { READ_BACK } from "../import/table.ts";
import { type Artifact, artifactId, type JsonObject } from "../model.ts";
import type { At, Output } from "../output.ts";
import { targetsAt } from "../render/place.ts";
import type { UnitStatus } from "../plan/plan.ts";
import { resolveModel, TIERS } from "../render/models.ts";
import { blockCandidates, type EntryChange, sameJson, serverCandidates, textCandidates } from "./save-candidates.ts";

/**
 * `executable` where that is known, else a file keeps its mode. `output` is the path of what was edited; absent for a file that only
 * comes along.
 */
export type SourceFile = { readonly content: Uint8Array | string; readonly executable?: boolean; readonly output?: string };
/** By absolute path. */
export type SourceFiles = ReadonlyMap<string, SourceFile>;
export type Work = { readonly input: DeployInput; readonly deployment: Deployment };

/** Where an artifact is defined, and where a change of it goes: there, or beside the scope's own bundle where that is not ours to write. */
type Source = { readonly file: string; readonly target: string };

const MAX_CANDIDATES = 16;
const FOLDERS = { rule: "rules", agent: "agents", command: "commands", skill: "skills", behavior: "behaviors" } as const;

const textAt = (path: string): string => readFileSync(path, "utf8");
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function artifactOf({ deployment }: Work, id: string): Artifact | undefined {
  return deployment.bundles.artifacts.find((artifact) => artifactId(artifact) === id);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function overrideOf({ input }: Work, artifact: Artifact, file: string, place: BundlePlace): string {
  const folder = overridesOf(input.site, place.name);
  if (artifact.kind === "mcp") return join(folder, "mcp.json");
  const own = join(folder, FOLDERS[artifact.kind]);
  return artifact.kind === "skill" || artifact.kind === "behavior" ? join(own, artifact.name, relative(dirname(file), file)) : join(own, `${artifact.name}.md`);
}

/** Undefined where it cannot be told, or nothing can be written. What lies in the cache is never written. */
function sourceOf(work: Work, artifact: Artifact): Source | undefined {
  const { input, deployment } = work;
  const said = artifact.from.replace(/:\d+$/, "");
  const typed = resolve(input.cwd, said);
  const holds = (folder: string): boolean => folder !== "" && !relative(folder, typed).startsWith("..");
  for (const place of deployment.bundles.places.filter(({ name }) => artifact.bundles.includes(name))) {
    const cached = inCache(place, said);
    const file = cached ?? (holds(place.folder) || holds(place.overrides) ? typed : undefined);
    if (file === undefined || !existsSync(file)) continue;
    if (cached === undefined && isWritable(file)) return { file, target: file };
    return place.owner === "scope" ? undefined : { file, target: overrideOf(work, artifact, file, place) };
  }
  return undefined;
}

// What comes from elsewhere is named by its source, not by where it lies.
function inCache({ owner, folder, shown }: BundlePlace, said: string): string | undefined {
  const source = `${shown.replace(/\/$/, "")}/`;
  return owner === "elsewhere" && said.startsWith(source) ? join(folder, said.slice(source.length)) : undefined;
}

const outputAt = ({ deployment }: Work, path: string, at: At): Output | undefined =>
  deployment.outputs.find((output) => output.path === path && output.at === at);

/** One map for each way to choose from the alternatives of every file. */
function combined(alternatives: readonly (readonly [path: string, files: readonly SourceFile[]])[]): readonly SourceFiles[] {
  let all: readonly SourceFiles[] = [new Map()];
  for (const [path, files] of alternatives) all = all.flatMap((chosen) => files.map((file) => new Map([...chosen, [path, file]]))).slice(0, MAX_CANDIDATES);
  return alternatives.length === 0 ? [] : all;
}

// Parts of a folder: each file goes back to its own.
function folderCandidates(work: Work, artifact: Extract<Artifact, { kind: "skill" | "behavior" }>, unit: UnitStatus): readonly SourceFiles[] {
  const source = sourceOf(work, artifact);
  if (!source) return [];
  const [from, to] = [dirname(source.file), dirname(source.target)];
  const files = new Map<string, readonly SourceFile[]>();
  if (to !== from) for (const { path, bytes, executable } of artifact.files) files.set(join(to, path), [{ content: bytes, executable }]);
  if (to !== from && artifact.kind === "behavior" && artifact.bytes) files.set(join(to, "BEHAVIOR.md"), [{ content: artifact.bytes }]);
  let isChanged = false;
  for (const { path, at } of unit.places) {
    const output = outputAt(work, path, at);
    const disk = join(work.input.site.root, path);
    const stat = statSync(disk, { throwIfNoEntry: false });
    const part = artifact.files.find((file) => path.endsWith(`/${artifact.name}/${file.path}`));
    if (at !== null || output?.content.as !== "file" || stat?.isFile() !== true || !part) continue;
    const bytes = readFileSync(disk);
    const executable = (stat.mode & 0o100) !== 0;
    if (bytes.equals(output.content.bytes) && executable === (output.content.mode === 0o755)) continue;
    isChanged = true;
    const texts =
      artifact.kind === "skill" && part.path === "SKILL.md"
        ? textCandidates({ ...given(part.bytes, output.content.bytes, bytes), platform: output.owners[0]?.[0] ?? "", tiers: new Map(), toml: false })
        : [];
    const contents = texts.length > 0 ? texts : [bytes];
    files.set(
      join(to, part.path),
      contents.map((content) => ({ content, executable, output: path })),
    );
  }
  return isChanged ? combined([...files]) : [];
}

const given = (source: Uint8Array, wrote: Uint8Array, edited: Uint8Array): { readonly source: string; readonly wrote: string; readonly edited: string } => {
  const [a, b, c] = [source, wrote, edited].map((bytes) => Buffer.from(bytes).toString("utf8"));
  return { source: a ?? "", wrote: b ?? "", edited: c ?? "" };
};

function fileCandidates(work: Work, artifact: Artifact, output: Output, platform: string): readonly SourceFiles[] {
  const source = sourceOf(work, artifact);
  if (!source || output.content.as !== "file") return [];
  const texts = textCandidates({
    ...given(readFileSync(source.file), output.content.bytes, readFileSync(join(work.input.site.root, output.path))),
    ...{ platform, tiers: tiersOf(work, platform), toml: output.path.endsWith(".toml") },
  });
  return texts.map((content) => new Map([[source.target, { content, output: output.path }]]));
}

function tiersOf({ input }: Work, platform: string): ReadonlyMap<string, string> {
  const row = input.platforms.find(({ id }) => id === platform);
  const named = TIERS.map((tier) => [row && resolveModel(row, input.config.models, tier).model, tier] as const);
  return new Map(named.flatMap(([model, tier]) => (model ? [[model, tier] as const] : [])));
}

function ruleCandidates(work: Work, output: Output, edited: string, wrote: string): readonly SourceFiles[] {
  const ids = new Set(output.owners.map(([, , id]) => id));
  const rules = [...ids].flatMap((id) => {
    const artifact = artifactOf(work, id);
    const source = artifact && sourceOf(work, artifact);
    if (artifact?.kind !== "rule" || !source) return [];
    // With words for what it applies to, or without: whichever was written.
    const texts = [ruleBlock, folderBlock].flatMap((codec) => {
      const encoded = codec(artifact, { platform: "", scope: work.input.site.scope, model: null, behaviorDir: "", override: {} });
      return encoded.as === "block" && encoded.text !== "" && wrote.includes(encoded.text) ? [encoded.text] : [];
    });
    return texts.slice(0, 1).map((text) => ({ artifact: id, text, body: artifact.body, source: textAt(source.file), target: source.target }));
  });
  // In the order in which they stand in what we wrote.
  const parts = rules.toSorted((a, b) => wrote.indexOf(a.text) - wrote.indexOf(b.text));
  const changed = blockCandidates(edited.replaceAll("\r\n", "\n"), parts) ?? [];
  return combined(
    changed.flatMap(({ artifact, texts }) => {
      const target = parts.find((part) => part.artifact === artifact)?.target;
      return target === undefined ? [] : [[target, texts.map((content) => ({ content, output: output.path }))] as const];
    }),
  );
}

// Only what differs is set, so that the rest keeps its form and its comments; undefined where the file cannot be edited.
function withChanges(text: string, name: string, changes: readonly EntryChange[]): string | undefined {
  let result = text;
  for (const { keys, value } of changes) {
    const pointer = jsonPointer(["mcpServers", name, ...keys]);
    const edited = value === undefined ? removeValue(result, pointer, null, () => false) : setValue(result, pointer, value);
    if ("defect" in edited) return undefined;
    result = edited.text;
  }
  return result;
}

type ChangedServer = { readonly artifact: Artifact; readonly path: string; readonly alternatives: readonly (readonly EntryChange[])[] };

/** The servers' files with these changes, one alternative for each form that an entry may have had. */
function serverFiles(work: Work, servers: readonly ChangedServer[]): readonly SourceFiles[] {
  let all: readonly SourceFiles[] = [new Map()];
  for (const { artifact, path, alternatives } of servers) {
    const source = artifact.kind === "mcp" ? sourceOf(work, artifact) : undefined;
    if (artifact.kind !== "mcp" || !source) return [];
    all = all.flatMap((chosen) =>
      alternatives.flatMap((changes) => {
        const known = chosen.get(source.target)?.content;
        const text = typeof known === "string" ? known : textOfServers(source, artifact);
        const content = text === undefined ? undefined : withChanges(text, artifact.name, changes);
        return content === undefined ? [] : [new Map([...chosen, [source.target, { content, output: path }]])];
      }),
    );
  }
  return servers.length === 0 ? [] : all.slice(0, MAX_CANDIDATES);
}

// Beside our own bundle the server stands as its source has it, before anything is changed.
function textOfServers({ file, target }: Source, { name, entry }: Extract<Artifact, { kind: "mcp" }>): string | undefined {
  if (target === file) return textAt(file);
  const base = existsSync(target) ? textAt(target) : '{\n  "mcpServers": {}\n}\n';
  const copied = setValue(base, jsonPointer(["mcpServers", name]), entry ?? {});
  return "text" in copied ? copied.text : undefined;
}

function tableCandidates(work: Work, path: string, edited: string, wrote: string): readonly SourceFiles[] {
  const [before = {}, after = {}] = [wrote, edited].map((text) => {
    const read = readToml(text);
    const servers = "value" in read ? read.value["mcp_servers"] : undefined;
    return isObject(servers) ? servers : {};
  });
  const changed = Object.entries(after).flatMap(([name, entry]): readonly ChangedServer[] => {
    const [artifact, old] = [artifactOf(work, `mcp/${name}`), before[name]];
    if (sameJson(old, entry) || !artifact || !isObject(entry) || !isObject(old)) return [];
    return [{ artifact, path, alternatives: serverCandidates(name, old, entry, []) }];
  });
  return serverFiles(work, changed);
}

function blockFiles(work: Work, output: Output): readonly SourceFiles[] {
  if (output.content.as !== "block") return [];
  const { syntax, text: wrote } = output.content;
  const found = findBlocks(textAt(join(work.input.site.root, output.path)), syntax);
  const block = "blocks" in found ? found.blocks.get(output.at?.slice("block:".length) ?? "") : undefined;
  if (!block) return [];
  return syntax === "html" ? ruleCandidates(work, output, block.text, wrote) : tableCandidates(work, output.path, block.text, wrote);
}

// How the platforms that read a file say a server there.
function waysAt({ input }: Work, path: string): readonly DecodeServer[] {
  const targets = input.platforms.flatMap((platform) => targetsAt(platform, input.site.scope, path, "mcp"));
  return [...new Set(targets.map(({ codec }) => codec))].flatMap((codec) => {
    const back = READ_BACK[codec];
    return back.as === "server" ? [back.decode] : [];
  });
}

function valueFiles(work: Work, artifact: Artifact, output: Output): readonly SourceFiles[] {
  const json = parseJsonText(textAt(join(work.input.site.root, output.path)));
  const { path, at, content } = output;
  if ("defect" in json || at === null || content.as !== "value" || !isObject(content.value)) return [];
  const node = nodeAt(json, at);
  const entry = node && !("defect" in node) ? valueOf(node) : undefined;
  if (!isObject(entry)) return [];
  return serverFiles(work, [{ artifact, path, alternatives: serverCandidates(artifact.name, content.value, entry, waysAt(work, path)) }]);
}

/** What the sources of an edited unit may say so that it is no longer edited; none where nothing can be said. */
export function candidatesFor(work: Work, unit: UnitStatus): readonly SourceFiles[] {
  const [platform, , id] = unit.owners[0] ?? ["", "", ""];
  const artifact = artifactOf(work, id);
  if (!artifact) return [];
  if (artifact.kind === "skill" || artifact.kind === "behavior") return folderCandidates(work, artifact, unit);
  return unit.places.flatMap(({ path, at }) => {
    const output = outputAt(work, path, at);
    if (!output || !existsSync(join(work.input.site.root, path))) return [];
    if (at === null) return fileCandidates(work, artifact, output, platform);
    return at.startsWith("block:") ? blockFiles(work, output) : valueFiles(work, artifact, output);
  });
}
