// What Cline reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "3.0.65" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const cline = {
  id: "cline",
  label: "Cline",
  docs: "https://docs.cline.bot",
  note: "Cline has no MCP servers of a project.",
  detect: [".clinerules", ".cline"],
  project: {
    // Others write rules into .clinerules, which Cline's own command line was seen not to read.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...seen },
      { place: "file", path: ".cline/rules/{name}.md", codec: "paths-rule", only: "always", ...seen },
      { place: "file", path: ".cline/rules/{name}.md", codec: "paths-rule", only: "scoped", ...peer },
    ],
    // Peers disagree on the folder; all were seen to be read, and others share the first.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".cline/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".cline/agents/{name}.yaml", codec: "cline-agent", ...peer }],
    command: [{ place: "file", path: ".clinerules/workflows/{name}.md", codec: "plain-command", ...peer }],
    // Only PreToolUse was seen to run; the other events are the vendor's word.
    behavior: [{ place: "file", path: ".clinerules/hooks", codec: "cline-hooks", ...said }],
  },
  user: {
    rule: [
      { place: "file", path: "Documents/Cline/Rules/{name}.md", codec: "paths-rule", ...peer },
      { place: "block", path: ".agents/AGENTS.md", codec: "rule-block", only: "always", ...peer },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".cline/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".cline/agents/{name}.yaml", codec: "cline-agent", ...peer }],
    command: [{ place: "file", path: "Documents/Cline/Workflows/{name}.md", codec: "plain-command", ...peer }],
    behavior: [{ place: "file", path: "Documents/Cline/Hooks", codec: "cline-hooks", ...said }],
    mcp: [{ place: "key", path: ".cline/data/settings/cline_mcp_settings.json", at: "/mcpServers/{name}", codec: "cline-mcp", ...peer }],
  },
  alsoReads: [{ path: ".clinerules/skills/{name}", kind: "skill" }],
} as const satisfies Platform;
