// Every codec by its id. Must not know platforms.
import { AGENT_DIALECTS } from "./agent-dialects.ts";
import { agentFile } from "./agent-file.ts";
import type { Codec, CodecId } from "./codec.ts";
import { codexAgent } from "./codex-agent.ts";
import { codexMcp } from "./codex-mcp.ts";
import { COMMAND_DIALECTS } from "./command-dialects.ts";
import { commandFile } from "./command-file.ts";
import { copilotHooks } from "./copilot-hooks.ts";
import { MCP_DIALECTS } from "./mcp-dialects.ts";
import { mcpEntry } from "./mcp-entry.ts";
import { opencodePlugin } from "./opencode-plugin.ts";
import { ruleBlock } from "./rule-block.ts";
import { RULE_DIALECTS } from "./rule-dialects.ts";
import { ruleFile } from "./rule-file.ts";
import { claudeHooks, codexHooks } from "./settings-hooks.ts";
import { skillFolder } from "./skill-folder.ts";

/** A codec for each dialect of a family. */
function family<K extends string, D>(dialects: Readonly<Record<K, D>>, make: (dialect: D) => Codec): Readonly<Record<K, Codec>> {
  const entries = Object.entries<D>(dialects).map(([id, dialect]) => [id, make(dialect)]);
  return Object.fromEntries(entries) as Readonly<Record<K, Codec>>;
}

export const CODEC_TABLE: Readonly<Record<CodecId, Codec>> = {
  "rule-block": ruleBlock,
  "skill-folder": skillFolder,
  ...family(RULE_DIALECTS, ruleFile),
  ...family(AGENT_DIALECTS, agentFile),
  "codex-agent": codexAgent,
  ...family(COMMAND_DIALECTS, commandFile),
  ...family(MCP_DIALECTS, mcpEntry),
  "codex-mcp": codexMcp,
  "claude-hooks": claudeHooks,
  "codex-hooks": codexHooks,
  "copilot-hooks": copilotHooks,
  "opencode-plugin": opencodePlugin,
};
