// Takes what a person changed in an output back into its source: a candidate is written there, and stays if a plan with it wants
// exactly what the person made. Else the source is as before. Must not touch outputs or the lock.
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { writeFileAtomic } from "../core/node/fs.ts";
import { shownPath } from "../core/node/paths.ts";
import { type BundlePlace, overridesOf } from "./bundles.ts";
import { ruleBlock } from "./codecs/rule-block.ts";
import { type DeployInput, type Deployment, prepareDeploy } from "./deploy.ts";
import { findBlocks } from "./edit/block.ts";
import { nodeAt, parseJsonText, setValue, valueOf } from "./edit/json-value.ts";
import { type Artifact, artifactId, type Diagnostic } from "./model.ts";
import type { At, Output } from "./output.ts";
import type { UnitStatus } from "./plan.ts";
import { blockCandidates, textCandidates } from "./save-candidates.ts";

/** `source` is the file that took the change over, as messages show it. */
export type Saved = { readonly path: string; readonly source: string };
export type SaveResult = { readonly saved: readonly Saved[]; readonly refused: readonly Diagnostic[] };

/** By absolute path; `executable` where that is known, else a file keeps its mode. */
type Files = ReadonlyMap<string, { readonly content: Uint8Array | string; readonly executable?: boolean }>;
type Work = { readonly input: DeployInput; readonly deployment: Deployment };

const textAt = (path: string): string => readFileSync(path, "utf8");

function artifactOf({ deployment }: Work, id: string): Artifact | undefined {
  return deployment.bundles.artifacts.find((artifact) => artifactId(artifact) === id);
}

const FOLDERS = { rule: "rules", agent: "agents", command: "commands", skill: "skills", behavior: "behaviors" } as const;

/** The file that defines an artifact, and the bundle it lies in. Undefined where that cannot be told. */
function sourceOf({ input, deployment }: Work, artifact: Artifact): { readonly file: string; readonly place: BundlePlace } | undefined {
  const said = artifact.from.replace(/:\d+$/, "");
  const typed = resolve(input.cwd, said);
  const holds = (folder: string): boolean => folder !== "" && !relative(folder, typed).startsWith("..");
  for (const place of deployment.bundles.places.filter(({ name }) => artifact.bundles.includes(name))) {
    // What comes from elsewhere is named by its source, not by where it lies.
    const cached = place.owner === "elsewhere" && said.startsWith(`${place.shown}/`) ? join(place.folder, said.slice(place.shown.length + 1)) : undefined;
    const file = cached ?? (holds(place.folder) || holds(place.overrides) ? typed : undefined);
    if (file !== undefined && existsSync(file)) return { file, place };
  }
  return undefined;
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

/** Where a change of `file` goes: itself, or beside the project's own bundle where the source is not ours to write. */
function targetOf({ input }: Work, artifact: Artifact, { file, place }: { readonly file: string; readonly place: BundlePlace }): string {
  const isTheirs = place.owner === "elsewhere" && !file.startsWith(place.overrides + sep);
  if (!isTheirs && (isWritable(file) || place.owner === "scope" || artifact.kind === "mcp")) return file;
  const overrides = overridesOf(input.site, place.name);
  if (artifact.kind === "mcp") return join(overrides, "mcp.json");
  const folder = join(overrides, FOLDERS[artifact.kind]);
  return artifact.kind === "skill" || artifact.kind === "behavior"
    ? join(folder, artifact.name, relative(dirname(file), file))
    : join(folder, `${artifact.name}.md`);
}

const modeFor = (path: string, executable = false): number => (statSync(path, { throwIfNoEntry: false })?.mode ?? (executable ? 0o755 : 0o644)) & 0o777;

/** Writes the files, plans, and keeps them if the unit is as the source says then. */
function isSettledWith(work: Work, files: Files, unit: UnitStatus): boolean {
  const before = [...files.keys()].map((path) => [path, existsSync(path) ? readFileSync(path) : null, modeFor(path)] as const);
  for (const [path, { content, executable }] of files) writeFileAtomic(path, content, modeFor(path, executable));
  const isEdited = (one: UnitStatus): boolean =>
    one.state === "edited" && one.places.some(({ path, at }) => unit.places.some((place) => place.path === path && place.at === at));
  try {
    if (!prepareDeploy(work.input).planned.states.some(isEdited)) return true;
  } catch {
    // A source that stops the whole run is not what the person meant.
  }
  for (const [path, content, mode] of before) {
    if (content === null) rmSync(path, { force: true });
    else writeFileAtomic(path, content, mode);
  }
  return false;
}

const outputAt = ({ deployment }: Work, path: string, at: At): Output | undefined =>
  deployment.outputs.find((output) => output.path === path && output.at === at);

// Parts of a folder: each file goes back to its own.
function folderFiles(work: Work, artifact: Artifact, unit: UnitStatus): Files | undefined {
  const source = sourceOf(work, artifact);
  if (!source || (artifact.kind !== "skill" && artifact.kind !== "behavior")) return undefined;
  const from = dirname(source.file);
  const to = dirname(targetOf(work, artifact, source));
  const files = new Map<string, { content: Uint8Array | string; executable?: boolean }>();
  if (to !== from) for (const { path, bytes, executable } of artifact.files) files.set(join(to, path), { content: bytes, executable });
  if (to !== from && artifact.kind === "behavior" && artifact.bytes) files.set(join(to, "BEHAVIOR.md"), { content: artifact.bytes });
  for (const { path, at } of unit.places) {
    const output = outputAt(work, path, at);
    const disk = join(work.input.site.root, path);
    if (at !== null || output?.content.as !== "file" || !existsSync(disk)) continue;
    const bytes = readFileSync(disk);
    const part = artifact.files.find((file) => path.endsWith(`/${artifact.name}/${file.path}`));
    if (part && !bytes.equals(output.content.bytes)) files.set(join(to, part.path), { content: bytes, executable: part.executable });
  }
  return files.size === 0 ? undefined : files;
}

function fileCandidates(work: Work, artifact: Artifact, output: Output, platform: string): readonly Files[] {
  const source = sourceOf(work, artifact);
  if (!source || output.content.as !== "file") return [];
  const edited = textAt(join(work.input.site.root, output.path));
  const texts = textCandidates({
    ...{ source: textAt(source.file), wrote: Buffer.from(output.content.bytes).toString("utf8"), edited, platform },
    toml: output.path.endsWith(".toml"),
  });
  const target = targetOf(work, artifact, source);
  return texts.map((text) => new Map([[target, { content: text }]]));
}

function blockFiles(work: Work, output: Output): readonly Files[] {
  if (output.content.as !== "block" || output.content.syntax !== "html") return [];
  const found = findBlocks(textAt(join(work.input.site.root, output.path)), "html");
  const block = "blocks" in found ? found.blocks.get(output.at?.slice("block:".length) ?? "") : undefined;
  if (!block) return [];
  const ids = new Set(output.owners.map(([, , id]) => id));
  // In the order in which they stand in what we wrote.
  const { text: wrote } = output.content;
  const rules = [...ids].flatMap((id) => {
    const artifact = artifactOf(work, id);
    const source = artifact && sourceOf(work, artifact);
    if (artifact?.kind !== "rule" || !source) return [];
    const encoded = ruleBlock(artifact, { platform: "", scope: work.input.site.scope, model: null, behaviorDir: "", override: {} });
    return encoded.as === "block"
      ? [{ artifact: id, text: encoded.text, body: artifact.body, source: textAt(source.file), target: targetOf(work, artifact, source) }]
      : [];
  });
  const parts = rules.toSorted((a, b) => wrote.indexOf(a.text) - wrote.indexOf(b.text));
  const candidate = blockCandidates(block.text.replaceAll("\r\n", "\n"), parts);
  const target = parts.find(({ artifact }) => artifact === candidate?.artifact)?.target;
  return target === undefined ? [] : (candidate?.texts ?? []).map((text) => new Map([[target, { content: text }]]));
}

function valueFiles(work: Work, artifact: Artifact, output: Output): readonly Files[] {
  const source = artifact.kind === "mcp" ? sourceOf(work, artifact) : undefined;
  const json = parseJsonText(textAt(join(work.input.site.root, output.path)));
  if (!source || "defect" in json || output.at === null) return [];
  const node = nodeAt(json, output.at);
  if (!node || "defect" in node) return [];
  const target = targetOf(work, artifact, source);
  const changed = setValue(existsSync(target) ? textAt(target) : "{}\n", `/mcpServers/${artifact.name}`, valueOf(node));
  return "text" in changed ? [new Map([[target, { content: changed.text }]])] : [];
}

function candidatesFor(work: Work, unit: UnitStatus): readonly Files[] {
  const [owner] = unit.owners;
  const [platform, , id] = owner ?? ["", "", ""];
  const artifact = artifactOf(work, id);
  if (!artifact) return [];
  if (artifact.kind === "skill" || artifact.kind === "behavior") {
    const files = folderFiles(work, artifact, unit);
    return files ? [files] : [];
  }
  return unit.places.flatMap(({ path, at }) => {
    const output = outputAt(work, path, at);
    if (!output) return [];
    if (at === null) return fileCandidates(work, artifact, output, platform);
    return at.startsWith("block:") ? blockFiles(work, output) : valueFiles(work, artifact, output);
  });
}

function refusal({ input }: Work, unit: UnitStatus): Diagnostic {
  const path = unit.places[0]?.path ?? unit.unit;
  const names = [...new Set(unit.owners.map(([, , id]) => id))].join(", ");
  return {
    ...{ severity: "error", path: shownPath(join(input.site.root, path), input.cwd), line: null },
    message: `this change cannot be said in the source of ${names}; make it there by hand, or: aiwg keep ${path}, aiwg deploy --force ${path}`,
  };
}

/**
 * Saves every edited unit at or below `path` (relative to the root); all of them without one. Throws `not_found` where nothing of ours
 * is there; what cannot be taken over is in `refused`, its source as it was.
 */
export function saveEdits(input: DeployInput, path: string | undefined): SaveResult {
  const work: Work = { input, deployment: prepareDeploy(input) };
  const isMeant = (unit: UnitStatus): boolean => path === undefined || unit.places.some((place) => place.path === path || place.path.startsWith(`${path}/`));
  const meant = work.deployment.planned.states.filter(isMeant);
  if (path !== undefined && meant.length === 0)
    throw new AiwgError("not_found", `aiwg has written nothing at ${path}`, { hint: "aiwg status lists the paths." });
  const saved: Saved[] = [];
  const refused: Diagnostic[] = [];
  for (const unit of meant.filter(({ state }) => state === "edited")) {
    const files = candidatesFor(work, unit).find((candidate) => isSettledWith(work, candidate, unit));
    if (!files) refused.push(refusal(work, unit));
    else for (const source of files.keys()) saved.push({ path: unit.places[0]?.path ?? "", source: shownPath(source, input.cwd) });
  }
  return { saved, refused };
}
