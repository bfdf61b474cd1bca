// What Factory's droid reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "0.215.0" } as const;

export const factory = {
  id: "factory",
  label: "Factory (droid)",
  docs: "https://docs.factory.ai",
  detect: [".factory"],
  project: {
    // Peers write .factory/rules too, which was seen not to be read.
    rule: [
      { place: "block", path: "{folder}/AGENTS.md", codec: "folder-block", only: "folder", ...seen },
      { place: "block", path: "AGENTS.md", codec: "rule-block", ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".factory/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".factory/droids/{name}.md", codec: "factory-droid", ...seen }],
    // Merged into skills, and still read.
    command: [{ place: "file", path: ".factory/commands/{name}.md", codec: "hinted-command", ...seen }],
    // Peers write hooks.json only. What it has for an event hides what the other has for it.
    behavior: [
      { place: "key", path: ".factory/settings.json", at: "/hooks/{event}/{name}", codec: "factory-hooks", hiddenBy: [".factory/hooks.json"], ...seen },
      { place: "key", path: ".factory/hooks.json", at: "/{event}/{name}", codec: "factory-hooks", hides: [".factory/settings.json"], ...seen },
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
    command: [{ place: "file", path: ".factory/commands/{name}.md", codec: "hinted-command", ...seen }],
    behavior: [
      { place: "key", path: ".factory/settings.json", at: "/hooks/{event}/{name}", codec: "factory-hooks", hiddenBy: [".factory/hooks.json"], ...seen },
      { place: "key", path: ".factory/hooks.json", at: "/{event}/{name}", codec: "factory-hooks", hides: [".factory/settings.json"], ...seen },
    ],
    mcp: [{ place: "key", path: ".factory/mcp.json", at: "/mcpServers/{name}", codec: "factory-mcp", ...seen }],
  },
  alsoReads: [
    { path: "CLAUDE.md", kind: "rule" },
    { path: ".factory/AGENTS.md", kind: "rule" },
    { path: ".agents/AGENTS.md", kind: "rule" },
  ],
} as const satisfies Platform;
