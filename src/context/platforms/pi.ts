// What the pi coding agent reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "0.73.1" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const pi = {
  id: "pi",
  label: "pi",
  docs: "https://pi.dev/docs",
  note: "pi has no agents and, on purpose, no MCP servers; its hooks are extensions in TypeScript, which aiwg does not write.",
  detect: [".pi"],
  project: {
    // The first of AGENTS.override.md, AGENTS.md and CLAUDE.md is read, and no other.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", hiddenBy: ["AGENTS.override.md"], hides: ["CLAUDE.md"], ...seen },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: ["AGENTS.override.md", "AGENTS.md"], blankHides: true, ...peer },
    ],
    // Peers disagree on the folder; both were seen to be read.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".pi/skills/{name}", codec: "skill-folder", ...seen },
    ],
    command: [{ place: "file", path: ".pi/prompts/{name}.md", codec: "described-command", ...seen }],
  },
  user: {
    rule: [{ place: "block", path: ".pi/agent/AGENTS.md", codec: "rule-block", ...seen }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".pi/agent/skills/{name}", codec: "skill-folder", ...seen },
    ],
    command: [{ place: "file", path: ".pi/agent/prompts/{name}.md", codec: "described-command", ...peer }],
  },
} as const satisfies Platform;
