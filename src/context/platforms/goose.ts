// What goose reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

// goose could not be installed from a registry, so nothing here is observed.
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;

export const goose = {
  id: "goose",
  label: "goose",
  docs: "https://block.github.io/goose/docs",
  note: "goose has no MCP servers of a project that its vendor knows of.",
  detect: [".goosehints", ".goose"],
  project: {
    rule: [{ place: "block", path: "AGENTS.md", codec: "rule-block", ...peer }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer },
      { place: "file", path: ".goose/skills/{name}", codec: "skill-folder", ...peer },
    ],
    agent: [{ place: "file", path: ".goose/agents/{name}.md", codec: "basic-agent", ...peer }],
    command: [{ place: "file", path: ".goose/recipes/{name}.yaml", codec: "goose-recipe", ...peer }],
    behavior: [{ place: "file", path: ".agents/plugins/{name}", codec: "goose-plugin", ...said }],
  },
  user: {
    rule: [{ place: "block", path: ".config/goose/.goosehints", codec: "rule-block", ...peer }],
    skill: [{ place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...peer }],
    agent: [{ place: "file", path: ".config/goose/agents/{name}.md", codec: "basic-agent", ...peer }],
    command: [{ place: "file", path: ".config/goose/recipes/{name}.yaml", codec: "goose-recipe", ...peer }],
    behavior: [{ place: "file", path: ".agents/plugins/{name}", codec: "goose-plugin", ...said }],
    mcp: [{ place: "key", path: ".config/goose/config.yaml", at: "/extensions/{name}", codec: "goose-mcp", ...peer }],
  },
  alsoReads: [
    { path: ".goosehints", kind: "rule" },
    { path: ".agents/agents/{name}.md", kind: "agent" },
  ],
  movedBy: ["XDG_CONFIG_HOME"],
} as const satisfies Platform;
