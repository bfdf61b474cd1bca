// What Gemini CLI reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-23", client: "0.61.0" } as const;
const said = { evidence: "vendor", checkedOn: "2026-11-26" } as const;
const peer = { evidence: "peer", checkedOn: "2026-11-23" } as const;
const trusted = "Gemini CLI reads .gemini of a folder only once the folder is trusted.";
const acknowledged = "Gemini CLI asks before it takes a project's agents; without anybody to ask it was seen to take none.";

export const geminiCli = {
  id: "gemini-cli",
  label: "Gemini CLI",
  docs: "https://geminicli.com/docs",
  note: "Since 2026-06-18 Gemini CLI serves API keys and enterprises only; for others Antigravity CLI takes its place.",
  detect: [".gemini", "GEMINI.md"],
  project: {
    // AGENTS.md only where a person's settings name it (context.fileName).
    rule: [{ place: "block", path: "GEMINI.md", codec: "rule-block", ...seen }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".gemini/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".gemini/agents/{name}.md", codec: "gemini-agent", gate: acknowledged, ...said }],
    command: [{ place: "file", path: ".gemini/commands/{name}.toml", codec: "gemini-command", gate: trusted, ...seen }],
    behavior: [{ place: "key", path: ".gemini/settings.json", at: "/hooks/{event}/{name}", codec: "gemini-hooks", gate: trusted, ...seen }],
    mcp: [{ place: "key", path: ".gemini/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", gate: trusted, ...seen }],
  },
  user: {
    rule: [{ place: "block", path: ".gemini/GEMINI.md", codec: "rule-block", ...seen }],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", ...seen },
      { place: "file", path: ".gemini/skills/{name}", codec: "skill-folder", ...seen },
    ],
    agent: [{ place: "file", path: ".gemini/agents/{name}.md", codec: "gemini-agent", ...seen }],
    command: [{ place: "file", path: ".gemini/commands/{name}.toml", codec: "gemini-command", ...peer }],
    behavior: [{ place: "key", path: ".gemini/settings.json", at: "/hooks/{event}/{name}", codec: "gemini-hooks", ...said }],
    mcp: [{ place: "key", path: ".gemini/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", ...seen }],
  },
} as const satisfies Platform;
