// What Cline reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "3.0.65" } as const;
/** The editors' word is that they wait for a matching file. */
const unscoped = { caveat: "Cline's command line loads the rule always" } as const;

export const cline = {
  id: "cline",
  label: "Cline",
  docs: "https://docs.cline.bot",
  note: "Cline has no MCP servers of a project.",
  detect: [".clinerules", ".cline"],
  project: {
    // Others write rules into .clinerules, which is read too, but for those that have the name of one here.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...seen },
      { place: "file", path: ".cline/rules/{name}.md", codec: "paths-rule", only: "always", ...seen },
      { place: "file", path: ".cline/rules/{name}.md", codec: "paths-rule", only: "scoped", ...unscoped, ...seen },
    ],
    // Peers disagree on the folder; all were seen to be read, and others share the first.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".cline/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".cline/agents/{name}.yaml", codec: "cline-agent", ...seen }],
    command: [{ place: "file", path: ".clinerules/workflows/{name}.md", codec: "plain-command", ...seen }],
    behavior: [{ place: "file", path: ".clinerules/hooks", codec: "cline-hooks", ...seen }],
  },
  user: {
    rule: [
      { place: "file", path: "Documents/Cline/Rules/{name}.md", codec: "paths-rule", only: "scoped", ...unscoped, ...seen },
      { place: "file", path: "Documents/Cline/Rules/{name}.md", codec: "paths-rule", only: "always", ...seen },
      { place: "block", path: ".agents/AGENTS.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".cline/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".cline/agents/{name}.yaml", codec: "cline-agent", ...seen }],
    command: [{ place: "file", path: "Documents/Cline/Workflows/{name}.md", codec: "plain-command", ...seen }],
    behavior: [{ place: "file", path: "Documents/Cline/Hooks", codec: "cline-hooks", ...seen }],
    mcp: [{ place: "key", path: ".cline/data/settings/cline_mcp_settings.json", at: "/mcpServers/{name}", codec: "cline-mcp", ...seen }],
  },
  alsoReads: [
    { path: ".clinerules/{name}.md", kind: "rule" },
    { path: ".clinerules/skills/{name}", kind: "skill" },
  ],
} as const satisfies Platform;
