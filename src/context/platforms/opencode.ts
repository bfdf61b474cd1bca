// What OpenCode reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "1.18.33" } as const;

export const opencode = {
  id: "opencode",
  label: "OpenCode",
  docs: "https://opencode.ai/docs",
  detect: [".opencode", "opencode.json", "opencode.jsonc"],
  project: {
    rule: [
      { place: "block", path: "{folder}/AGENTS.md", codec: "folder-block", only: "folder", hides: ["{folder}/CLAUDE.md"], ...seen },
      // It reads CLAUDE.md only where there is no AGENTS.md.
      {
        ...{ place: "block", path: "AGENTS.md", codec: "rule-block", hides: ["CLAUDE.md"], ...seen },
        keepsReading: { path: "opencode.json", alternatives: ["opencode.jsonc"], at: "/instructions" },
      },
      { place: "block", path: "CLAUDE.md", codec: "rule-block", hiddenBy: ["AGENTS.md"], blankHides: true, ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".opencode/agents/{name}.md", codec: "opencode-agent", ...seen }],
    command: [{ place: "file", path: ".opencode/commands/{name}.md", codec: "opencode-command", ...seen }],
    behavior: [{ place: "file", path: ".opencode/plugins/{name}.js", codec: "opencode-plugin", ...seen }],
    mcp: [{ place: "key", path: "opencode.json", alternatives: ["opencode.jsonc"], at: "/mcp/{name}", codec: "opencode-mcp", ...seen }],
  },
  user: {
    rule: [
      { place: "block", path: ".config/opencode/AGENTS.md", codec: "rule-block", hides: [".claude/CLAUDE.md"], ...seen },
      { place: "block", path: ".claude/CLAUDE.md", codec: "rule-block", hiddenBy: [".config/opencode/AGENTS.md"], blankHides: true, ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".config/opencode/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".config/opencode/agents/{name}.md", codec: "opencode-agent", ...seen }],
    command: [{ place: "file", path: ".config/opencode/commands/{name}.md", codec: "opencode-command", ...seen }],
    behavior: [{ place: "file", path: ".config/opencode/plugins/{name}.js", codec: "opencode-plugin", ...seen }],
    mcp: [
      {
        place: "key",
        path: ".config/opencode/opencode.json",
        alternatives: [".config/opencode/opencode.jsonc"],
        at: "/mcp/{name}",
        codec: "opencode-mcp",
        ...seen,
      },
    ],
  },
  alsoReads: [
    { path: ".opencode/skills/{name}", kind: "skill" },
    { path: ".opencode/skill/{name}", kind: "skill" },
    { path: ".opencode/agent/{name}.md", kind: "agent" },
    { path: ".opencode/command/{name}.md", kind: "command" },
  ],
  movedBy: ["OPENCODE_CONFIG_DIR", "XDG_CONFIG_HOME"],
} as const satisfies Platform;
