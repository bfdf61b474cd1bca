// What Amp reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Amp needs its own server for prompts, so only its list of servers could be observed.
const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "0.0.1790142911" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const amp = {
  id: "amp",
  label: "Amp",
  docs: "https://ampcode.com/manual",
  note: "Amp has no files for agents; its hooks are plugins in TypeScript, which aiwg does not write.",
  detect: [".amp"],
  project: {
    // It reads CLAUDE.md only where there is no AGENTS.md.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", hides: ["CLAUDE.md"], ...peer },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: ["AGENTS.md"], blankHides: true, ...peer },
    ],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer }],
    mcp: [{ place: "key", path: ".amp/settings.json", at: "/amp.mcpServers/{name}", codec: "plain-mcp", ...seen }],
  },
  user: {
    rule: [{ place: "block", path: ".config/amp/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".config/agents/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".config/agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer }],
    mcp: [{ place: "key", path: ".config/amp/settings.json", at: "/amp.mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
  movedBy: ["XDG_CONFIG_HOME"],
} as const satisfies Platform;
