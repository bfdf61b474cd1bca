// What OpenAI's Codex CLI reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "0.169.0" } as const;
const trusted = "Codex reads .codex/ of a project only once the project is trusted.";
const reviewed = "Codex runs a new or changed hook only after it was reviewed and trusted (/hooks in Codex).";
// Beyond this it drops the tail; the file of a user is read whole.
const limit = 32_768;

export const codex = {
  id: "codex",
  label: "Codex CLI",
  docs: "https://developers.openai.com/codex",
  detect: [".codex"],
  project: {
    rule: [{ place: "block", path: "AGENTS.md", codec: "rule-block", limit, hiddenBy: ["AGENTS.override.md"], blankHides: true, ...seen }],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen }],
    agent: [{ place: "file", path: ".codex/agents/{name}.toml", codec: "codex-agent", gate: trusted, ...seen }],
    // A project has no prompts; a skill is called as $name.
    command: [{ place: "file", path: ".agents/skills/{name}/SKILL.md", codec: "command-as-skill", ...seen }],
    behavior: [{ place: "key", path: ".codex/hooks.json", at: "/hooks/{event}/{name}", codec: "codex-hooks", gate: reviewed, ...seen }],
    mcp: [{ place: "block", path: ".codex/config.toml", codec: "codex-mcp", gate: trusted, ...seen }],
  },
  user: {
    rule: [{ place: "block", path: ".codex/AGENTS.md", codec: "rule-block", hiddenBy: [".codex/AGENTS.override.md"], blankHides: true, ...seen }],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen }],
    agent: [{ place: "file", path: ".codex/agents/{name}.toml", codec: "codex-agent", ...seen }],
    command: [{ place: "file", path: ".codex/prompts/{name}.md", codec: "hinted-command", evidence: "peer", checkedOn: "2026-11-23" }],
    behavior: [{ place: "key", path: ".codex/hooks.json", at: "/hooks/{event}/{name}", codec: "codex-hooks", gate: reviewed, ...seen }],
    mcp: [{ place: "block", path: ".codex/config.toml", codec: "codex-mcp", ...seen }],
  },
  alsoReads: [{ path: ".codex/skills/{name}", kind: "skill" }],
  movedBy: ["CODEX_HOME"],
} as const satisfies Platform;
