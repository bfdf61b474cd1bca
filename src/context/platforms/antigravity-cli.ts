// What Antigravity CLI (agy) reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Antigravity CLI (agy) cannot be observed without an account, so nothing here is.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const antigravityCli = {
  id: "antigravity-cli",
  label: "Antigravity CLI (agy)",
  docs: "https://antigravity.google/docs",
  detect: [".agents/workflows", ".agents/hooks.json", ".agents/mcp_config.json", ".agent"],
  project: {
    // Older tools write .agent (without s).
    rule: [
      { place: "file", path: ".agents/rules/{name}.md", codec: "trigger-rule", ...peer },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...peer },
    ],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".agents/agents/{name}.md", codec: "antigravity-agent", ...peer }],
    command: [{ place: "file", path: ".agents/workflows/{name}.md", codec: "workflow-command", ...peer }],
    behavior: [{ place: "key", path: ".agents/hooks.json", at: "/{name}", codec: "antigravity-hooks", ...peer }],
    mcp: [{ place: "key", path: ".agents/mcp_config.json", at: "/mcpServers/{name}", codec: "antigravity-mcp", ...peer }],
  },
  user: {
    rule: [{ place: "block", path: ".gemini/GEMINI.md", codec: "rule-block", ...peer }],
    // Sources disagree on these two; the first one both rows could share.
    skill: [
      { place: "file", path: ".gemini/config/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".gemini/antigravity-cli/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".gemini/config/agents/{name}.md", codec: "antigravity-agent", ...peer }],
    command: [{ place: "file", path: ".gemini/antigravity-cli/global_workflows/{name}.md", codec: "workflow-command", ...peer }],
    behavior: [{ place: "key", path: ".gemini/config/hooks.json", at: "/{name}", codec: "antigravity-hooks", ...peer }],
    mcp: [{ place: "key", path: ".gemini/config/mcp_config.json", at: "/mcpServers/{name}", codec: "antigravity-mcp", ...peer }],
  },
  // Tiers, not names of models.
  models: { reasoning: "pro", coding: "pro", fast: "flash" },
  alsoReads: [
    { path: "CONTEXT.md", kind: "rule" },
    { path: "GEMINI.md", kind: "rule" },
  ],
} as const satisfies Platform;
