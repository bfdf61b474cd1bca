// What a person already has for single platforms, as artifacts of our own bundle and where each stands. Nothing is written here, and
// what cannot be said in our words is left to the person with a note.
import { hash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, jsonPointer } from "../../core/json.ts";
import { type Artifact, artifactId, compareArtifacts, type Diagnostic, type Json, type Kind, ONE_OF } from "../model.ts";
import type { At } from "../output.ts";
import { parseAgent } from "../parse/agent.ts";
import { parseCommand } from "../parse/command.ts";
import { textOf } from "../parse/document.ts";
import { writeFrontMatter } from "../parse/front-matter.ts";
import { serverOf } from "../parse/mcp.ts";
import { nameFault } from "../parse/names.ts";
import { type Found, placeOf, readArtifact } from "../parse/read-artifact.ts";
import { parseRule } from "../parse/rule.ts";
import { type Match, Tree, type TreeFile } from "../parse/tree.ts";
import { decodeMarkdown } from "./decode.ts";
import { isJsonObject } from "./formats.ts";
import { notesOfTheirs } from "./left.ts";
import { type ImportOptions, type Look, matchesOf, settingsAt, staysNote, valueAt } from "./look.ts";
import { otherSpotsOf, type Spot, spotsOf } from "./places.ts";
import { meansSame, readsSame } from "./same.ts";
import { READ_BACK, type ReadBack } from "./table.ts";

/** One place as it stands on disk; `hash` as in `Output`. */
export type StandingPlace = { readonly path: string; readonly at: At; readonly hash: string; readonly mode: 0o644 | 0o755 | null };

/** An artifact of a person and all places where it stands. */
export type Standing = { readonly artifact: Artifact; readonly places: readonly StandingPlace[] };

export type Imported = { readonly found: readonly Standing[]; readonly diagnostics: readonly Diagnostic[] };

type Import = Look & { readonly standing: Map<string, Standing> };

const fileAt = (path: string, { digest, executable }: TreeFile): StandingPlace => ({ path, at: null, hash: digest, mode: executable ? 0o755 : 0o644 });

function add({ standing, diagnostics }: Import, artifact: Artifact, places: readonly StandingPlace[]): void {
  const id = artifactId(artifact);
  const known = standing.get(id);
  if (known && !meansSame(known.artifact, artifact)) diagnostics.push(staysNote(artifact.from, `there is another ${id} at ${known.artifact.from}`));
  else standing.set(id, { artifact: known?.artifact ?? artifact, places: [...(known?.places ?? []), ...places] });
}

// A defect of a person's file is no error here: the file is left alone.
function leave({ diagnostics }: Import, found: Found): void {
  for (const { path, line, message } of found.diagnostics) diagnostics.push(staysNote(path, message, line));
}

const PARSERS = { rule: parseRule, agent: parseAgent, command: parseCommand } as const;

function inOurWords({ from }: Import, kind: keyof typeof PARSERS, { path, name }: Match, written: string): Found {
  const bytes = Buffer.from(written);
  const file = { path: "", bytes, executable: false, digest: hash("sha256", bytes, "hex") };
  const { artifact, diagnostics } = PARSERS[kind]({ name: name ?? "", bundle: from.bundle, path: from.shown(path), file });
  return { artifacts: artifact === null ? [] : [artifact], diagnostics };
}

// As it stands where we read the same from it, so that it keeps every byte in our bundle too; else in our words.
function readFile(all: Import, kind: Kind, back: ReadBack, match: Match, file: TreeFile): Found {
  const own = (): Found => readArtifact(all.from, placeOf(kind, match, ""));
  if (back.as === "skill") return readArtifact(all.from, placeOf("skill", match, ""));
  if ((back.as !== "markdown" && back.as !== "text") || (kind !== "rule" && kind !== "agent" && kind !== "command")) return own();
  const text = textOf(file.bytes);
  if (text === undefined) return own();
  const name = match.name ?? "";
  const decoded = back.as === "text" ? back.decode(text, name) : decodeMarkdown(back.decode, text, name);
  if (decoded === null) return own();
  if ("refused" in decoded) return { artifacts: [], diagnostics: [{ severity: "note", path: all.shown(match.path), line: null, message: decoded.refused }] };
  const ours = inOurWords(all, kind, match, writeFrontMatter(decoded.value.data, decoded.value.body));
  if (back.as === "text") return ours;
  const [artifact] = ours.artifacts;
  const asItStands = own();
  const [standing] = asItStands.artifacts;
  // Of two that cannot be read, the file's own faults have lines.
  if (artifact === undefined) return standing === undefined ? asItStands : ours;
  return standing !== undefined && readsSame(standing, artifact, back.client) ? asItStands : ours;
}

function importFile(all: Import, { kind }: Spot, back: ReadBack, match: Match): void {
  const { tree } = all.from;
  const file = tree.read(match.path);
  if (match.problem !== null || "problem" in file)
    return void all.diagnostics.push(staysNote(all.shown(match.path), match.problem ?? ("problem" in file ? file.problem : "")));
  const folder = match.path.slice(0, match.path.lastIndexOf("/"));
  const files = back.as === "skill" ? tree.walk(folder).files.map((part) => fileAt(`${folder}/${part.path}`, part)) : [fileAt(match.path, file)];
  if (files.some(({ path }) => all.owned(path, null))) return;
  const link = files.find(({ path }) => lstatSync(join(all.root, path)).isSymbolicLink());
  if (link !== undefined) return void all.diagnostics.push(staysNote(all.shown(link.path), "it is a link, and a deploy would write through it"));
  const found = readFile(all, kind, back, match, file);
  const [artifact] = found.artifacts;
  if (artifact === undefined) leave(all, found);
  else add(all, artifact, files);
}

const standingValue = (path: string, at: At, value: Json): StandingPlace => ({ path, at, hash: hash("sha256", canonicalJson(value), "hex"), mode: null });

function importServer(
  all: Import,
  { path }: Spot,
  back: Extract<ReadBack, { as: "server" }>,
  keys: readonly string[],
  value: Json,
  beside: readonly StandingPlace[],
): void {
  const name = keys.at(-1) ?? "";
  const at: At = `/${jsonPointer(keys).slice(1)}`;
  if (all.owned(path, at)) return;
  const settings = all.opened.get(path);
  const line = settings && "lineOf" in settings ? settings.lineOf(keys) : null;
  const tell = (message: string): void => void all.diagnostics.push(staysNote(all.shown(path), message, line));
  if (!/^[\w.-]+$/.test(name) || nameFault("mcp", name) !== undefined || !isJsonObject(value)) return tell("its name or entry cannot be an artifact's");
  const entry = back.decode(value, name);
  if ("refused" in entry) return tell(`server "${name}": ${entry.refused}`);
  const server = serverOf({ name, bundle: all.bundle, path: all.shown(path), line }, entry.value);
  if ("kind" in server) add(all, server, [standingValue(path, at, value), ...beside]);
  else tell(`server "${name}": ${server[0]?.message ?? "is not valid"}`);
}

function importServers(all: Import, spot: Spot, back: Extract<ReadBack, { as: "server" }>): void {
  const settings = settingsAt(all, spot.path);
  const keys = spot.keys ?? [];
  const servers = settings === null ? undefined : valueAt(settings, keys);
  const beside = (back.beside ?? []).flatMap(({ at }) => {
    const value = settings === null ? undefined : valueAt(settings, at.slice(1).split("/"));
    return value === undefined ? [] : [standingValue(spot.path, at, value)];
  });
  for (const [name, value] of isJsonObject(servers) ? Object.entries(servers) : []) importServer(all, spot, back, [...keys, name], value, beside);
}

/** Looks at every place of the platforms' rows. Never throws for what a file holds; `too_large` for a tree beyond its bounds. */
export function findStanding(options: ImportOptions): Imported {
  const { root, bundle, platforms, scope, shown, written } = options;
  const ours = new Set(written.map(({ path, at }) => `${path}\0${at ?? ""}`));
  const all: Import = {
    ...{ ...options, from: { tree: new Tree(root), bundle, shown }, owned: (path, at) => ours.has(`${path}\0${at ?? ""}`) },
    ...{ opened: new Map(), standing: new Map(), diagnostics: [] },
  };
  for (const spot of spotsOf(platforms, scope)) {
    const back = READ_BACK[spot.codec];
    if (back.as === "server") importServers(all, spot, back);
    else if (back.as === "never") notesOfTheirs(all, spot, back.why);
    else for (const match of matchesOf(all, spot.path)) importFile(all, spot, back, match);
  }
  for (const { path, kind } of otherSpotsOf(platforms, scope))
    for (const match of all.from.tree.match(path))
      if (!all.owned(match.path, null)) all.diagnostics.push(staysNote(shown(match.path), `a deploy would write ${ONE_OF[kind]} at another place`));
  return { found: [...all.standing.values()].toSorted((a, b) => compareArtifacts(a.artifact, b.artifact)), diagnostics: all.diagnostics };
}
