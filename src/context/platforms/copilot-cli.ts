// What GitHub Copilot CLI reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "1.0.102" } as const;
const failsClosed = "any failure of the script stops the tool, and what it says does not reach the model";
const listed = "listed as a skill; not expanded when typed";
const trusted = "Copilot CLI loads hooks and MCP servers of a folder only once the folder is trusted.";

export const copilotCli = {
  id: "copilot-cli",
  label: "GitHub Copilot CLI",
  docs: "https://docs.github.com/copilot/concepts/agents/copilot-cli",
  detect: [".github/copilot-instructions.md", ".github/instructions", ".github/agents", ".github/hooks", ".github/mcp.json", ".github/copilot"],
  project: {
    rule: [
      { place: "block", path: ".github/copilot-instructions.md", codec: "rule-block", only: "always", ...seen },
      { place: "file", path: ".github/instructions/{name}.instructions.md", codec: "copilot-instructions", only: "scoped", ...seen },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...seen },
      { place: "file", path: ".claude/rules/{name}.md", codec: "claude-rule", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [
      { place: "file", path: ".github/agents/{name}.agent.md", codec: "copilot-agent", ...seen },
      { place: "file", path: ".claude/agents/{name}.md", codec: "claude-agent", ...seen },
    ],
    // It lists them as skills; there are no prompt files.
    // Not as a skill: what the model may not call by itself, Copilot does not list at all.
    command: [{ place: "file", path: ".claude/commands/{name}.md", codec: "claude-command", caveat: listed, ...seen }],
    behavior: [
      { place: "file", path: ".github/hooks/{name}.json", codec: "copilot-hooks", gate: trusted, ...seen },
      { place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", caveat: failsClosed, gate: trusted, ...seen },
    ],
    mcp: [
      {
        place: "key",
        path: ".github/mcp.json",
        at: "/mcpServers/{name}",
        codec: "claude-mcp",
        hiddenBy: [".mcp.json"],
        blankHides: true,
        gate: trusted,
        ...seen,
      },
      { place: "key", path: ".mcp.json", at: "/mcpServers/{name}", codec: "claude-mcp", hides: [".github/mcp.json"], gate: trusted, ...seen },
    ],
  },
  user: {
    rule: [
      { place: "block", path: ".copilot/copilot-instructions.md", codec: "rule-block", only: "always", ...seen },
      { place: "file", path: ".copilot/instructions/{name}.instructions.md", codec: "copilot-instructions", only: "scoped", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".copilot/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".copilot/agents/{name}.agent.md", codec: "copilot-agent", ...seen }],
    behavior: [{ place: "file", path: ".copilot/hooks/{name}.json", codec: "copilot-hooks", ...seen }],
    mcp: [{ place: "key", path: ".copilot/mcp-config.json", at: "/mcpServers/{name}", codec: "claude-mcp", ...seen }],
  },
  alsoReads: [
    { path: "CLAUDE.md", kind: "rule" },
    { path: "GEMINI.md", kind: "rule" },
    { path: ".github/skills/{name}", kind: "skill" },
  ],
  movedBy: ["COPILOT_HOME"],
} as const satisfies Platform;
