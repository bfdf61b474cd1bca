// What Qwen Code reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "0.24.4" } as const;
const started = "Qwen Code reads .qwen and .agents of a project only where it is started in the project's root folder.";
const approved = "Qwen Code asks once whether the servers of a project may run; without anybody to ask it starts none, except with --yolo.";

export const qwenCode = {
  id: "qwen-code",
  label: "Qwen Code",
  docs: "https://qwenlm.github.io/qwen-code-docs",
  detect: [".qwen", "QWEN.md"],
  project: {
    // Sources were unsure of AGENTS.md and of .agents/skills; both were seen.
    rule: [
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", gate: started, ...seen },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", gate: started, ...seen },
      { place: "file", path: ".qwen/skills/{name}", codec: "skill-folder", gate: started, ...seen },
    ],
    agent: [{ place: "file", path: ".qwen/agents/{name}.md", codec: "qwen-agent", gate: started, ...seen }],
    command: [{ place: "file", path: ".qwen/commands/{name}.md", codec: "qwen-command", gate: started, ...seen }],
    behavior: [{ place: "key", path: ".qwen/settings.json", at: "/hooks/{event}/{name}", codec: "qwen-hooks", gate: started, ...seen }],
    mcp: [
      { place: "key", path: ".qwen/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", gate: approved, ...seen },
      { place: "key", path: ".mcp.json", at: "/mcpServers/{name}", codec: "claude-mcp", gate: approved, ...seen },
    ],
  },
  user: {
    rule: [
      { place: "file", path: ".qwen/rules/{name}.md", codec: "paths-rule", ...seen },
      { place: "block", path: ".qwen/QWEN.md", codec: "rule-block", only: "always", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".qwen/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".qwen/agents/{name}.md", codec: "qwen-agent", ...seen }],
    command: [{ place: "file", path: ".qwen/commands/{name}.md", codec: "qwen-command", ...seen }],
    behavior: [{ place: "key", path: ".qwen/settings.json", at: "/hooks/{event}/{name}", codec: "qwen-hooks", ...seen }],
    mcp: [{ place: "key", path: ".qwen/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", ...seen }],
  },
  alsoReads: [
    { path: "QWEN.md", kind: "rule" },
    { path: "QWEN.local.md", kind: "rule" },
  ],
} as const satisfies Platform;
