// What Cursor reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Cursor cannot be observed without an account, so nothing here is.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-23" } as const;
const saidOfHooks = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const thirdParty = "Cursor runs Claude Code's hooks only while its settings include third-party configs.";

export const cursor = {
  id: "cursor",
  label: "Cursor",
  docs: "https://cursor.com/docs",
  detect: [".cursor", ".cursorrules"],
  project: {
    rule: [
      { place: "file", path: ".cursor/rules/{name}.mdc", codec: "cursor-rule", ...peer },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...peer },
    ],
    // Peers disagree on the folder; the vendor reads all of these, and others share the first.
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...said },
      { place: "file", path: ".cursor/skills/{name}", codec: "skill-folder", ...said },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...said },
    ],
    agent: [{ place: "file", path: ".cursor/agents/{name}.md", codec: "cursor-agent", ...peer }],
    command: [{ place: "file", path: ".cursor/commands/{name}.md", codec: "plain-command", ...peer }],
    // All that match run, from every file: what Claude Code gets must not be written here again.
    behavior: [
      { place: "key", path: ".cursor/hooks.json", at: "/hooks/{event}/{name}", codec: "cursor-hooks", ...saidOfHooks },
      { place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", gate: thirdParty, caveat: thirdParty, ...saidOfHooks },
    ],
    mcp: [{ place: "key", path: ".cursor/mcp.json", at: "/mcpServers/{name}", codec: "cursor-mcp", ...peer }],
  },
  // Its rules of a user are in the settings of the app.
  user: {
    skill: [
      { place: "file", path: ".cursor/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".cursor/agents/{name}.md", codec: "cursor-agent", ...peer }],
    command: [{ place: "file", path: ".cursor/commands/{name}.md", codec: "plain-command", ...peer }],
    behavior: [
      { place: "key", path: ".cursor/hooks.json", at: "/hooks/{event}/{name}", codec: "cursor-hooks", ...saidOfHooks },
      { place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", gate: thirdParty, caveat: thirdParty, ...saidOfHooks },
    ],
    mcp: [{ place: "key", path: ".cursor/mcp.json", at: "/mcpServers/{name}", codec: "cursor-mcp", ...peer }],
  },
  alsoReads: [
    { path: ".cursorrules", kind: "rule" },
    { path: ".codex/skills/{name}", kind: "skill" },
  ],
} as const satisfies Platform;
