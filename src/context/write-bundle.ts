// Artifacts as files of our own bundle layout, added to a folder that may have some already: what is there is never changed.
// Must not know where artifacts come from.
import { applyEdits, modify } from "jsonc-parser";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { parseJsonc } from "../core/jsonc.ts";
import { readIfExists, removeIfEmpty } from "../core/node/fs.ts";
import {
  type Agent,
  type Artifact,
  type Behavior,
  byCodeUnits,
  type Command,
  type Json,
  type JsonObject,
  type McpServer,
  type PartFile,
  type Rule,
} from "./model.ts";
import { writeFrontMatter } from "./parse/front-matter.ts";

// `undefined` members are left out.
const compact = (fields: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

function fieldsOf(artifact: Rule | Agent | Command | Behavior): Readonly<Record<string, Json | undefined>> {
  const description = artifact.description ?? undefined;
  switch (artifact.kind) {
    case "rule": {
      const globs = artifact.globs.length === 0 ? undefined : artifact.globs;
      return { description, globs, alwaysApply: artifact.always === (globs === undefined) ? undefined : artifact.always };
    }
    case "agent":
      return { name: artifact.name, description, tools: artifact.tools ?? undefined, model: artifact.model ?? undefined };
    case "command":
      return { description, "argument-hint": artifact.argumentHint ?? undefined };
    case "behavior": {
      const tools = artifact.tools.length === 0 ? undefined : artifact.tools;
      return { name: artifact.name, description, on: artifact.on, tools, run: artifact.run, timeout: artifact.timeoutS ?? undefined };
    }
  }
}

/** The Markdown file of an artifact: its own where it was read from one, else written from its fields, texts in quotes. */
function markdownFile(artifact: Rule | Agent | Command | Behavior): Uint8Array {
  if (artifact.bytes) return artifact.bytes;
  const fields = compact({ ...fieldsOf(artifact), ...artifact.extra, ...artifact.overrides });
  return Buffer.from(writeFrontMatter(fields, artifact.kind === "behavior" ? "" : artifact.body));
}

function serverEntry({ transport, extra, overrides, entry }: McpServer): JsonObject {
  if (entry) return entry;
  if (transport.type === "stdio") {
    const args = transport.args.length === 0 ? undefined : transport.args;
    const env = Object.keys(transport.env).length === 0 ? undefined : transport.env;
    return compact({ command: transport.command, args, env, ...extra, ...overrides });
  }
  const headers = Object.keys(transport.headers).length === 0 ? undefined : transport.headers;
  return compact({ type: transport.type, url: transport.url, headers, ...extra, ...overrides });
}

/** The files of everything but MCP servers, in our layout, sorted by path. */
function filesOf(artifact: Artifact): readonly PartFile[] {
  const one = (path: string, bytes: Uint8Array): PartFile => ({ path, bytes, executable: false });
  switch (artifact.kind) {
    case "rule":
      return [one(`rules/${artifact.name}.md`, markdownFile(artifact))];
    case "agent":
      return [one(`agents/${artifact.name}.md`, markdownFile(artifact))];
    case "command":
      return [one(`commands/${artifact.name}.md`, markdownFile(artifact))];
    case "skill":
      return artifact.files.map((file) => ({ ...file, path: `skills/${artifact.name}/${file.path}` }));
    case "behavior": {
      const own = artifact.files.map((file) => ({ ...file, path: `behaviors/${artifact.name}/${file.path}` }));
      return [one(`behaviors/${artifact.name}/BEHAVIOR.md`, markdownFile(artifact)), ...own];
    }
    case "mcp":
      return [];
  }
}

function conflict(path: string, what: string): AiwgError {
  return new AiwgError("state_conflict", `${path} ${what}`, { hint: "Move it away, or take the artifact over by hand." });
}

/** The text of mcp.json with these servers added; comments and order stay. Throws `config_invalid`, `state_conflict`. */
function withServers(text: string | undefined, servers: readonly McpServer[], shown: string): string {
  let result = text === undefined || text.trim() === "" ? '{\n  "mcpServers": {}\n}\n' : text.replace(/^\uFEFF/, "");
  const parsed = parseJsonc(result);
  if ("fault" in parsed) throw new AiwgError("config_invalid", `${shown}:${parsed.line}: ${parsed.fault}`);
  const value = parsed.value as { readonly mcpServers?: Readonly<Record<string, unknown>> } | null;
  for (const server of servers) {
    const entry = serverEntry(server);
    const there = typeof value === "object" && typeof value?.mcpServers === "object" ? value.mcpServers[server.name] : undefined;
    if (there !== undefined && canonicalJson(there) !== canonicalJson(entry)) throw conflict(shown, `has another server "${server.name}"`);
    const formattingOptions = { insertSpaces: true, tabSize: 2, eol: result.includes("\r\n") ? "\r\n" : "\n" };
    if (there === undefined) result = applyEdits(result, modify(result, ["mcpServers", server.name], entry, { formattingOptions }));
  }
  return result;
}

function refuseLinks(folder: string, path: string): void {
  const parts = path.split("/");
  for (let i = 1; i <= parts.length; i++) {
    const at = parts.slice(0, i).join("/");
    if (lstatSync(join(folder, at), { throwIfNoEntry: false })?.isSymbolicLink()) throw conflict(at, "is a link, so nothing is written there");
  }
}

/** `paths` are the files that were made or changed, sorted; `undo` leaves the folder as it was. */
export type WrittenBundle = { readonly paths: readonly string[]; readonly undo: () => void };

/**
 * Adds the artifacts to a bundle's folder. Everything is judged before the first write: a file that is there with other content, or
 * a link on the way, throws `state_conflict`.
 */
export function writeBundle(folder: string, artifacts: readonly Artifact[]): WrittenBundle {
  const files = artifacts.flatMap(filesOf).toSorted((a, b) => byCodeUnits(a.path, b.path));
  const missing = files.filter(({ path, bytes, executable }) => {
    refuseLinks(folder, path);
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (!stats) return true;
    const same = stats.isFile() && Buffer.from(bytes).equals(readFileSync(join(folder, path))) && ((stats.mode & 0o100) !== 0) === executable;
    if (!same) throw conflict(path, "is there already with other content");
    return false;
  });
  const servers = artifacts.filter((artifact) => artifact.kind === "mcp");
  if (servers.length > 0) refuseLinks(folder, "mcp.json");
  const before = servers.length === 0 ? undefined : readIfExists(join(folder, "mcp.json"));
  const after = servers.length === 0 ? undefined : withServers(before, servers, "mcp.json");
  const made: string[] = [];
  const paths: string[] = [];
  const put = (path: string, bytes: Uint8Array | string, options: { readonly flag: "w" | "wx"; readonly mode: number }): void => {
    for (let at = dirname(join(folder, path)); !existsSync(at); at = dirname(at)) made.push(at);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes, options);
    paths.push(path);
  };
  const undo = (): void => {
    for (const path of paths) {
      if (path === "mcp.json" && before !== undefined) writeFileSync(join(folder, path), before);
      else rmSync(join(folder, path), { force: true });
    }
    for (const path of made.toSorted((a, b) => b.length - a.length)) removeIfEmpty(path);
  };
  try {
    for (const { path, bytes, executable } of missing) put(path, bytes, { flag: "wx", mode: executable ? 0o755 : 0o644 });
    if (after !== undefined && after !== before) put("mcp.json", after, { flag: "w", mode: 0o644 });
  } catch (error) {
    undo();
    throw error;
  }
  return { paths: paths.toSorted(byCodeUnits), undo };
}
