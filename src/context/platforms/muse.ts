// What Meta's Muse Code reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Nobody has looked: all of this is what other tools write.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const muse = {
  id: "muse",
  label: "Muse Code",
  docs: "https://ai.meta.com",
  note: "No files for agents, commands, hooks and a project's MCP servers are known.",
  detect: [],
  project: {
    // It prefers AGENTS.md to CLAUDE.md.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", hides: ["CLAUDE.md"], ...peer },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: ["AGENTS.md"], blankHides: true, ...peer },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...peer },
    ],
  },
  user: {
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".config/muse/skills/{name}", codec: "skill-folder", ...peer },
    ],
    mcp: [{ place: "key", path: ".config/muse/settings.json", at: "/mcp_servers/{name}", codec: "muse-mcp", ...peer }],
  },
  alsoReads: [{ path: ".codex/skills/{name}", kind: "skill" }],
  movedBy: ["XDG_CONFIG_HOME"],
} as const satisfies Platform;
