// What xAI's Grok Build reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Nobody has looked: all of this is what other tools write.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const grokBuild = {
  id: "grok-build",
  label: "Grok Build",
  docs: "https://docs.x.ai",
  note: "A skill hides a command of the same name.",
  detect: [".grok"],
  project: {
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", ...peer },
      { place: "file", path: ".grok/rules/{name}.md", codec: "plain-rule", ...peer },
    ],
    skill: [{ place: "file", path: ".grok/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".grok/agents/{name}.md", codec: "basic-agent", ...peer }],
    command: [{ place: "file", path: ".grok/commands/{name}.md", codec: "hinted-command", ...peer }],
    behavior: [{ place: "file", path: ".grok/hooks/{name}.json", codec: "grok-hooks", ...peer }],
    mcp: [{ place: "block", path: ".grok/config.toml", codec: "grok-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".grok/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".grok/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".grok/agents/{name}.md", codec: "basic-agent", ...peer }],
    command: [{ place: "file", path: ".grok/commands/{name}.md", codec: "hinted-command", ...peer }],
    behavior: [{ place: "file", path: ".grok/hooks/{name}.json", codec: "grok-hooks", ...peer }],
    mcp: [{ place: "block", path: ".grok/config.toml", codec: "grok-mcp", ...peer }],
  },
} as const satisfies Platform;
