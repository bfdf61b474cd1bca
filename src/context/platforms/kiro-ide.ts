// What Kiro IDE reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Kiro IDE cannot be observed without an account, so nothing here is.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;

export const kiroIde = {
  id: "kiro-ide",
  label: "Kiro IDE",
  docs: "https://kiro.dev/docs",
  detect: [".kiro"],
  project: {
    rule: [
      { place: "file", path: ".kiro/steering/{name}.md", codec: "kiro-steering", ...peer },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...peer },
    ],
    skill: [{ place: "file", path: ".kiro/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".kiro/agents/{name}.md", codec: "kiro-agent", ...peer }],
    command: [{ place: "file", path: ".kiro/prompts/{name}.md", codec: "plain-command", ...peer }],
    behavior: [{ place: "file", path: ".kiro/hooks/{name}.json", codec: "kiro-hooks", ...said }],
    mcp: [{ place: "key", path: ".kiro/settings/mcp.json", at: "/mcpServers/{name}", codec: "kiro-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "file", path: ".kiro/steering/{name}.md", codec: "kiro-steering", ...peer }],
    skill: [{ place: "file", path: ".kiro/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".kiro/agents/{name}.md", codec: "kiro-agent", ...peer }],
    behavior: [{ place: "file", path: ".kiro/hooks/{name}.json", codec: "kiro-hooks", ...said }],
    mcp: [{ place: "key", path: ".kiro/settings/mcp.json", at: "/mcpServers/{name}", codec: "kiro-mcp", ...peer }],
  },
} as const satisfies Platform;
