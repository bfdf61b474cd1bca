// What agents' tools are called in each client, by Claude Code's names, which bundles use. Data and its reading; must not
// know files.
import type { FieldLoss } from "./codec.ts";

type Row = { readonly opencode?: string; readonly copilot?: string };

const TOOLS: Readonly<Record<string, Row>> = {
  Read: { opencode: "read", copilot: "read" },
  NotebookRead: { opencode: "read", copilot: "read" },
  LS: { opencode: "list", copilot: "read" },
  Write: { opencode: "write", copilot: "edit" },
  Edit: { opencode: "edit", copilot: "edit" },
  MultiEdit: { opencode: "edit", copilot: "edit" },
  NotebookEdit: { opencode: "edit", copilot: "edit" },
  Bash: { opencode: "bash", copilot: "execute" },
  Grep: { opencode: "grep", copilot: "search" },
  Glob: { opencode: "glob", copilot: "search" },
  WebFetch: { opencode: "webfetch", copilot: "web" },
  WebSearch: { opencode: "websearch", copilot: "web" },
  Task: { opencode: "task", copilot: "agent" },
  Agent: { opencode: "task", copilot: "agent" },
  TodoWrite: { opencode: "todowrite", copilot: "todo" },
  Skill: { opencode: "skill" },
};

/**
 * The names of an agent's tools in a client, sorted, each once; null stays null (no limit). Of an MCP server's tools
 * (`mcp__server__tool`) each client has its own form. A tool without a name there is left out; an entry such as
 * `Bash(git *)` loses its limit in brackets.
 */
export function toolNames(
  tools: readonly string[] | null,
  client: "opencode" | "copilot",
): { readonly names: readonly string[] | null; readonly losses: readonly FieldLoss[] } {
  if (tools === null) return { names: null, losses: [] };
  const names = new Set<string>();
  const unknown: string[] = [];
  const widened: string[] = [];
  for (const tool of tools) {
    const bracket = tool.indexOf("(");
    const bare = bracket === -1 ? tool : tool.slice(0, bracket).trim();
    const name = bare.startsWith("mcp__") ? mcpTool(bare, client) : TOOLS[bare]?.[client];
    if (name === undefined) unknown.push(tool);
    else {
      names.add(name);
      if (bracket !== -1) widened.push(tool);
    }
  }
  const losses: FieldLoss[] = [{ field: "tools", grade: "translated", note: "in the client's own names" }];
  if (unknown.length > 0) losses.push({ field: "tools", grade: "degraded", note: `no such tool: ${unknown.join(", ")}` });
  if (widened.length > 0)
    losses.push({ field: "tools", grade: "degraded", note: `allowed without the limit in brackets: ${widened.join(", ")}`, protects: true });
  return { names: [...names].toSorted(), losses };
}

function mcpTool(name: string, client: "opencode" | "copilot"): string {
  const [, server = "", ...tool] = name.split("__");
  const of = tool.join("__") || "*";
  return client === "copilot" ? `${server}/${of}` : `${server}_${of}`;
}
