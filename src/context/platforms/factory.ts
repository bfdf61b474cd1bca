// What Factory's droid reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "0.215.0" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;

export const factory = {
  id: "factory",
  label: "Factory (droid)",
  docs: "https://docs.factory.ai",
  detect: [".factory"],
  project: {
    rule: [
      { place: "block", path: "AGENTS.md", codec: "rule-block", ...seen },
      { place: "file", path: ".factory/rules/{name}.md", codec: "plain-rule", ...peer },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".factory/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".factory/droids/{name}.md", codec: "factory-droid", ...seen }],
    // Merged into skills, and still read.
    command: [{ place: "file", path: ".factory/commands/{name}.md", codec: "hinted-command", ...seen }],
    // Peers write hooks.json only, which droids are reported not to read, and which hides the other.
    behavior: [
      { place: "key", path: ".factory/settings.json", at: "/hooks/{event}/{name}", codec: "factory-hooks", hiddenBy: [".factory/hooks.json"], ...said },
      { place: "key", path: ".factory/hooks.json", at: "/{event}/{name}", codec: "factory-hooks", hides: [".factory/settings.json"], ...said },
    ],
    mcp: [{ place: "key", path: ".factory/mcp.json", at: "/mcpServers/{name}", codec: "factory-mcp", ...seen }],
  },
  user: {
    rule: [
      { place: "block", path: ".factory/AGENTS.md", codec: "rule-block", ...seen },
      { place: "block", path: ".agents/AGENTS.md", codec: "rule-block", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".factory/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".factory/droids/{name}.md", codec: "factory-droid", ...seen }],
    command: [{ place: "file", path: ".factory/commands/{name}.md", codec: "hinted-command", ...peer }],
    behavior: [
      { place: "key", path: ".factory/settings.json", at: "/hooks/{event}/{name}", codec: "factory-hooks", hiddenBy: [".factory/hooks.json"], ...said },
      { place: "key", path: ".factory/hooks.json", at: "/{event}/{name}", codec: "factory-hooks", hides: [".factory/settings.json"], ...said },
    ],
    mcp: [{ place: "key", path: ".factory/mcp.json", at: "/mcpServers/{name}", codec: "factory-mcp", ...peer }],
  },
  alsoReads: [{ path: "CLAUDE.md", kind: "rule" }],
} as const satisfies Platform;
