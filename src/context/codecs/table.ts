// Every codec by its id. Must not know platforms.
import { claudeAgent } from "./claude-agent.ts";
import { claudeCommand } from "./claude-command.ts";
import { claudeMcp } from "./claude-mcp.ts";
import { claudeRule } from "./claude-rule.ts";
import type { Codec, CodecId } from "./codec.ts";
import { codexAgent } from "./codex-agent.ts";
import { codexMcp } from "./codex-mcp.ts";
import { codexPrompt } from "./codex-prompt.ts";
import { copilotAgent } from "./copilot-agent.ts";
import { copilotHooks } from "./copilot-hooks.ts";
import { copilotInstructions } from "./copilot-instructions.ts";
import { copilotPrompt } from "./copilot-prompt.ts";
import { opencodeAgent } from "./opencode-agent.ts";
import { opencodeCommand } from "./opencode-command.ts";
import { opencodeMcp } from "./opencode-mcp.ts";
import { opencodePlugin } from "./opencode-plugin.ts";
import { ruleBlock } from "./rule-block.ts";
import { claudeHooks, codexHooks } from "./settings-hooks.ts";
import { skillFolder } from "./skill-folder.ts";
import { vscodeMcp } from "./vscode-mcp.ts";

export const CODEC_TABLE: Readonly<Record<CodecId, Codec>> = {
  "rule-block": ruleBlock,
  "claude-rule": claudeRule,
  "copilot-instructions": copilotInstructions,
  "skill-folder": skillFolder,
  "claude-agent": claudeAgent,
  "copilot-agent": copilotAgent,
  "opencode-agent": opencodeAgent,
  "codex-agent": codexAgent,
  "claude-command": claudeCommand,
  "copilot-prompt": copilotPrompt,
  "opencode-command": opencodeCommand,
  "codex-prompt": codexPrompt,
  "claude-mcp": claudeMcp,
  "vscode-mcp": vscodeMcp,
  "opencode-mcp": opencodeMcp,
  "codex-mcp": codexMcp,
  "claude-hooks": claudeHooks,
  "codex-hooks": codexHooks,
  "copilot-hooks": copilotHooks,
  "opencode-plugin": opencodePlugin,
};
