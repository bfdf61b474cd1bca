// From artifacts to what shall stand on disk: chooses places, encodes, puts shared files together. Pure: the same input gives
// the same outputs in the same order, whatever the order of artifacts and platforms. Must not read or write anything.
import { blockedNote, rivalsNotes, rivalsText } from "./blocked.ts";
import { assembleBlocks, type BlockPart } from "./blocks.ts";
import { findClashes } from "./clash.ts";
import { holdsMarker } from "../edit/block.ts";
import { encode, type EncodeInput, type Placement } from "./encode.ts";
import { artifactId, KINDS, ONE_OF, type Artifact, type Diagnostic } from "../model.ts";
import type { Fidelity, Output, Rendered } from "../output.ts";
import { inFolders } from "../folders.ts";
import { pathFault } from "../path-fault.ts";
import { blockOutput, blockPartOf, createDigest, joinShared, keptOutputs, outputsOf, scriptOutputs, sharedOf, type Digest } from "./outputs.ts";
import { chooseAll, classOf, type Kept, keptReadings, type PlaceClass, type Unserved } from "./place.ts";
import { tokenCost } from "./tokens.ts";

export type RenderInput = EncodeInput & { readonly artifacts: readonly Artifact[] };

const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;

/** Renders artifacts (each kind and name once) for platforms (each once). Throws for bugs of ours only. */
export function render({ artifacts, ...rest }: RenderInput): Rendered {
  const input: EncodeInput = { ...rest, platforms: inFolders(rest.platforms, rest.facts.folders).toSorted((a, b) => compare(a.id, b.id)) };
  const digest = createDigest();
  const fidelity: Fidelity[] = [];
  const diagnostics: Diagnostic[] = input.facts.moved.map(({ platform, variable, value }) => ({
    severity: "warn",
    path: variable,
    line: null,
    message: `is set to ${value}, where ${platform} looks for its user files; those below your home folder are not read`,
  }));
  const conflicts: Diagnostic[] = [];
  const outputs: Output[] = [];
  const placements: Placement[] = [];
  const shared: Output[] = [];
  const named = artifacts.toSorted(byKindAndName).filter((artifact) => {
    const fault = faultOf(artifact, input);
    if (fault !== null) diagnostics.push(faultNote(artifact, fault));
    return fault === null;
  });
  const skills = new Set(named.flatMap(({ kind, name }) => (kind === "skill" ? name : [])));
  const classes = new Map<string, PlaceClass>();
  const groups = Map.groupBy(named, (artifact) => {
    const one = classOf(artifact, input.facts);
    const key = `${one.kind}/${one.scoped ? "scoped" : ""}/${one.folder ?? ""}`;
    classes.set(key, one);
    return key;
  });
  const choices = chooseAll([...classes.values()], input.platforms, input.scope, input.facts);
  const keptFor = (path: string): readonly Kept[] => keptReadings(path, input.platforms, input.scope, input.facts);
  for (const [i, group] of [...groups.values()].entries()) {
    const choice = choices[i] ?? { places: [], unserved: [] };
    diagnostics.push(...rivalsNotes(choice.unserved, group));
    for (const unserved of choice.unserved) {
      const note = blockedNote(unserved, group);
      if (note === null) fidelity.push(...group.map((artifact) => noPlace(artifact, unserved)));
      else conflicts.push(note);
    }
    for (const artifact of group) {
      const taken = choice.places.filter(({ target }) => target.codec === "command-as-skill" && skills.has(artifact.name));
      conflicts.push(...taken.flatMap(({ platforms, path }) => platforms.map((platform) => nameTaken(artifact, platform, path))));
      const free = choice.places.filter((place) => !taken.includes(place));
      const placed = free.map((place) => encode(artifact, place, input, fidelity)).filter(({ encoded }) => encoded.as !== "nothing");
      placements.push(...placed);
      shared.push(...placed.flatMap((placement) => [...sharedOf(placement, digest), ...keptOutputs(placement, keptFor(placement.path), digest)]));
      outputs.push(...placed.flatMap((placement) => outputsOf(placement, digest)), ...scriptsOf(artifact, placed, input, digest));
    }
  }
  const assembled = assembleBlocks(
    placements.flatMap((placement) => blockPartOf(placement) ?? []),
    input.facts.persons,
  );
  diagnostics.push(...assembled.diagnostics);
  const all = [...outputs, ...joinShared(shared), ...assembled.blocks.map((block) => blockOutput(block, digest))].toSorted(byPlace);
  const clashes = findClashes(all, input.facts.caseInsensitive);
  conflicts.push(...new Map([...clashes.values()].map((note) => [note.message, note])).values());
  return {
    outputs: all.filter(({ unit }) => !clashes.has(unit)),
    fidelity: fidelity.toSorted((a, b) => compare(a.platform, b.platform)),
    tokens: tokenCost(withoutParts(placements, assembled.leftOut), input.platforms, input.scope, input.facts),
    diagnostics,
    conflicts,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byKindAndName = (a: Artifact, b: Artifact): number => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compare(a.name, b.name);
const byPlace = (a: Output, b: Output): number => compare(a.path, b.path) || compare(a.at ?? "", b.at ?? "");

// A hostile bundle can hold anything: names and paths are looked at again where they become paths of the project.
function faultOf(artifact: Artifact, { facts }: EncodeInput): string | null {
  if (!NAME.test(artifact.name)) return `"${artifact.name}" cannot be a name: use letters, digits, dots, dashes and underscores`;
  const files = artifact.kind === "skill" || artifact.kind === "behavior" ? artifact.files : [];
  // As a file of its own and as a folder: which of them it becomes is the platforms' to say.
  const nameFault = pathFault(artifact.name) ?? pathFault(`${artifact.name}.md`);
  if (nameFault !== undefined) return `its name ${nameFault}`;
  const odd = files.find(({ path }) => pathFault(path) !== undefined);
  if (odd !== undefined) return `its file "${odd.path}" ${pathFault(odd.path) ?? "has an odd name"}`;
  if (artifact.kind === "rule" && holdsMarker(artifact.body, "html")) return "its text has a line that bounds a block of ours (<!-- aiwg:…): take it out";
  if (files.length > 0 && artifact.kind === "behavior" && facts.behaviors === null)
    return "its scripts have no place below your home folder, since the state folder of aiwg lies outside of it";
  return null;
}

function faultNote({ from, ...artifact }: Artifact, fault: string): Diagnostic {
  const [, path = from, line] = /^(.*):(\d+)$/.exec(from) ?? [];
  return { severity: "error", path, line: line === undefined ? null : Number(line), message: `${artifactId(artifact)} is left out: ${fault}` };
}

function nameTaken(artifact: Artifact, platform: string, path: string): Diagnostic {
  const why = `a command is a skill there, and skill/${artifact.name} has the name. Rename one of them.`;
  return { severity: "error", path: path.replaceAll("{name}", artifact.name), line: null, message: `${artifactId(artifact)} left out for ${platform}: ${why}` };
}

function noPlace(artifact: Artifact, { platform, rivals }: Unserved): Fidelity {
  const { kind, name } = artifact;
  const guards = artifact.kind === "behavior" && artifact.on.some((event) => event === "tool.before" || event === "prompt");
  const note = rivals === null ? `no place for ${ONE_OF[kind]} in this scope` : rivalsText(rivals);
  return { platform, kind, name, field: "*", grade: "unsupported", note, protects: guards };
}

function scriptsOf(artifact: Artifact, placed: readonly Placement[], { facts }: EncodeInput, digest: Digest): readonly Output[] {
  if (artifact.kind !== "behavior" || placed.length === 0) return [];
  const served = placed.flatMap(({ place }) => place.platforms);
  return scriptOutputs(artifact, served, facts, digest);
}

function withoutParts(placements: readonly Placement[], leftOut: readonly BlockPart[]): readonly Placement[] {
  const gone = new Set(leftOut.map(({ artifact, path }) => `${artifactId(artifact)}@${path}`));
  return placements.filter(({ artifact, path }) => !gone.has(`${artifactId(artifact)}@${path}`));
}
