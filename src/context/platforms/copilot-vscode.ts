// What GitHub Copilot in VS Code (and its cloud agent) reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// VS Code cannot be observed without a display and an account, so nothing here is.
// Prompts cannot be stopped, and no matcher of any form is looked at.
const own = "VS Code ignores matchers, and stops no prompt";
const caveat = "VS Code ignores matchers: hooks run for every tool, whose names and inputs are not Claude Code's";
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const saidEarlier = { ...said, checkedOn: "2026-11-23" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const copilotVscode = {
  id: "copilot-vscode",
  label: "GitHub Copilot in VS Code",
  docs: "https://code.visualstudio.com/docs/agent-customization/overview",
  detect: [".github/copilot-instructions.md", ".github/instructions", ".github/agents", ".github/hooks", ".github/prompts", ".vscode/mcp.json"],
  project: {
    rule: [
      { place: "block", path: ".github/copilot-instructions.md", codec: "rule-block", only: "always", ...peer },
      { place: "file", path: ".github/instructions/{name}.instructions.md", codec: "copilot-instructions", only: "scoped", ...said },
      { place: "block", path: "AGENTS.md", codec: "rule-block", only: "always", ...said },
      { place: "file", path: ".claude/rules/{name}.md", codec: "claude-rule", ...said },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...saidEarlier },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...saidEarlier },
    ],
    agent: [
      { place: "file", path: ".github/agents/{name}.agent.md", codec: "copilot-agent", ...said },
      { place: "file", path: ".claude/agents/{name}.md", codec: "claude-agent", ...said },
    ],
    command: [{ place: "file", path: ".github/prompts/{name}.prompt.md", codec: "copilot-prompt", ...peer }],
    behavior: [
      { place: "file", path: ".github/hooks/{name}.json", codec: "copilot-hooks", caveat: own, ...said },
      { place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", caveat, ...said },
    ],
    mcp: [
      {
        place: "key",
        path: ".vscode/mcp.json",
        at: "/servers/{name}",
        codec: "vscode-mcp",
        gate: "VS Code asks once whether a server of this workspace may run.",
        ...peer,
      },
    ],
  },
  // Its prompts and MCP servers of a user lie in the profile of VS Code, which has no fixed place.
  user: {
    rule: [{ place: "file", path: ".copilot/instructions/{name}.instructions.md", codec: "copilot-instructions", ...peer }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...saidEarlier },
      { place: "file", path: ".copilot/skills/{name}", codec: "skill-folder", ...saidEarlier },
      { place: "file", path: ".claude/skills/{name}", codec: "skill-folder", ...saidEarlier },
    ],
    agent: [{ place: "file", path: ".copilot/agents/{name}.agent.md", codec: "copilot-agent", ...said }],
    behavior: [
      { place: "file", path: ".copilot/hooks/{name}.json", codec: "copilot-hooks", caveat: own, ...said },
      { place: "key", path: ".claude/settings.json", at: "/hooks/{event}/{name}", codec: "claude-hooks", caveat, ...said },
    ],
  },
  alsoReads: [
    { path: "CLAUDE.md", kind: "rule" },
    { path: ".github/skills/{name}", kind: "skill" },
  ],
} as const satisfies Platform;
