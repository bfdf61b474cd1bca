// What Zed's agent reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
// The first of these that is there is read, before AGENTS.md, and no other.
const before = [".rules", ".cursorrules", ".windsurfrules", ".clinerules", ".github/copilot-instructions.md", "AGENT.md"] as const;

export const zed = {
  id: "zed",
  label: "Zed",
  docs: "https://zed.dev/docs/ai/rules",
  note: "Zed has no files for agents, commands and hooks.",
  detect: [".zed", ".rules"],
  project: {
    rule: [
      { place: "block", path: "AGENTS.md", alternatives: before, codec: "rule-block", hides: ["CLAUDE.md", "GEMINI.md"], ...said },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: [...before, "AGENTS.md"], blankHides: true, hides: ["GEMINI.md"], ...said },
      { place: "block", path: "GEMINI.md", codec: "rule-block", hiddenBy: [...before, "AGENTS.md", "CLAUDE.md"], blankHides: true, ...said },
    ],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer }],
    mcp: [{ place: "key", path: ".zed/settings.json", at: "/context_servers/{name}", codec: "zed-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".config/zed/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer }],
    mcp: [{ place: "key", path: ".config/zed/settings.json", at: "/context_servers/{name}", codec: "zed-mcp", ...peer }],
  },
  movedBy: ["XDG_CONFIG_HOME"],
} as const satisfies Platform;
