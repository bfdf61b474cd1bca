// A client's MCP server as an entry of mcp.json: the dialects of codecs/mcp-dialects.ts, turned round. Pure.
// What an entry says beyond our words is passed on; whether the client gets it back is found out by rendering.
import type { McpDialect } from "../codecs/mcp-dialects.ts";
import { hasVariable } from "../codecs/variables.ts";
import type { Json, JsonObject } from "../model.ts";
import type { Translated } from "./formats.ts";

/** A server in our words. `name` is its key. */
export type DecodeServer = (entry: JsonObject, name: string) => Translated<JsonObject>;

// Of its user, of a file, or of the client itself.
const ASKS = /\$\{\w+:(?!-)|\{(?:env|file):/;

const literal = (text: string): string => text.replaceAll(/[$(){}[\]*+?.\\^|]/g, "\\$&");

/** What finds a variable as the client writes it; undefined where it writes it as we do. */
function variableOf({ variable }: McpDialect): RegExp | undefined {
  if (variable === undefined || variable === null) return undefined;
  const [before = "", after = ""] = variable("\0").split("\0");
  return new RegExp(`${literal(before)}([A-Za-z_]\\w*)${literal(after)}`, "g");
}

// Texts, also those in lists and objects, as far as these have any.
function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]));
}

function remoteIn({ http, sse }: McpDialect, entry: JsonObject): { readonly type: "http" | "sse"; readonly key: string; readonly typed: boolean } | undefined {
  for (const [type, remote] of [["http", http] as const, ["sse", sse] as const])
    if (remote && entry[remote.url] !== undefined && (remote.type === undefined || entry["type"] === remote.type))
      return { type, key: remote.url, typed: remote.type !== undefined };
  return undefined;
}

/** Reads entries of a dialect back. */
export function serverIn(dialect: McpDialect): DecodeServer {
  const { asBundles = false, oneList = false, command = "command", env = "env", stdioType, named = false, off } = dialect;
  const variable = variableOf(dialect);
  const ours = (value: Json): Json =>
    variable === undefined ? value : mapTexts(value, (text) => text.replaceAll(variable, (_, name: string) => `\${${name}}`));
  return (said, name) => {
    const without = new Set<string>();
    let entry: JsonObject;
    const remote = remoteIn(dialect, said);
    const program = said[command];
    if (asBundles) entry = {};
    else if (program !== undefined) {
      const [first, ...rest]: readonly Json[] = oneList && Array.isArray(program) ? program : [program];
      if (typeof first !== "string" || (oneList && !Array.isArray(program))) return { refused: `its command is not a ${oneList ? "list of texts" : "text"}` };
      const args: Json | undefined = oneList ? rest : said["args"];
      for (const key of [command, env, ...(oneList ? [] : ["args"])]) without.add(key);
      if (stdioType !== undefined && said["type"] === stdioType) without.add("type");
      entry = {
        command: ours(first),
        ...(Array.isArray(args) && args.length > 0 && { args: ours(args) }),
        ...(said[env] !== undefined && { env: ours(said[env]) }),
      };
    } else if (remote !== undefined) {
      for (const key of [remote.key, "headers"]) without.add(key);
      if (remote.typed) without.add("type");
      entry = { type: remote.type, url: ours(said[remote.key] ?? null), ...(said["headers"] !== undefined && { headers: ours(said["headers"]) }) };
    } else return { refused: "it is neither a program nor a URL as aiwg would write it" };
    if (named && said["name"] === name) without.add("name");
    if (off !== undefined && typeof said[off] === "boolean") without.add(off);
    const isOff = off !== undefined && said[off] === (off === "disabled");
    const value = { ...entry, ...(isOff && { disabled: true }), ...Object.fromEntries(Object.entries(said).filter(([key]) => !without.has(key))) };
    const words = JSON.stringify(asBundles ? value : entry);
    if (ASKS.test(words)) return { refused: "it asks its user, or a file, for a value" };
    if (dialect.variable === null && hasVariable(words)) return { refused: "what looks like a variable in it is text to this client, and none to others" };
    return { value };
  };
}
