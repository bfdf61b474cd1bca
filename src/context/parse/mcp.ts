// mcp.json: servers of the Model Context Protocol, in the shape that most clients write. `${VAR}` stays as it is.
// Must not start or reach any server.
import { hash } from "node:crypto";
import { z } from "zod";
import { canonicalJson, jsonPointer } from "../../core/json.ts";
import { type Jsonc, parseJsonc } from "../../core/jsonc.ts";
import { artifactId, type Diagnostic, type JsonObject, type McpServer } from "../model.ts";
import { textOf } from "./document.ts";
import { type Given, leftOver } from "./fields.ts";
import { judge } from "./front-matter.ts";
import { nameFault } from "./names.ts";

/** Servers of one file; those with an error are left out. */
export type ParsedServers = { readonly artifacts: readonly McpServer[]; readonly diagnostics: readonly Diagnostic[] };

const text = z.string().refine((value) => value.isWellFormed() && !value.includes("\0"), "must be a text without NUL");
const words = z.record(z.string(), text);
// What is checked below, as JSON Schema says it to editors.
const ONE_OF_TWO = [
  { type: "object", required: ["command"], properties: { url: false, type: { enum: ["stdio"] } } },
  { type: "object", required: ["url"], properties: { command: false, type: { enum: ["http", "sse", "streamable-http"] } } },
];
/** One entry of mcp.json. */
export const mcpServer = z
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
  })
  .meta({ oneOf: ONE_OF_TWO });

const LOCAL: ReadonlySet<string> = new Set(["type", "command", "args", "env"]);
const REMOTE: ReadonlySet<string> = new Set(["type", "url", "headers"]);

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** One entry as a server, or what is wrong with it (paths within the entry). */
export function serverOf(
  given: Given & { readonly line: number | null },
  value: unknown,
): McpServer | readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  const odd = judge(value);
  if (odd !== undefined) return [{ path: [], message: `holds ${odd}` }];
  const parsed = mcpServer.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => ({ path, message }));
  const { type, command, args = [], env = {}, url, headers = {} } = parsed.data;
  const transport: McpServer["transport"] =
    command !== undefined
      ? { type: "stdio", command, args, env: { ...env } }
      : { type: type === "sse" ? "sse" : "http", url: url ?? "", headers: { ...headers } };
  // Objects of the parser have no prototype, which equality of deep values would see.
  const entry: unknown = JSON.parse(JSON.stringify(value));
  if (!isObject(entry)) return [{ path: [], message: "must be an object" }];
  const from = given.line === null ? given.path : `${given.path}:${given.line}`;
  const digest = hash("sha256", canonicalJson(["mcp", given.name, entry]), "hex");
  const common = { kind: "mcp", name: given.name, bundles: [given.bundle], from, hash: digest } as const;
  return { ...common, transport, ...leftOver(entry, command === undefined ? REMOTE : LOCAL), entry };
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
