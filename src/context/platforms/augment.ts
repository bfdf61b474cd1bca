// What Augment Code (Auggie) reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Auggie cannot be observed without an account, so nothing here is.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;

export const augment = {
  id: "augment",
  label: "Augment Code (Auggie)",
  docs: "https://docs.augmentcode.com/cli",
  detect: [".augment", ".augment-guidelines"],
  project: {
    rule: [
      { place: "file", path: ".augment/rules/{name}.md", codec: "augment-rule", ...said },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...said },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", only: "always", ...said },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".augment/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".augment/agents/{name}.md", codec: "basic-agent", ...said }],
    command: [{ place: "file", path: ".augment/commands/{name}.md", codec: "hinted-command", ...peer }],
    behavior: [{ place: "key", path: ".augment/settings.json", at: "/hooks/{event}/{name}", codec: "augment-hooks", ...said }],
    mcp: [{ place: "key", path: ".augment/settings.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
  user: {
    // Loaded always, whatever their front matter says.
    rule: [{ place: "file", path: ".augment/rules/{name}.md", codec: "augment-rule", ...said }],
    skill: [{ place: "file", path: ".augment/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".augment/agents/{name}.md", codec: "basic-agent", ...said }],
    command: [{ place: "file", path: ".augment/commands/{name}.md", codec: "hinted-command", ...peer }],
    behavior: [{ place: "key", path: ".augment/settings.json", at: "/hooks/{event}/{name}", codec: "augment-hooks", ...said }],
    mcp: [{ place: "key", path: ".augment/settings.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
} as const satisfies Platform;
