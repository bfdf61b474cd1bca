// Files that a person may have, by story: each can hide what a deploy writes, or be hidden by it. `person-…` are the words to look
// for; `$LOG` is a file in which their hooks and servers leave a trace, `$NODE` a Node. Data only.
import { join } from "node:path";

const server = join(import.meta.dirname, "mcp-canary.mjs");
const claudeHook = (word: string): string => JSON.stringify({ hooks: { Stop: [{ hooks: [{ type: "command", command: `echo ${word} >> $LOG` }] }] } }, null, 2);
const servers = (key: string, word: string): string => JSON.stringify({ [key]: { [word]: { command: "$NODE", args: [server, "$LOG", word] } } }, null, 2);

export const RIVALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a CLAUDE.md": { "CLAUDE.md": "Mind person-claude.\n", ".claude/settings.json": claudeHook("person-hook") },
  "an AGENTS.md": { "AGENTS.md": "Mind person-agents.\n", ".claude/rules/mine.md": "Mind person-rule.\n" },
  "both and Copilot's own": {
    "AGENTS.md": "Mind person-agents.\n",
    "CLAUDE.md": "Mind person-claude.\n",
    ".github/copilot-instructions.md": "Mind person-copilot.\n",
    ".github/mcp.json": servers("mcpServers", "person-github"),
    ".github/hooks/mine.json": JSON.stringify({ version: 1, hooks: { agentStop: [{ type: "command", bash: "echo person-stop >> $LOG" }] } }),
  },
  "settings of each": {
    ".mcp.json": servers("mcpServers", "person-root"),
    "opencode.jsonc": `// The person's own.\n${JSON.stringify({ mcp: { mine: { type: "local", command: ["$NODE", server, "$LOG", "person-open"] } } }, null, 2)}\n`,
    ".codex/config.toml": `# The person's own.\n[mcp_servers.mine]\ncommand = "$NODE"\nargs = ["${server}", "$LOG", "person-codex"]\n`,
    ".factory/hooks.json": JSON.stringify({ Stop: [{ hooks: [{ type: "command", command: "echo person-droid >> $LOG" }] }] }, null, 2),
    ".clinerules/mine.md": "Mind person-cline.\n",
    ".claude/agents/mine.md": "---\nname: mine\ndescription: person-agent\n---\nMine.\n",
  },
  "an override for Codex": { "AGENTS.md": "Mind person-agents.\n", "AGENTS.override.md": "Mind person-override.\n" },
  "a blank override for Codex": { "CLAUDE.md": "Mind person-claude.\n", "AGENTS.override.md": "\n" },
};
