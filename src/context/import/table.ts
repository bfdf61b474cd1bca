// How what each codec writes is read back, or why it is not. Where it stands say the rows of the platforms. Data only.
import { AGENT_DIALECTS, type AgentDialect } from "../codecs/agent-dialects.ts";
import type { CodecId } from "../codecs/codec.ts";
import { COMMAND_DIALECTS } from "../codecs/command-dialects.ts";
import { HOOK_DIALECTS } from "../codecs/hook-dialects.ts";
import { MCP_DIALECTS, type McpDialect } from "../codecs/mcp-dialects.ts";
import { RULE_DIALECTS } from "../codecs/rule-dialects.ts";
import type { ToolClient } from "../codecs/tool-names.ts";
import { agentIn, clineAgentIn, codexAgentIn, kiroAgentIn } from "./agents.ts";
import { commandIn, geminiCommandIn, gooseRecipeIn } from "./commands.ts";
import type { Decode, Words } from "./decode.ts";
import type { Translated } from "./formats.ts";
import { ruleIn } from "./rules.ts";
import { type DecodeServer, serverIn } from "./servers.ts";

/** `markdown`: with front matter, taken as it stands where we read the same from it; `client`: whose names its tools have. */
export type ReadBack =
  | { readonly as: "markdown"; readonly decode: Decode; readonly client?: ToolClient }
  | { readonly as: "text"; readonly decode: (text: string, name: string) => Translated<Words> }
  | { readonly as: "skill" }
  | { readonly as: "server"; readonly decode: DecodeServer; readonly beside?: McpDialect["beside"] }
  | { readonly as: "never"; readonly why: string };

function family<K extends string, D>(dialects: Readonly<Record<K, D>>, make: (dialect: D) => ReadBack): Readonly<Record<K, ReadBack>> {
  const entries = Object.entries<D>(dialects).map(([id, dialect]) => [id, make(dialect)]);
  return Object.fromEntries(entries) as Readonly<Record<K, ReadBack>>;
}

function agentOf(dialect: AgentDialect): ReadBack {
  const client = typeof dialect.tools === "object" ? dialect.tools?.client : undefined;
  return { as: "markdown", decode: agentIn(dialect), ...(client && { client }) };
}

const never = (why: string): ReadBack => ({ as: "never", why });
const PART = never("a deploy adds marked blocks to it and takes no text over; to share its text with other platforms, move it to rules/");
const TABLES = never("it stands in a table of yours; to share it with other platforms, write it in mcp.json");
const HOOKS = never("its hooks call programs in the client's own way; to share them with other platforms, write them in behaviors/");

export const READ_BACK: Readonly<Record<CodecId, ReadBack>> = {
  "rule-block": PART,
  "folder-block": PART,
  "skill-folder": { as: "skill" },
  ...family(RULE_DIALECTS, (dialect) => ({ as: "markdown", decode: ruleIn(dialect) })),
  ...family(AGENT_DIALECTS, agentOf),
  "cline-agent": { as: "markdown", decode: clineAgentIn },
  "codex-agent": { as: "text", decode: codexAgentIn },
  "kiro-cli-agent": { as: "text", decode: kiroAgentIn },
  ...family(COMMAND_DIALECTS, (dialect) => ({ as: "markdown", decode: commandIn(dialect) })),
  // On disk nothing tells it from a skill, so it is read as one.
  "command-as-skill": { as: "skill" },
  "gemini-command": { as: "text", decode: geminiCommandIn },
  "goose-recipe": { as: "text", decode: gooseRecipeIn },
  ...family(MCP_DIALECTS, (dialect: McpDialect) => ({ as: "server", decode: serverIn(dialect), beside: dialect.beside })),
  "codex-mcp": TABLES,
  "grok-mcp": TABLES,
  ...family(HOOK_DIALECTS, () => HOOKS),
  "antigravity-hooks": HOOKS,
  "cline-hooks": HOOKS,
  "copilot-hooks": HOOKS,
  "goose-plugin": HOOKS,
  "grok-hooks": HOOKS,
  "kiro-hooks": HOOKS,
  "openclaw-hook": HOOKS,
  "opencode-plugin": HOOKS,
};
