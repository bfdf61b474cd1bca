// What Roo Code, and its fork Zoo Code, reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// Nobody has looked: all of this is what other tools write.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const roo = {
  id: "roo",
  label: "Roo Code (Zoo Code)",
  docs: "https://docs.roocode.com",
  note: "Roo Code ended on 2026-05-15; its fork Zoo Code reads the same files. Its agents are modes in .roomodes, where aiwg does not write, and it has no hooks.",
  detect: [".roo", ".roomodes"],
  project: {
    rule: [
      { place: "file", path: ".roo/rules/{name}.md", codec: "plain-rule", ...peer },
      { place: "block", path: "AGENTS.md", codec: "rule-block", ...peer },
    ],
    skill: [{ place: "file", path: ".roo/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".roo/commands/{name}.md", codec: "roo-command", ...peer }],
    mcp: [{ place: "key", path: ".roo/mcp.json", at: "/mcpServers/{name}", codec: "roo-mcp", ...peer }],
  },
  // Its MCP servers of a user lie in the storage of VS Code, which has no fixed place.
  user: {
    rule: [{ place: "file", path: ".roo/rules/{name}.md", codec: "plain-rule", ...peer }],
    skill: [{ place: "file", path: ".roo/skills/{name}", codec: "skill-folder", ...peer }],
    command: [{ place: "file", path: ".roo/commands/{name}.md", codec: "roo-command", ...peer }],
  },
} as const satisfies Platform;
