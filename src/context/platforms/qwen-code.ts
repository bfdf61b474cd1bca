// What Qwen Code reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "0.24.4" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const scopes = { only: "scoped", evidence: "peer", checkedOn: "2026-11-23" } as const;

export const qwenCode = {
  id: "qwen-code",
  label: "Qwen Code",
  docs: "https://qwenlm.github.io/qwen-code-docs",
  detect: [".qwen", "QWEN.md"],
  project: {
    // Sources were unsure of AGENTS.md and of .agents/skills; both were seen.
    rule: [
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", only: "always", ...seen },
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", ...scopes },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".qwen/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".qwen/agents/{name}.md", codec: "qwen-agent", ...seen }],
    command: [{ place: "file", path: ".qwen/commands/{name}.md", codec: "qwen-command", ...seen }],
    behavior: [{ place: "key", path: ".qwen/settings.json", at: "/hooks/{event}/{name}", codec: "qwen-hooks", ...seen }],
    mcp: [
      { place: "key", path: ".qwen/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", ...seen },
      { place: "key", path: ".mcp.json", at: "/mcpServers/{name}", codec: "claude-mcp", ...seen },
    ],
  },
  user: {
    rule: [
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", only: "always", ...seen },
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", ...scopes },
      { place: "block", path: ".qwen/QWEN.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".qwen/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".qwen/agents/{name}.md", codec: "qwen-agent", ...seen }],
    command: [{ place: "file", path: ".qwen/commands/{name}.md", codec: "qwen-command", ...seen }],
    behavior: [{ place: "key", path: ".qwen/settings.json", at: "/hooks/{event}/{name}", codec: "qwen-hooks", ...said }],
    mcp: [{ place: "key", path: ".qwen/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", ...seen }],
  },
  alsoReads: [
    { path: "QWEN.md", kind: "rule" },
    { path: "QWEN.local.md", kind: "rule" },
  ],
} as const satisfies Platform;
