// Where people keep what they wrote for single platforms, and in which dialect. Data only.
import type { Kind } from "./model.ts";

/** `markdown`: our own words, or near enough. `tools`: the same, with names of tools that are the client's. */
export type FileRow = {
  readonly platforms: readonly string[];
  readonly kind: Kind;
  readonly pattern: string;
  readonly dialect: "markdown" | "tools" | "codex";
};

const COPILOT = ["copilot-vscode", "copilot-cli"];

export const FILES: readonly FileRow[] = [
  { platforms: ["claude-code", "copilot-cli"], kind: "rule", pattern: ".claude/rules/*.md", dialect: "markdown" },
  { platforms: COPILOT, kind: "rule", pattern: ".github/instructions/*.instructions.md", dialect: "markdown" },
  { platforms: ["claude-code", "copilot-vscode", "copilot-cli", "opencode"], kind: "skill", pattern: ".claude/skills/*/SKILL.md", dialect: "markdown" },
  { platforms: ["codex", "copilot-vscode", "copilot-cli", "opencode"], kind: "skill", pattern: ".agents/skills/*/SKILL.md", dialect: "markdown" },
  { platforms: COPILOT, kind: "skill", pattern: ".github/skills/*/SKILL.md", dialect: "markdown" },
  { platforms: ["opencode"], kind: "skill", pattern: ".opencode/skills/*/SKILL.md", dialect: "markdown" },
  { platforms: ["claude-code", "copilot-cli"], kind: "agent", pattern: ".claude/agents/*.md", dialect: "markdown" },
  { platforms: ["codex"], kind: "agent", pattern: ".codex/agents/*.toml", dialect: "codex" },
  { platforms: COPILOT, kind: "agent", pattern: ".github/agents/*.agent.md", dialect: "tools" },
  { platforms: ["opencode"], kind: "agent", pattern: ".opencode/agents/*.md", dialect: "tools" },
  { platforms: ["claude-code"], kind: "command", pattern: ".claude/commands/*.md", dialect: "markdown" },
  { platforms: ["copilot-vscode"], kind: "command", pattern: ".github/prompts/*.prompt.md", dialect: "markdown" },
  { platforms: ["opencode"], kind: "command", pattern: ".opencode/commands/*.md", dialect: "markdown" },
];

/** Servers under `key` of a JSON file; `variable` matches how the client writes `${VAR}`. */
export type ServerRow = {
  readonly platforms: readonly string[];
  readonly path: string;
  readonly key: string;
  readonly variable?: RegExp;
  readonly form: "ours" | "opencode";
};

export const SERVERS: readonly ServerRow[] = [
  { platforms: ["claude-code", "copilot-cli"], path: ".mcp.json", key: "mcpServers", form: "ours" },
  { platforms: ["copilot-cli"], path: ".github/mcp.json", key: "mcpServers", form: "ours" },
  { platforms: ["copilot-vscode"], path: ".vscode/mcp.json", key: "servers", variable: /\$\{env:(\w+)\}/g, form: "ours" },
  { platforms: ["opencode"], path: "opencode.json", key: "mcp", variable: /\{env:(\w+)\}/g, form: "opencode" },
  { platforms: ["opencode"], path: "opencode.jsonc", key: "mcp", variable: /\{env:(\w+)\}/g, form: "opencode" },
];

/** Texts that a person and aiwg write side by side: what is a person's there cannot become ours without being rewritten. */
export const SHARED: readonly { readonly platforms: readonly string[]; readonly path: string }[] = [
  { platforms: ["claude-code", "copilot-vscode", "copilot-cli", "opencode"], path: "CLAUDE.md" },
  { platforms: ["claude-code"], path: ".claude/CLAUDE.md" },
  { platforms: ["claude-code", "codex", "copilot-vscode", "copilot-cli", "opencode"], path: "AGENTS.md" },
  { platforms: COPILOT, path: ".github/copilot-instructions.md" },
];

/** Codex's own configuration, whose servers stand in tables of a file that people write too. */
export const CODEX_CONFIG = ".codex/config.toml";
