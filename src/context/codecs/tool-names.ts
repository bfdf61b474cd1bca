// What agents' tools are called in each client. Bundles use Claude Code's names mostly, sometimes another client's; all are
// understood. Must not know files.
import type { FieldLoss } from "./codec.ts";

type Row = { readonly opencode?: string; readonly copilot?: string };

const TOOLS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["Read", { opencode: "read", copilot: "read" }],
  ["NotebookRead", { opencode: "read", copilot: "read" }],
  ["LS", { opencode: "list", copilot: "read" }],
  ["Write", { opencode: "write", copilot: "edit" }],
  ["Edit", { opencode: "edit", copilot: "edit" }],
  ["MultiEdit", { opencode: "edit", copilot: "edit" }],
  ["NotebookEdit", { opencode: "edit", copilot: "edit" }],
  ["Bash", { opencode: "bash", copilot: "execute" }],
  ["Grep", { opencode: "grep", copilot: "search" }],
  ["Glob", { opencode: "glob", copilot: "search" }],
  ["WebFetch", { opencode: "webfetch", copilot: "web" }],
  ["WebSearch", { opencode: "websearch", copilot: "web" }],
  ["Task", { opencode: "task", copilot: "agent" }],
  ["TodoWrite", { opencode: "todowrite", copilot: "todo" }],
  ["Skill", { opencode: "skill" }],
]);

// Lower-case names of other clients, and one name for several tools. Claude Code takes none of them for its own.
const ALIASES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...[...TOOLS.keys()].map((name) => [name.toLowerCase(), [name]] as const satisfies readonly [string, readonly string[]]),
  ["view", ["Read"]],
  ["list", ["LS"]],
  ["create", ["Write"]],
  ["edit", ["Edit", "Write"]],
  ["patch", ["Edit"]],
  ["apply_patch", ["Edit"]],
  ["shell", ["Bash"]],
  ["execute", ["Bash"]],
  ["powershell", ["Bash"]],
  ["search", ["Grep", "Glob"]],
  ["web", ["WebFetch", "WebSearch"]],
  ["agent", ["Task"]],
  ["custom-agent", ["Task"]],
  ["todo", ["TodoWrite"]],
]);

/** Without what stands in brackets: `Bash(git *)` is `Bash`. */
function bareName(tool: string): string {
  const bracket = tool.indexOf("(");
  return bracket === -1 ? tool : tool.slice(0, bracket).trim();
}

function canonical(name: string): readonly string[] {
  return TOOLS.has(name) ? [name] : (ALIASES.get(name.toLowerCase()) ?? []);
}

type Named = { readonly names: readonly string[] | null; readonly losses: readonly FieldLoss[] };

/** An agent's tools as Claude Code calls them, in their order; those that nobody knows stay as they are. null stays null (no limit). */
export function claudeTools(tools: readonly string[] | null): Named {
  if (tools === null) return { names: null, losses: [] };
  const names = new Set<string>();
  for (const tool of tools) {
    const bare = bareName(tool);
    const known = canonical(bare);
    for (const name of known.length === 0 ? [bare] : known) names.add(`${name}${tool.slice(bare.length)}`);
  }
  const list = [...names];
  const same = list.length === tools.length && list.every((name, i) => name === tools[i]);
  return { names: list, losses: same ? [] : [{ field: "tools", grade: "translated", note: "in the client's own names" }] };
}

/**
 * The names of an agent's tools in another client, sorted, each once; null stays null. Of an MCP server's tools
 * (`mcp__server__tool`) each client has its own form. A tool without a name there is left out; an entry such as
 * `Bash(git *)` loses its limit in brackets.
 */
export function toolNames(tools: readonly string[] | null, client: "opencode" | "copilot"): Named {
  if (tools === null) return { names: null, losses: [] };
  const names = new Set<string>();
  const unknown: string[] = [];
  const widened: string[] = [];
  for (const tool of tools) {
    const bare = bareName(tool);
    const found = bare.startsWith("mcp__") ? [mcpTool(bare, client)] : canonical(bare).flatMap((name) => TOOLS.get(name)?.[client] ?? []);
    for (const name of found) names.add(name);
    if (found.length === 0) unknown.push(tool);
    else if (bare !== tool) widened.push(tool);
  }
  const list = [...names].toSorted();
  const same = list.length === tools.length && list.every((name) => tools.includes(name));
  const losses: FieldLoss[] = same ? [] : [{ field: "tools", grade: "translated", note: "in the client's own names" }];
  if (unknown.length > 0) losses.push({ field: "tools", grade: "degraded", note: `no such tool: ${unknown.join(", ")}` });
  if (widened.length > 0)
    losses.push({ field: "tools", grade: "degraded", note: `allowed without the limit in brackets: ${widened.join(", ")}`, protects: true });
  return { names: list, losses };
}

function mcpTool(name: string, client: "opencode" | "copilot"): string {
  const [, server = "", ...tool] = name.split("__");
  const of = tool.join("__") || "*";
  return client === "copilot" ? `${server}/${of}` : `${server}_${of}`;
}
