// What Gemini CLI reads, and how we know. Data only.
import type { Platform } from "../platform.ts";

const seen = { evidence: "observed", checkedOn: "2026-11-26", client: "0.61.0" } as const;
const trusted = "Gemini CLI reads a project's files only once the folder is trusted, and but for GEMINI.md only those of the folder in which it is started.";
const acknowledged = "Gemini CLI asks before it takes a new or changed agent of a project; without anybody to ask it takes none.";

export const geminiCli = {
  id: "gemini-cli",
  label: "Gemini CLI",
  docs: "https://geminicli.com/docs",
  note: "Since 2026-06-18 Gemini CLI serves API keys and enterprises only; for others Antigravity CLI takes its place.",
  detect: [".gemini", "GEMINI.md"],
  project: {
    // AGENTS.md only where a person's settings name it (context.fileName).
    rule: [
      { place: "block", path: "{folder}/GEMINI.md", codec: "folder-block", only: "folder", gate: trusted, ...seen },
      { place: "block", path: "GEMINI.md", codec: "rule-block", gate: trusted, ...seen },
    ],
    skill: [
      { place: "file", path: ".agents/skills/{name}", codec: "skill-folder", gate: trusted, ...seen },
      { place: "file", path: ".gemini/skills/{name}", codec: "skill-folder", gate: trusted, ...seen },
    ],
    agent: [{ place: "file", path: ".gemini/agents/{name}.md", codec: "gemini-agent", gate: acknowledged, ...seen }],
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
    command: [{ place: "file", path: ".gemini/commands/{name}.toml", codec: "gemini-command", ...seen }],
    behavior: [{ place: "key", path: ".gemini/settings.json", at: "/hooks/{event}/{name}", codec: "gemini-hooks", ...seen }],
    mcp: [{ place: "key", path: ".gemini/settings.json", at: "/mcpServers/{name}", codec: "gemini-mcp", ...seen }],
  },
} as const satisfies Platform;
