// What Warp reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-23" } as const;

export const warp = {
  id: "warp",
  label: "Warp",
  docs: "https://docs.warp.dev/agent-platform/capabilities/rules",
  note: "Warp has no files for agents and hooks; its global rules are in Warp Drive.",
  detect: ["WARP.md", ".warp"],
  project: {
    // A WARP.md hides AGENTS.md, so it is written where a person has one, and never made.
    rule: [{ place: "block", path: "AGENTS.md", alternatives: ["WARP.md"], codec: "rule-block", ...said }],
    // Peers disagree on the folder; others share the first.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".warp/skills/{name}", codec: "skill-folder", ...peer },
    ],
    command: [
      { place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer },
      { place: "file", path: ".warp/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer },
    ],
    mcp: [{ place: "key", path: ".warp/.mcp.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".agents/AGENTS.md", codec: "rule-block", ...peer }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".warp/skills/{name}", codec: "skill-folder", ...peer },
    ],
    command: [
      { place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer },
      { place: "file", path: ".warp/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer },
    ],
    mcp: [{ place: "key", path: ".warp/.mcp.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...peer }],
  },
} as const satisfies Platform;
