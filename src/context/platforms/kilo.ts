// What Kilo Code reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Nobody has looked: all of this is what other tools write. Its forms are OpenCode's, of which it is a fork.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const kilo = {
  id: "kilo",
  label: "Kilo Code",
  docs: "https://kilo.ai/docs",
  detect: [".kilo", ".kilocode", "kilo.jsonc"],
  project: {
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", ...peer },
      { place: "file", path: ".kilo/rules/{name}.md", codec: "plain-rule", ...peer },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".kilo/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".kilo/agents/{name}.md", codec: "opencode-agent", ...peer }],
    command: [{ place: "file", path: ".kilo/commands/{name}.md", codec: "opencode-command", ...peer }],
    behavior: [{ place: "file", path: ".kilo/plugins/{name}.js", codec: "opencode-plugin", ...peer }],
    mcp: [{ place: "key", path: "kilo.jsonc", at: "/mcp/{name}", codec: "opencode-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".config/kilo/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".kilo/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".config/kilo/agents/{name}.md", codec: "opencode-agent", ...peer }],
    command: [{ place: "file", path: ".config/kilo/commands/{name}.md", codec: "opencode-command", ...peer }],
    behavior: [{ place: "file", path: ".config/kilo/plugins/{name}.js", codec: "opencode-plugin", ...peer }],
    mcp: [{ place: "key", path: ".config/kilo/kilo.jsonc", at: "/mcp/{name}", codec: "opencode-mcp", ...peer }],
  },
  movedBy: ["XDG_CONFIG_HOME"],
} as const satisfies Platform;
