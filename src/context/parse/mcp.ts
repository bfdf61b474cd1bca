// mcp.json: servers of the Model Context Protocol, in the shape that most clients write. `${VAR}` stays as it is.
// Must not start or reach any server.
import { hash } from "node:crypto";
import { z } from "zod";
import { canonicalJson, jsonPointer } from "../../core/json.ts";
import { type Jsonc, parseJsonc } from "../../core/jsonc.ts";
import { artifactId, type Diagnostic, type Json, type JsonObject, type McpServer } from "../model.ts";
import { textOf } from "./document.ts";
import type { Given } from "./fields.ts";
import { nameFault, platformsOf } from "./names.ts";

/** Servers of one file; those with an error are left out. */
export type ParsedServers = { readonly artifacts: readonly McpServer[]; readonly diagnostics: readonly Diagnostic[] };

const text = z.string().refine((value) => value.isWellFormed() && !value.includes("\0"), "must be a text without NUL");
const words = z.record(z.string(), text);
const json: z.ZodType<Json> = z.json();
const entry = z
  .looseObject({
    type: z.enum(["stdio", "http", "sse", "streamable-http"]).optional(),
    command: text.min(1).optional(),
    args: z.array(text).optional(),
    env: words.optional(),
    url: text.min(1).optional(),
    headers: words.optional(),
  })
  .superRefine((server, ctx) => {
    const said = (server.command !== undefined ? 1 : 0) + (server.url !== undefined ? 1 : 0);
    if (said !== 1) ctx.addIssue({ code: "custom", message: said === 0 ? 'needs "command" or "url"' : 'has both "command" and "url"' });
    const local = server.type === undefined ? undefined : server.type === "stdio";
    if (said === 1 && local !== undefined && local !== (server.command !== undefined))
      ctx.addIssue({ code: "custom", path: ["type"], message: `"${server.type}" does not go with "${server.command === undefined ? "url" : "command"}"` });
  });

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** One entry as a server, or what is wrong with it (paths within the entry). */
export function serverOf(
  given: Given & { readonly line: number | null },
  value: unknown,
): McpServer | readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  const parsed = entry.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => ({ path, message }));
  const { type, command, args = [], env = {}, url, headers = {}, ...rest } = parsed.data;
  const extra: [string, Json][] = [];
  const overrides: Record<string, JsonObject> = {};
  const stray = command === undefined ? { args: parsed.data.args, env: parsed.data.env } : { headers: parsed.data.headers };
  for (const [key, inner] of Object.entries({ ...rest, ...stray })) {
    if (inner === undefined) continue;
    const kept = json.safeParse(inner);
    if (!kept.success || key === "__proto__" || !JSON.stringify(kept.data).isWellFormed())
      return [{ path: [key], message: "has a value that JSON does not have" }];
    const platforms = platformsOf(key);
    if (platforms.length === 0 || !isObject(kept.data)) extra.push([key, kept.data]);
    else for (const platform of platforms) overrides[platform] = { ...overrides[platform], ...kept.data };
  }
  const transport: McpServer["transport"] =
    command !== undefined
      ? { type: "stdio", command, args, env: { ...env } }
      : { type: type === "sse" ? "sse" : "http", url: url ?? "", headers: { ...headers } };
  const content = { transport, extra: Object.fromEntries(extra), overrides };
  const from = given.line === null ? given.path : `${given.path}:${given.line}`;
  const digest = hash("sha256", canonicalJson({ kind: "mcp", name: given.name, ...content }), "hex");
  return { kind: "mcp", name: given.name, bundles: [given.bundle], from, hash: digest, ...content };
}

function parseServers(document: Jsonc, at: string, given: Omit<Given, "name">): ParsedServers {
  const artifacts: McpServer[] = [];
  const diagnostics: Diagnostic[] = [];
  const tell = (severity: "error" | "warn", path: readonly PropertyKey[], message: string, artifact?: string): void => {
    diagnostics.push({
      severity,
      path: given.path,
      line: document.lineOf(path),
      message: `${jsonPointer(path) || "/"}: ${message}`,
      ...(artifact !== undefined && { artifact }),
    });
  };
  const servers = isObject(document.value) ? document.value[at] : undefined;
  if (!isObject(document.value)) tell("error", [], "must be an object");
  else if (servers === undefined) tell("error", [], `there is no "${at}"`);
  else if (!isObject(servers)) tell("error", [at], "must be an object of servers by name");
  for (const [name, value] of Object.entries(isObject(servers) ? servers : {})) {
    const id = artifactId({ kind: "mcp", name });
    const wrongName = nameFault("mcp", name);
    if (wrongName !== undefined) {
      tell("error", [at, name], wrongName, id);
      continue;
    }
    const server = serverOf({ ...given, name, line: document.lineOf([at, name]) }, value);
    if ("kind" in server) artifacts.push(server);
    else for (const { path, message } of server) tell("error", [at, name, ...path], message, id);
  }
  return { artifacts, diagnostics };
}

/** The servers of a file; `at` is the key that holds them. Never throws. */
export function parseMcp(bytes: Uint8Array, given: Omit<Given, "name">, at = "mcpServers"): ParsedServers {
  const failed = (line: number | null, message: string): ParsedServers => ({
    artifacts: [],
    diagnostics: [{ severity: "error", path: given.path, line, message }],
  });
  const source = textOf(bytes);
  if (source === undefined) return failed(null, "is not UTF-8 text");
  const document = parseJsonc(source);
  return "fault" in document ? failed(document.line, document.fault) : parseServers(document, at, given);
}
