// What OpenClaw reads, and how we know. Its project is an agent's workspace. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "2026.9.6" } as const;
const enabled = "OpenClaw runs a hook only once it is enabled (openclaw hooks enable), and only in its Gateway: openclaw agent --local runs none.";

// In characters, by default; beyond it the middle of the file is dropped.
const limit = 20_000;

export const openclaw = {
  id: "openclaw",
  label: "OpenClaw",
  docs: "https://docs.openclaw.ai",
  // Peers write files of agents; the vendor's own form is a workspace for each, which is nothing to write into a project.
  note: "The project is an agent's workspace; OpenClaw's agents are workspaces themselves and have no file. Of ~/.openclaw/openclaw.json, which is JSON5, aiwg edits what is also JSON with comments.",
  detect: [".openclaw", "SOUL.md"],
  project: {
    rule: [{ place: "block", path: "AGENTS.md", codec: "rule-block", limit, ...seen }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: "skills/{name}", codec: "skill-folder", ...seen },
    ],
    // A person calls it ($name, or /skill name); the model is then told to read the file.
    command: [{ place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...seen }],
    behavior: [{ place: "file", path: "hooks/{name}", codec: "openclaw-hook", gate: enabled, ...seen }],
  },
  user: {
    rule: [{ place: "block", path: ".openclaw/workspace/AGENTS.md", codec: "rule-block", limit, ...seen }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".openclaw/skills/{name}", codec: "skill-folder", ...seen },
    ],
    command: [{ place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...seen }],
    behavior: [{ place: "file", path: ".openclaw/hooks/{name}", codec: "openclaw-hook", gate: enabled, ...seen }],
    mcp: [{ place: "key", path: ".openclaw/openclaw.json", at: "/mcp/servers/{name}", codec: "openclaw-mcp", ...seen }],
  },
  movedBy: ["OPENCLAW_HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_PROFILE", "OPENCLAW_WORKSPACE_DIR"],
} as const satisfies Platform;
