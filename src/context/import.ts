// What a person already has for single platforms in a project, as artifacts of our own bundle and where each stands. Nothing
// is written here, and what cannot come out of a deploy as it stands is left to the person.
import { hash } from "node:crypto";
import { canonicalJson } from "../core/json.ts";
import { parseJsonc } from "../core/jsonc.ts";
import { syntaxIn } from "./disk.ts";
import { withoutBlocks } from "./edit/block.ts";
import { agentFromCodex, readToml, serverFromOpencode, withVariables } from "./import-dialects.ts";
import { CODEX_CONFIG, FILES, type FileRow, SERVERS, type ServerRow, SHARED } from "./import-table.ts";
import { type Artifact, artifactId, compareArtifacts, type Diagnostic, type JsonObject } from "./model.ts";
import type { At, Output } from "./output.ts";
import { parseAgent } from "./parse/agent.ts";
import { textOf } from "./parse/document.ts";
import { judge } from "./parse/front-matter.ts";
import { serverOf } from "./parse/mcp.ts";
import { nameFault } from "./parse/names.ts";
import { type Found, type From, placeOf, readArtifact } from "./parse/read-artifact.ts";
import { type Match, Tree, type TreeFile } from "./parse/tree.ts";

/** One place as it stands on disk; `hash` as in `Output`. */
export type StandingPlace = { readonly path: string; readonly at: At; readonly hash: string; readonly mode: 0o644 | 0o755 | null };

/** An artifact of a person and all places where it stands. */
export type Standing = { readonly artifact: Artifact; readonly places: readonly StandingPlace[] };

export type Imported = { readonly found: readonly Standing[]; readonly diagnostics: readonly Diagnostic[] };

/**
 * `root` is a real path, `bundle` the name of our own bundle, `platforms` which to look at (null: all), `owned` says which places
 * are ours already, `shown` how messages name a path of the root.
 */
export type ImportOptions = {
  readonly root: string;
  readonly bundle: string;
  readonly platforms: readonly string[] | null;
  readonly owned: (path: string, at: At) => boolean;
  readonly shown: (path: string) => string;
};

type Import = ImportOptions & { readonly from: From; readonly standing: Map<string, Standing>; readonly diagnostics: Diagnostic[] };

const note = (path: string, message: string): Diagnostic => ({ severity: "note", path, line: null, message: `stays as it is: ${message}` });

const fileAt = (path: string, { digest, executable }: TreeFile): StandingPlace => ({ path, at: null, hash: digest, mode: executable ? 0o755 : 0o644 });

function add({ standing, diagnostics }: Import, artifact: Artifact, places: readonly StandingPlace[]): void {
  const id = artifactId(artifact);
  const known = standing.get(id);
  if (known && known.artifact.hash !== artifact.hash) diagnostics.push(note(artifact.from, `there is another ${id} at ${known.artifact.from}`));
  else standing.set(id, { artifact: known?.artifact ?? artifact, places: [...(known?.places ?? []), ...places] });
}

// A defect of a person's file is no error here: the file is left alone.
function leave({ diagnostics }: Import, found: Found): void {
  for (const { path, line, message } of found.diagnostics) diagnostics.push({ ...note(path, message), line });
}

function fromCodex(all: Import, match: Match, file: TreeFile): Found {
  const text = textOf(file.bytes);
  const written = text === undefined ? { refused: "it is not UTF-8 text" } : agentFromCodex(text);
  if ("refused" in written) return { artifacts: [], diagnostics: [{ severity: "note", path: all.shown(match.path), line: null, message: written.refused }] };
  const bytes = Buffer.from(written.value);
  const made = { path: "", bytes, executable: false, digest: hash("sha256", bytes, "hex") };
  const parsed = parseAgent({ name: match.name ?? "", bundle: all.bundle, path: all.shown(match.path), file: made });
  return { artifacts: parsed.artifact === null ? [] : [parsed.artifact], diagnostics: parsed.diagnostics };
}

function importFile(all: Import, { kind, dialect }: FileRow, match: Match): void {
  const { tree } = all.from;
  const file = tree.read(match.path);
  if (match.problem !== null || "problem" in file) return leave(all, readArtifact(all.from, placeOf(kind, match, "")));
  const folder = match.path.slice(0, match.path.lastIndexOf("/"));
  const files = kind === "skill" ? tree.walk(folder).files.map((part) => fileAt(`${folder}/${part.path}`, part)) : [fileAt(match.path, file)];
  if (files.some(({ path }) => all.owned(path, null))) return;
  const found = dialect === "codex" ? fromCodex(all, match, file) : readArtifact(all.from, placeOf(kind, match, ""));
  const [artifact] = found.artifacts;
  if (artifact === undefined) return leave(all, found);
  if (dialect === "tools" && artifact.kind === "agent" && artifact.tools !== null)
    all.diagnostics.push(note(artifact.from, "its tools have names of this client only; write them by hand in agents/ with Claude Code's names"));
  else add(all, artifact, files);
}

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value) && judge(value) === undefined;

function importServer(all: Import, { path, key, variable, form }: ServerRow, name: string, value: unknown, line: number): void {
  const shown = `${all.shown(path)}:${line}`;
  const at: At = `/${key}/${name}`;
  if (!/^[\w.-]+$/.test(name) || nameFault("mcp", name) !== undefined || !isObject(value)) {
    all.diagnostics.push(note(shown, "its name or entry cannot be an artifact's"));
    return;
  }
  if (all.owned(path, at)) return;
  const plain = withVariables(value, variable);
  const entry = "value" in plain && form === "opencode" ? serverFromOpencode(plain.value) : plain;
  if ("refused" in entry) {
    all.diagnostics.push(note(shown, `server "${name}": ${entry.refused}`));
    return;
  }
  const server = serverOf({ name, bundle: all.bundle, path: all.shown(path), line }, entry.value);
  if (!("kind" in server)) all.diagnostics.push(note(shown, `server "${name}": ${server[0]?.message ?? "is not valid"}`));
  else add(all, server, [{ path, at, hash: hash("sha256", canonicalJson(value), "hex"), mode: null }]);
}

function importServers(all: Import, row: ServerRow): void {
  const file = all.from.tree.typeAt(row.path) === "file" ? all.from.tree.read(row.path) : undefined;
  const text = file === undefined || "problem" in file ? undefined : textOf(file.bytes);
  if (text === undefined) return;
  const document = parseJsonc(text);
  if ("fault" in document) {
    all.diagnostics.push(note(`${all.shown(row.path)}:${document.line}`, document.fault));
    return;
  }
  const servers =
    typeof document.value === "object" && document.value !== null ? Object.entries(document.value).find(([key]) => key === row.key)?.[1] : undefined;
  for (const [name, value] of Object.entries(typeof servers === "object" && servers !== null ? servers : {}))
    importServer(all, row, name, value, document.lineOf([row.key, name]));
}

/** What of a text is not inside of our blocks. */
export function textBesideOurs(tree: Tree, path: string): string {
  const file = tree.typeAt(path) === "file" ? tree.read(path) : undefined;
  const text = file === undefined || "problem" in file ? "" : (textOf(file.bytes) ?? "");
  return withoutBlocks(text, syntaxIn(path)).trim();
}

function noteTables({ from, shown, diagnostics }: Import): void {
  const config = readToml(textBesideOurs(from.tree, CODEX_CONFIG));
  const servers = "value" in config ? config.value["mcp_servers"] : undefined;
  for (const name of isObject(servers) ? Object.keys(servers) : [])
    diagnostics.push(note(shown(CODEX_CONFIG), `server "${name}" stands in tables of yours; to share it with other platforms, write it in mcp.json`));
}

/** Looks at every place of the table. Never throws for what a file holds; `too_large` for a tree beyond its bounds. */
export function findStanding(options: ImportOptions): Imported {
  const { root, bundle, platforms, shown } = options;
  const all: Import = { ...options, from: { tree: new Tree(root), bundle, shown }, standing: new Map(), diagnostics: [] };
  const asked = (row: { readonly platforms: readonly string[] }): boolean =>
    platforms === null || row.platforms.some((platform) => platforms.includes(platform));
  for (const row of FILES.filter(asked)) for (const match of all.from.tree.match(row.pattern)) importFile(all, row, match);
  for (const row of SERVERS.filter(asked)) importServers(all, row);
  for (const { path } of SHARED.filter(asked)) {
    if (textBesideOurs(all.from.tree, path) !== "")
      all.diagnostics.push(
        note(shown(path), "a deploy adds marked blocks to it and takes no text over; to share its text with other platforms, move it to rules/"),
      );
  }
  if (asked({ platforms: ["codex"] })) noteTables(all);
  return { found: [...all.standing.values()].toSorted((a, b) => compareArtifacts(a.artifact, b.artifact)), diagnostics: all.diagnostics };
}

/**
 * Those artifacts that a deploy would leave as they stand: at each of their places the outputs of a render of them want exactly what
 * is there. The others stay a person's own, with a note that says where.
 */
export function keepExact(
  found: readonly Standing[],
  outputs: readonly Output[],
): { readonly artifacts: readonly Artifact[]; readonly diagnostics: readonly Diagnostic[] } {
  const wanted = new Map(outputs.map((output) => [`${output.path}\0${output.at ?? ""}`, output]));
  const artifacts: Artifact[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { artifact, places } of found) {
    const other = places.find((place) => {
      const output = wanted.get(`${place.path}\0${place.at ?? ""}`);
      const mode = output?.content.as === "file" ? output.content.mode : null;
      return output?.hash !== place.hash || mode !== place.mode;
    });
    if (other === undefined) artifacts.push(artifact);
    else {
      const elsewhere = !wanted.has(`${other.path}\0${other.at ?? ""}`);
      diagnostics.push(
        note(artifact.from, elsewhere ? `a deploy would write ${artifactId(artifact)} at another place` : `a deploy would write ${other.path} in other words`),
      );
    }
  }
  return { artifacts, diagnostics };
}
