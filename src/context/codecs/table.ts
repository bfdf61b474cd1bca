// Every codec by its id. Must not know platforms.
import { AGENT_DIALECTS } from "./agent-dialects.ts";
import { agentFile } from "./agent-file.ts";
import type { Codec, CodecId } from "./codec.ts";
import { clineHooks } from "./cline-hooks.ts";
import { codexAgent } from "./codex-agent.ts";
import { COMMAND_DIALECTS } from "./command-dialects.ts";
import { commandAsSkill } from "./command-as-skill.ts";
import { commandFile } from "./command-file.ts";
import { HOOK_DIALECTS } from "./hook-dialects.ts";
import { memberHooks, onlyOfPrompts, stopsCopilot } from "./hook-entries.ts";
import { antigravityHooks, copilotHooks, goosePlugin, grokHooks, kiroHooks } from "./hook-files.ts";
import { MCP_DIALECTS } from "./mcp-dialects.ts";
import { mcpEntry } from "./mcp-entry.ts";
import { openclawHook } from "./openclaw-hook.ts";
import { opencodePlugin } from "./opencode-plugin.ts";
import { clineAgent, kiroCliAgent } from "./other-agents.ts";
import { geminiCommand, gooseRecipe } from "./other-commands.ts";
import { folderBlock, ruleBlock } from "./rule-block.ts";
import { RULE_DIALECTS } from "./rule-dialects.ts";
import { ruleFile } from "./rule-file.ts";
import { skillFolder } from "./skill-folder.ts";
import { codexMcp, grokMcp } from "./toml-mcp.ts";

/** A codec for each dialect of a family. */
function family<K extends string, D>(dialects: Readonly<Record<K, D>>, make: (dialect: D) => Codec): Readonly<Record<K, Codec>> {
  const entries = Object.entries<D>(dialects).map(([id, dialect]) => [id, make(dialect)]);
  return Object.fromEntries(entries) as Readonly<Record<K, Codec>>;
}

export const CODEC_TABLE: Readonly<Record<CodecId, Codec>> = {
  "rule-block": ruleBlock,
  "folder-block": folderBlock,
  "skill-folder": skillFolder,
  ...family(RULE_DIALECTS, ruleFile),
  ...family(AGENT_DIALECTS, agentFile),
  "cline-agent": clineAgent,
  "codex-agent": codexAgent,
  "kiro-cli-agent": kiroCliAgent,
  ...family(COMMAND_DIALECTS, commandFile),
  "command-as-skill": commandAsSkill,
  "gemini-command": geminiCommand,
  "goose-recipe": gooseRecipe,
  ...family(MCP_DIALECTS, mcpEntry),
  "codex-mcp": codexMcp,
  "grok-mcp": grokMcp,
  ...family(HOOK_DIALECTS, (dialect) => memberHooks(dialect)),
  "claude-hooks": memberHooks(HOOK_DIALECTS["claude-hooks"], stopsCopilot),
  "qwen-hooks": memberHooks(HOOK_DIALECTS["qwen-hooks"], onlyOfPrompts),
  "antigravity-hooks": antigravityHooks,
  "cline-hooks": clineHooks,
  "copilot-hooks": copilotHooks,
  "goose-plugin": goosePlugin,
  "grok-hooks": grokHooks,
  "kiro-hooks": kiroHooks,
  "openclaw-hook": openclawHook,
  "opencode-plugin": opencodePlugin,
};
