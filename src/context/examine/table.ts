// What observation of the clients taught about files that are not read, or not the ones that win. Data only; each row was seen with
// the real client, or stands so in its vendor's documentation.
import type { ScopeName } from "../platform.ts";

/** A place that people write, or tools wrote, and that its client does not read. `unless`: it is read once that file names it; `but`: files that end so are read. */
export type DeadRow = {
  readonly scope: ScopeName;
  readonly pattern: string;
  readonly client: string;
  readonly instead: string;
  readonly but?: string;
  readonly unless?: { readonly file: string; readonly names: string };
};

const CODEX = "Codex";
const COPILOT = "GitHub Copilot";
const CLAUDE = "Claude Code";
const ALL = "none of Claude Code, Codex, Copilot and OpenCode";
const OPENCODE_UNLESS = { file: "opencode.json", names: ".opencode/rules" };

export const DEAD: readonly DeadRow[] = [
  { scope: "project", pattern: ".codex/rules/*.md", client: CODEX, instead: "AGENTS.md" },
  { scope: "project", pattern: ".codex/AGENTS.md", client: CODEX, instead: "AGENTS.md in the root" },
  { scope: "project", pattern: ".codex/instructions.md", client: CODEX, instead: "AGENTS.md" },
  { scope: "project", pattern: ".codex/commands/*.md", client: CODEX, instead: "a skill in .agents/skills, or ~/.codex/prompts" },
  { scope: "project", pattern: ".codex/prompts/*.md", client: CODEX, instead: "a skill in .agents/skills, or ~/.codex/prompts" },
  { scope: "project", pattern: ".codex/agents/*.md", client: CODEX, instead: ".codex/agents/<name>.toml" },
  { scope: "project", pattern: ".codex/mcp.json", client: CODEX, instead: "tables [mcp_servers.<name>] in .codex/config.toml" },
  { scope: "project", pattern: ".github/copilot-rules/*.md", client: COPILOT, instead: ".github/instructions/<name>.instructions.md" },
  { scope: "project", pattern: ".github/instructions/*.md", but: ".instructions.md", client: COPILOT, instead: ".github/instructions/<name>.instructions.md" },
  { scope: "project", pattern: ".github/agents/*.yaml", client: COPILOT, instead: ".github/agents/<name>.agent.md" },
  { scope: "project", pattern: ".github/agents/*.yml", client: COPILOT, instead: ".github/agents/<name>.agent.md" },
  { scope: "project", pattern: ".copilot/skills/*/SKILL.md", client: COPILOT, instead: ".agents/skills/<name>/SKILL.md" },
  { scope: "project", pattern: ".copilot/agents/*.md", client: COPILOT, instead: ".github/agents/<name>.agent.md" },
  { scope: "project", pattern: ".copilot/mcp-config.json", client: COPILOT, instead: ".mcp.json" },
  { scope: "project", pattern: ".claude/AGENTS.md", client: CLAUDE, instead: "AGENTS.md in the root, or CLAUDE.md" },
  { scope: "project", pattern: ".claude/mcp.json", client: CLAUDE, instead: ".mcp.json in the root" },
  { scope: "project", pattern: ".claude/.mcp.json", client: CLAUDE, instead: ".mcp.json in the root" },
  { scope: "project", pattern: ".opencode/AGENTS.md", client: "OpenCode", instead: "AGENTS.md in the root" },
  { scope: "project", pattern: ".opencode/rules/*.md", client: "OpenCode", instead: 'AGENTS.md, or "instructions" in opencode.json', unless: OPENCODE_UNLESS },
  { scope: "project", pattern: ".agents/AGENTS.md", client: ALL, instead: "AGENTS.md in the root" },
  { scope: "project", pattern: ".agents/rules/*.md", client: ALL, instead: "AGENTS.md" },
  { scope: "project", pattern: ".agents/agents/*.md", client: ALL, instead: "agents/ of a bundle, which aiwg deploys to each of them" },
  { scope: "project", pattern: ".agents/commands/*.md", client: ALL, instead: "commands/ of a bundle, which aiwg deploys to each of them" },
  { scope: "project", pattern: ".agents/mcp.json", client: ALL, instead: "mcp.json of a bundle, which aiwg deploys to each of them" },
  { scope: "project", pattern: ".cursorrules", client: ALL, instead: "AGENTS.md; for Cursor it is an old form of .cursor/rules/<name>.mdc" },
  { scope: "user", pattern: "AGENTS.md", client: ALL, instead: "a rule of aiwg in user scope, or the file that each of them reads" },
  { scope: "user", pattern: ".claude/AGENTS.md", client: CLAUDE, instead: "~/.claude/CLAUDE.md" },
  { scope: "user", pattern: ".claude/mcp.json", client: CLAUDE, instead: "mcpServers in ~/.claude.json" },
  { scope: "user", pattern: ".claude/.mcp.json", client: CLAUDE, instead: "mcpServers in ~/.claude.json" },
  { scope: "user", pattern: ".mcp.json", client: ALL, instead: "mcpServers in ~/.claude.json, or ~/.copilot/mcp-config.json" },
  { scope: "user", pattern: ".codex/instructions.md", client: CODEX, instead: "~/.codex/AGENTS.md" },
  { scope: "user", pattern: ".copilot/AGENTS.md", client: COPILOT, instead: "~/.copilot/copilot-instructions.md" },
  { scope: "user", pattern: ".copilot/rules/*.md", client: COPILOT, instead: "~/.copilot/instructions/<name>.instructions.md" },
  { scope: "user", pattern: ".copilot/commands/*.md", client: COPILOT, instead: "a skill in ~/.copilot/skills" },
  { scope: "user", pattern: ".copilot/prompts/*.md", client: COPILOT, instead: "a skill in ~/.copilot/skills" },
  { scope: "user", pattern: ".copilot/mcp.json", client: COPILOT, instead: "~/.copilot/mcp-config.json" },
  { scope: "user", pattern: ".config/opencode/CLAUDE.md", client: "OpenCode", instead: "~/.config/opencode/AGENTS.md" },
  { scope: "user", pattern: ".opencode/AGENTS.md", client: "OpenCode", instead: "~/.config/opencode/AGENTS.md" },
];

/** JSON files that a client ignores as a whole once a comment stands in them. */
export const STRICT_JSON: readonly { readonly platforms: readonly string[]; readonly scope: ScopeName; readonly path: string }[] = [
  { platforms: ["claude-code", "copilot-cli"], scope: "project", path: ".mcp.json" },
  { platforms: ["claude-code"], scope: "project", path: ".claude/settings.json" },
  { platforms: ["claude-code"], scope: "project", path: ".claude/settings.local.json" },
  { platforms: ["claude-code"], scope: "user", path: ".claude/settings.json" },
];

/** Of one name in a user's and a project's place the user's wins, or both are listed. */
export const ACROSS_SCOPES: readonly {
  readonly platform: string;
  readonly what: string;
  readonly user: readonly string[];
  readonly project: readonly string[];
  readonly wins: "user" | "both";
}[] = [
  { platform: "claude-code", what: "skill", user: [".claude/skills/*/SKILL.md"], project: [".claude/skills/*/SKILL.md"], wins: "user" },
  { platform: "claude-code", what: "command", user: [".claude/commands/*.md"], project: [".claude/commands/*.md"], wins: "user" },
  { platform: "copilot-cli", what: "agent", user: [".copilot/agents/*.agent.md"], project: [".github/agents/*.agent.md", ".claude/agents/*.md"], wins: "user" },
  { platform: "opencode", what: "skill", user: [".config/opencode/skills/*/SKILL.md"], project: [".agents/skills/*/SKILL.md"], wins: "user" },
  {
    ...{ platform: "codex", what: "skill", wins: "both" },
    user: [".agents/skills/*/SKILL.md", ".codex/skills/*/SKILL.md"],
    project: [".agents/skills/*/SKILL.md", ".codex/skills/*/SKILL.md"],
  },
];

/** Roots of one scope in which a client finds skills, the one that wins first; `lists`: it lists one name twice. */
export const SKILL_ROOTS: readonly { readonly platform: string; readonly scope: ScopeName; readonly roots: readonly string[]; readonly lists?: "twice" }[] = [
  { platform: "codex", scope: "project", roots: [".agents/skills", ".codex/skills"], lists: "twice" },
  { platform: "codex", scope: "user", roots: [".agents/skills", ".codex/skills"], lists: "twice" },
  { platform: "copilot-cli", scope: "project", roots: [".github/skills", ".agents/skills", ".claude/skills"] },
  { platform: "copilot-cli", scope: "user", roots: [".copilot/skills", ".agents/skills"] },
  { platform: "opencode", scope: "project", roots: [".agents/skills", ".claude/skills"] },
];

/** Settings of one client, those that win first, with servers under `key`. */
export const SERVER_FILES: readonly { readonly platform: string; readonly scope: ScopeName; readonly key: string; readonly files: readonly string[] }[] = [
  { platform: "opencode", scope: "project", key: "mcp", files: [".opencode/opencode.jsonc", ".opencode/opencode.json", "opencode.jsonc", "opencode.json"] },
];

/** Files with hooks of which one client runs every one, the same command twice if two have it. */
export const HOOK_FILES: readonly { readonly platform: string; readonly files: readonly { readonly scope: ScopeName; readonly pattern: string }[] }[] = [
  {
    platform: "copilot-cli",
    files: [
      { scope: "project", pattern: ".github/hooks/*.json" },
      { scope: "project", pattern: ".claude/settings.json" },
      { scope: "project", pattern: ".claude/settings.local.json" },
    ],
  },
  {
    platform: "codex",
    files: [
      { scope: "project", pattern: ".codex/hooks.json" },
      { scope: "user", pattern: ".codex/hooks.json" },
    ],
  },
];
