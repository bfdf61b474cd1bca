// A client's subagent in our words: the dialects of codecs/agent-dialects.ts turned round, and those that are not Markdown. Pure.
import { isDeepStrictEqual } from "node:util";
import { FIXED, type AgentDialect } from "../codecs/agent-dialects.ts";
import { claudeNames, READING_TOOLS, type ToolClient } from "../codecs/tool-names.ts";
import type { Json, JsonObject } from "../model.ts";
import { splitList } from "../parse/fields.ts";
import { type Decode, withoutNulls, type Words } from "./decode.ts";
import { readSettings, readToml, type Translated } from "./formats.ts";

const isTexts = (value: Json | undefined): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === "string");

// What a limit on tools says, as a list of the client's names; null where it is none that we would write.
function listOf(value: Json, form: "line" | "list" | "map"): readonly string[] | null {
  if (form !== "map") return typeof value === "string" ? splitList(value) : isTexts(value) ? value : null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { "*": others, ...named } = value as JsonObject;
  return others === false && Object.values(named).every((allowed) => allowed === true) ? Object.keys(named) : null;
}

function toolsIn(value: Json, client: ToolClient, form: "line" | "list" | "map"): Translated<readonly string[]> {
  const list = listOf(value, form);
  if (list === null) return { refused: "its tools are limited in a way that agents of ours cannot say" };
  const own = claudeNames(list, client);
  return "names" in own
    ? { value: own.names }
    : { refused: `its tools have names of this client only ("${own.unknown.slice(0, 40)}"); write them by hand in agents/ with Claude Code's names` };
}

/** Front matter of an agent; refused where its tools have no names of Claude Code. */
export function agentIn(dialect: AgentDialect): Decode {
  const { tools: how } = dialect;
  return ({ data, body }) => {
    const fixed = new Set<string>(
      Object.entries(FIXED).flatMap(([key, value]) => (dialect.order.some((own) => own === key) && data[key] === value ? [key] : [])),
    );
    const rest = Object.fromEntries(Object.entries(data).filter(([key]) => !fixed.has(key)));
    if (how === "readonly" && rest["readonly"] === true) {
      const { readonly: _, ...others } = rest;
      return { value: { data: { ...others, tools: READING_TOOLS }, body } };
    }
    if (how === null || how === "readonly" || rest["tools"] === undefined) return { value: { data: rest, body } };
    const isNone = how.none !== undefined && isDeepStrictEqual(rest["tools"], [how.none]);
    const tools = isNone ? { value: [] } : toolsIn(rest["tools"], how.client, how.form);
    return "refused" in tools ? tools : { value: { data: { ...rest, tools: tools.value }, body } };
  };
}

/** Cline's, whose model has another key. */
export const clineAgentIn: Decode = ({ data: { modelId, tools, ...data }, body }) => {
  const own = tools === undefined ? { value: undefined } : toolsIn(tools, "cline", "list");
  if ("refused" in own) return own;
  return { value: { data: { ...data, ...(own.value && { tools: own.value }), ...(modelId !== undefined && { model: modelId }) }, body } };
};

/** A file of .codex/agents. */
export function codexAgentIn(text: string): Translated<Words> {
  const table = readToml(text);
  if ("refused" in table) return table;
  const { developer_instructions: prompt, ...data } = table.value;
  return typeof prompt === "string" ? { value: { data, body: prompt } } : { refused: "it has no developer_instructions" };
}

/** A file of Kiro CLI's agents: `*` among its tools is no limit. */
export function kiroAgentIn(text: string): Translated<Words> {
  const json = readSettings("agent.json", text);
  if ("refused" in json) return json;
  const { prompt, tools, ...data } = withoutNulls(json.value);
  if (typeof prompt !== "string" || prompt.startsWith("file:")) return { refused: "it has no prompt of its own" };
  if (isTexts(tools) && tools.length === 1 && tools[0] === "*") return { value: { data, body: prompt } };
  const own = toolsIn(tools ?? [], "kiro", "list");
  return "refused" in own ? own : { value: { data: { ...data, tools: own.value }, body: prompt } };
}
