// What the pi coding agent reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "0.73.1" } as const;

export const pi = {
  id: "pi",
  label: "pi",
  docs: "https://pi.dev/docs",
  note: "pi has no agents and, on purpose, no MCP servers; its hooks are extensions in TypeScript, which aiwg does not write.",
  detect: [".pi"],
  project: {
    // The first of AGENTS.md and CLAUDE.md that is there is read, even when empty, and no other. Before both, pi reads
    // AGENTS.override.md once it is @earendil-works/pi-coding-agent (seen in the source of 1.6.0); 0.73.1 does not know that name.
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", hiddenBy: ["AGENTS.override.md"], blankHides: true, hides: ["CLAUDE.md"], ...seen },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: ["AGENTS.override.md", "AGENTS.md"], blankHides: true, ...seen },
    ],
    // Peers disagree on the folder; both were seen to be read.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".pi/skills/{name}", codec: "skill-folder", ...seen },
    ],
    command: [{ place: "file", path: ".pi/prompts/{name}.md", codec: "hinted-command", ...seen }],
  },
  user: {
    rule: [
      {
        place: "block",
        path: ".pi/agent/AGENTS.md",
        codec: "rule-block",
        hiddenBy: [".pi/agent/AGENTS.override.md"],
        blankHides: true,
        hides: [".pi/agent/CLAUDE.md"],
        ...seen,
      },
      {
        place: "block",
        path: ".pi/agent/CLAUDE.md",
        codec: "rule-block",
        hiddenBy: [".pi/agent/AGENTS.override.md", ".pi/agent/AGENTS.md"],
        blankHides: true,
        ...seen,
      },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".pi/agent/skills/{name}", codec: "skill-folder", ...seen },
    ],
    command: [{ place: "file", path: ".pi/agent/prompts/{name}.md", codec: "hinted-command", ...seen }],
  },
  movedBy: ["PI_CODING_AGENT_DIR"],
} as const satisfies Platform;
