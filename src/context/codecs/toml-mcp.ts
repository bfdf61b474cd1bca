// Codecs: an MCP server as a table of Codex's config.toml, and of Grok Build's. Codex puts no variables into strings; it can pass
// one on by its own name, as a header or as a bearer token. Of Grok Build neither is known.
import type { JsonObject } from "../model.ts";
import { codecOf, type Encoded } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { isFlag, isNumber, isText, isTextList, keepKnown, type Check } from "./front-matter.ts";
import { tomlOf } from "./toml.ts";
import { hasVariable, soleVariable } from "./variables.ts";

// One wrong value in any entry stops Codex.
const KNOWN: ReadonlyMap<string, Check> = new Map([
  ["startup_timeout_sec", isNumber],
  ["tool_timeout_sec", isNumber],
  ["enabled", isFlag],
  ["required", isFlag],
  ["enabled_tools", isTextList],
  ["disabled_tools", isTextList],
  ["scopes", isTextList],
  ["cwd", isText],
]);

type Part = { readonly entry: JsonObject; readonly losses: readonly FieldLoss[] };
type Strings = Readonly<Record<string, string>>;

const unexpanded = (field: string): FieldLoss => ({ field, grade: "unsupported", note: "Codex puts no variables into it" });

function stdio(command: string, args: readonly string[], env: Strings): Part {
  const passed = Object.keys(env).filter((key) => soleVariable(env[key] ?? "") === key);
  const plain = Object.entries(env).filter(([, value]) => !hasVariable(value));
  const lost = Object.keys(env).filter((key) => !passed.includes(key) && hasVariable(env[key] ?? ""));
  return {
    entry: {
      command,
      ...(args.length > 0 && { args }),
      ...(passed.length > 0 && { env_vars: passed }),
      ...(plain.length > 0 && { env: Object.fromEntries(plain) }),
    },
    losses: [...(hasVariable([command, ...args].join(" ")) ? [unexpanded("args")] : []), ...lost.map((key) => unexpanded(`env.${key}`))],
  };
}

function http(url: string, headers: Strings): Part {
  const literal: Record<string, string> = {};
  const fromEnv: Record<string, string> = {};
  const losses: FieldLoss[] = hasVariable(url) ? [unexpanded("url")] : [];
  let bearer: string | undefined;
  for (const [key, value] of Object.entries(headers)) {
    const token = key.toLowerCase() === "authorization" && value.startsWith("Bearer ") ? soleVariable(value.slice(7)) : undefined;
    const variable = soleVariable(value);
    if (token !== undefined) bearer = token;
    else if (variable !== undefined) fromEnv[key] = variable;
    else if (hasVariable(value)) losses.push(unexpanded(`headers.${key}`));
    else literal[key] = value;
  }
  return {
    entry: {
      url,
      ...(bearer !== undefined && { bearer_token_env_var: bearer }),
      ...(Object.keys(literal).length > 0 && { http_headers: literal }),
      ...(Object.keys(fromEnv).length > 0 && { env_http_headers: fromEnv }),
    },
    losses,
  };
}

export const codexMcp = codecOf("mcp", ({ name, transport, extra: { disabled, ...extra } }, { override }) => {
  if (transport.type === "sse") return { as: "nothing", losses: [{ field: "type", grade: "unsupported", note: "Codex speaks no SSE transport" }] };
  const { kept, losses } = keepKnown(extra, KNOWN);
  const part = transport.type === "stdio" ? stdio(transport.command, transport.args, transport.env) : http(transport.url, transport.headers);
  const entry = { ...part.entry, ...(disabled === true && { enabled: false }), ...kept, ...override };
  return tableOf(name, entry, [...losses, ...part.losses]);
});

export const grokMcp = codecOf("mcp", ({ name, transport, extra }, { override }) => {
  const { kept, losses: lost } = keepKnown(extra, KNOWN);
  const { type, ...fields } = transport;
  const losses = [...lost];
  if (hasVariable(JSON.stringify(fields))) losses.push({ field: type, grade: "unsupported", note: "no variables are known to be put into it" });
  return tableOf(name, { ...withoutEmpty(fields), ...kept, ...override }, losses);
});

const withoutEmpty = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && Object.keys(value).length > 0));

function tableOf(name: string, entry: JsonObject, losses: readonly FieldLoss[]): Encoded {
  const text = tomlOf({ mcp_servers: { [name]: entry } });
  // As the table's own header writes it, quotes included.
  const claim = /^\[(.*)\]$/m.exec(text)?.[1] ?? `mcp_servers.${name}`;
  return { as: "block", syntax: "hash", text: text.trimEnd(), claims: [claim], losses };
}
