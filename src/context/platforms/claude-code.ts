// What Claude Code reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "2.1.330" } as const;

const inRoot = "Claude Code runs the hooks of a project only when it is started in the project's root folder.";

export const claudeCode = {
  id: "claude-code",
  label: "Claude Code",
  docs: "https://code.claude.com/docs",
  detect: [".claude", "CLAUDE.md", "CLAUDE.local.md"],
  project: {
    rule: [
      { place: "file", path: ".claude/rules/{name}.md", codec: "claude-rule", ...seen },
      {
        place: "block",
        path: "AGENTS.md",
        codec: "rule-block",
        only: "always",
        hiddenBy: ["CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md"],
        ...seen,
      },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", only: "always", hides: ["AGENTS.md"], ...seen },
    ],
    skill: [{ place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...seen }],
    agent: [{ place: "file", path: ".claude/agents/{name}.md", codec: "claude-agent", ...seen }],
    command: [{ place: "file", path: ".claude/commands/{name}.md", codec: "claude-command", ...seen }],
    behavior: [{ place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", gate: inRoot, ...seen }],
    mcp: [
      {
        place: "key",
        path: ".mcp.json",
        at: "/mcpServers/{name}",
        codec: "claude-mcp",
        gate: "Claude Code asks once whether the servers of this project may run.",
        ...seen,
      },
    ],
  },
  user: {
    rule: [
      { place: "file", path: ".claude/rules/{name}.md", codec: "claude-rule", ...seen },
      { place: "block", path: ".claude/CLAUDE.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [{ place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...seen }],
    agent: [{ place: "file", path: ".claude/agents/{name}.md", codec: "claude-agent", ...seen }],
    command: [{ place: "file", path: ".claude/commands/{name}.md", codec: "claude-command", ...seen }],
    behavior: [{ place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", ...seen }],
    mcp: [{ place: "key", path: ".claude.json", at: "/mcpServers/{name}", codec: "claude-mcp", ...seen }],
  },
  models: { reasoning: "opus", coding: "sonnet", fast: "haiku" },
  movedBy: ["CLAUDE_CONFIG_DIR"],
} as const satisfies Platform;
