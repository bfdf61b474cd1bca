// What Windsurf, now Devin Desktop, reads, and how we know: Cascade, and Devin Local in the same window. Data only.
import type { Platform } from "../platform.ts";

const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const cascade = "these are Cascade's; Devin Local runs hooks of .devin and of Claude Code instead";

export const windsurf = {
  id: "windsurf",
  label: "Windsurf (Devin Desktop)",
  docs: "https://docs.devin.ai/desktop",
  note: "Windsurf was renamed Devin Desktop in 2026. It holds two agents: Cascade and Devin Local.",
  detect: [".windsurf", ".devin", ".windsurfrules"],
  project: {
    // Peers write .windsurf or .devin; Cascade reads the first, and Devin Local imports it.
    rule: [
      { place: "file", path: ".windsurf/rules/{name}.md", codec: "trigger-rule", ...said },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...said },
    ],
    // No two sources agree for Cascade; Devin Local reads all three.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", evidence: "vendor", checkedOn: "2026-11-23" },
      { place: "file", path: ".windsurf/skills/{name}", codec: "skill-folder", evidence: "vendor", checkedOn: "2026-11-23" },
      { place: "file", path: ".devin/skills/{name}", codec: "skill-folder", evidence: "vendor", checkedOn: "2026-11-23" },
    ],
    // A file in .agents/agents would do too, but `model` means something else to others there.
    agent: [{ place: "file", path: ".devin/agents/{name}/AGENT.md", codec: "devin-agent", ...said }],
    command: [{ place: "file", path: ".windsurf/workflows/{name}.md", codec: "workflow-command", ...peer }],
    behavior: [{ place: "key", path: ".windsurf/hooks.json", at: "/hooks/{event}/{name}", codec: "windsurf-hooks", caveat: cascade, ...said }],
    // Peers write .devin/mcp_config.json; the vendor names config.json.
    mcp: [{ place: "key", path: ".devin/config.json", at: "/mcpServers/{name}", codec: "plain-mcp", ...said }],
  },
  user: {
    rule: [{ place: "block", path: ".codeium/windsurf/memories/global_rules.md", codec: "rule-block", ...peer }],
    skill: [
      { place: "file", path: ".codeium/windsurf/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".config/devin/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".config/devin/agents/{name}/AGENT.md", codec: "devin-agent", ...said }],
    command: [{ place: "file", path: ".codeium/windsurf/global_workflows/{name}.md", codec: "workflow-command", ...peer }],
    behavior: [{ place: "key", path: ".codeium/windsurf/hooks.json", at: "/hooks/{event}/{name}", codec: "windsurf-hooks", caveat: cascade, ...said }],
    mcp: [{ place: "key", path: ".codeium/windsurf/mcp_config.json", at: "/mcpServers/{name}", codec: "windsurf-mcp", ...peer }],
  },
  alsoReads: [
    { path: "CLAUDE.md", kind: "rule" },
    { path: ".devin/rules/{name}.md", kind: "rule" },
    { path: ".cursor/rules/{name}.mdc", kind: "rule" },
    { path: ".agents/agents/{name}.md", kind: "agent" },
    { path: ".claude/agents/{name}.md", kind: "agent" },
    { path: ".claude/commands/{name}.md", kind: "command" },
  ],
} as const satisfies Platform;
