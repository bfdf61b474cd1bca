// What JetBrains Junie reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Junie cannot be observed without an account, so nothing here is.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const junie = {
  id: "junie",
  label: "JetBrains Junie",
  docs: "https://junie.jetbrains.com/docs",
  note: "The form of Junie's hooks is not known well enough to write them.",
  detect: [".junie"],
  project: {
    // Peers disagree: guidelines.md is the older name, still read where there is no AGENTS.md.
    rule: [
      {
        place: "block",
        path: "AGENTS.md",
        alternatives: [".junie/AGENTS.md", "AGENTS.md", ".junie/guidelines.md"],
        codec: "rule-block",
        hides: [".junie/guidelines.md"],
        ...peer,
      },
    ],
    skill: [{ place: "file", path: ".junie/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".junie/agents/{name}.md", codec: "junie-agent", ...peer }],
    command: [{ place: "file", path: ".junie/commands/{name}.md", codec: "workflow-command", ...peer }],
    mcp: [{ place: "key", path: ".junie/mcp/mcp.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".junie/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".junie/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".junie/agents/{name}.md", codec: "junie-agent", ...peer }],
    command: [{ place: "file", path: ".junie/commands/{name}.md", codec: "workflow-command", ...peer }],
    mcp: [{ place: "key", path: ".junie/mcp/mcp.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
} as const satisfies Platform;
