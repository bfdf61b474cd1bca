// What Hermes Agent of Nous Research reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const hermes = {
  id: "hermes",
  label: "Hermes Agent",
  docs: "https://hermes-agent.nousresearch.com/docs",
  note: "Hermes has no MCP servers of a project. Its hooks stand in lists of ~/.hermes/config.yaml, which aiwg does not edit, and its agents are plugins in Python.",
  detect: [".hermes.md", "HERMES.md", ".hermes"],
  project: {
    // The first of .hermes.md, HERMES.md, AGENTS.override.md, AGENTS.md, CLAUDE.md and .cursorrules is read, and no other.
    rule: [
      {
        place: "block",
        path: "AGENTS.md",
        alternatives: [".hermes.md", "HERMES.md"],
        codec: "rule-block",
        hiddenBy: ["AGENTS.override.md"],
        hides: ["CLAUDE.md", ".cursorrules"],
        ...said,
      },
      {
        place: "block",
        path: "CLAUDE.md",
        codec: "rule-block",
        hiddenBy: [".hermes.md", "HERMES.md", "AGENTS.override.md", "AGENTS.md"],
        hides: [".cursorrules"],
        ...said,
      },
    ],
    // Sources disagree; .agents/skills is read only where a person's configuration names it.
    skill: [{ place: "file", path: ".hermes/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".hermes/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer }],
  },
  // SOUL.md is who the agent is, so no rules are written there.
  user: {
    skill: [{ place: "file", path: ".hermes/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".hermes/skills/{name}/SKILL.md", codec: "command-as-skill", ...peer }],
    mcp: [{ place: "key", path: ".hermes/config.yaml", at: "/mcp_servers/{name}", codec: "hermes-mcp", ...peer }],
  },
  movedBy: ["HERMES_HOME"],
} as const satisfies Platform;
