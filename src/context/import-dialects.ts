// What other clients write, in the words of our own bundle: Codex's agents (TOML), OpenCode's servers, variables. Pure.
// What has no word of ours is refused with a reason, never guessed.
import { parse, TomlError } from "smol-toml";
import type { Json, JsonObject } from "./model.ts";
import { judge, writeFrontMatter } from "./parse/front-matter.ts";

/** Something in our words, or why it stays as it is. */
export type Translated<T> = { readonly value: T } | { readonly refused: string };

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value) && judge(value) === undefined;

/** The tables of a TOML text as JSON; dates have no JSON. */
export function readToml(text: string): Translated<JsonObject> {
  try {
    const value: unknown = parse(text, { maxDepth: 32 });
    return isObject(value) ? { value } : { refused: `it holds ${judge(value) ?? "no tables"}` };
  } catch (error) {
    return { refused: error instanceof TomlError ? `line ${error.line} is not valid TOML` : "it cannot be read as TOML" };
  }
}

/** A subagent of Codex as one of ours. */
export function agentFromCodex(text: string): Translated<string> {
  const table = readToml(text);
  if ("refused" in table) return table;
  const { developer_instructions: prompt, ...fields } = table.value;
  return typeof prompt === "string" ? { value: writeFrontMatter(fields, prompt) } : { refused: "it has no developer_instructions" };
}

/** The value with a client's own form of variables as `${VAR}`. */
export function withVariables(value: JsonObject, variable: RegExp | undefined): Translated<JsonObject> {
  const text = JSON.stringify(value);
  if (/\$\{input:|\{file:/.test(text)) return { refused: "it asks its user, or a file, for a value" };
  const changed: unknown = JSON.parse(variable === undefined ? text : text.replaceAll(variable, (_all, name: string) => `\${${name}}`));
  return isObject(changed) ? { value: changed } : { refused: "it is no object" };
}

/** A server of OpenCode as an entry of mcp.json. */
export function serverFromOpencode({ type, command, environment, enabled, ...rest }: JsonObject): Translated<JsonObject> {
  const disabled = enabled === false && { disabled: true };
  if (type === "remote") return { value: { type: "http", ...rest, ...disabled } };
  const [program, ...args]: readonly Json[] = Array.isArray(command) ? command : [];
  if (typeof program !== "string") return { refused: "its command is not a list of texts" };
  return { value: { command: program, ...(args.length > 0 && { args }), ...(environment !== undefined && { env: environment }), ...rest, ...disabled } };
}
