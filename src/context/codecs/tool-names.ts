// What agents' tools are called in each client. Bundles use Claude Code's names mostly, sometimes another client's; all are
// understood. Must not know files.
import type { FieldLoss } from "./field-loss.ts";

/** Clients whose names are known. */
export type ToolClient = "claude" | Column;

type Column = "opencode" | "copilot" | "factory" | "gemini" | "qwen" | "kiro" | "antigravity" | "cline";

const COLUMNS: readonly Column[] = ["opencode", "copilot", "factory", "gemini", "qwen", "kiro", "antigravity", "cline"];

/** A tool's name in each of `COLUMNS`; "" where there is none. */
type Names = readonly [string, string, string, string, string, string, string, string];

const TOOLS: ReadonlyMap<string, Names> = new Map<string, Names>([
  ["Read", ["read", "read", "Read", "read_file", "read_file", "read", "view_file", "read_files"]],
  ["NotebookRead", ["read", "read", "Read", "read_file", "read_file", "read", "view_file", "read_files"]],
  ["LS", ["list", "read", "LS", "list_directory", "list_directory", "read", "list_dir", ""]],
  ["Write", ["write", "edit", "Create", "write_file", "write_file", "write", "write_to_file", "editor"]],
  ["Edit", ["edit", "edit", "Edit", "replace", "edit", "write", "replace_file_content", "editor"]],
  ["MultiEdit", ["edit", "edit", "Edit", "replace", "edit", "write", "multi_replace_file_content", "editor"]],
  ["NotebookEdit", ["edit", "edit", "Edit", "replace", "notebook_edit", "write", "replace_file_content", "editor"]],
  ["Bash", ["bash", "execute", "Execute", "run_shell_command", "run_shell_command", "shell", "run_command", "run_commands"]],
  ["Grep", ["grep", "search", "Grep", "grep_search", "grep_search", "read", "grep_search", "search_codebase"]],
  ["Glob", ["glob", "search", "Glob", "glob", "glob", "read", "find_by_name", "search_codebase"]],
  ["WebFetch", ["webfetch", "web", "FetchUrl", "web_fetch", "web_fetch", "web", "read_url_content", "fetch_web_content"]],
  ["WebSearch", ["websearch", "web", "WebSearch", "google_web_search", "web_search", "web", "search_web", ""]],
  ["Task", ["task", "agent", "Task", "", "agent", "", "", ""]],
  ["TodoWrite", ["todowrite", "todo", "TodoWrite", "write_todos", "todo_write", "", "", ""]],
  ["Skill", ["skill", "", "Skill", "activate_skill", "skill", "", "", "skills"]],
]);

// Claude Code's own for what others of its tools do as well; another client's name means those.
const OLDER: ReadonlySet<string> = new Set(["NotebookRead", "MultiEdit", "NotebookEdit"]);

const READING: ReadonlySet<string> = new Set(["Read", "NotebookRead", "LS", "Grep", "Glob", "WebFetch", "WebSearch"]);

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

/** What `readonly` allows in a client that knows no names: all that only reads, each once. */
export const READING_TOOLS: readonly string[] = [...READING].filter((name) => !OLDER.has(name));

/** True if none of the tools can change anything. */
export function onlyReads(tools: readonly string[]): boolean {
  return tools.every((tool) => {
    const names = canonical(bareName(tool));
    return names.length > 0 && names.every((name) => READING.has(name));
  });
}

type Named = { readonly names: readonly string[] | null; readonly losses: readonly FieldLoss[] };

/** An agent's tools as Claude Code calls them, in their order; those that nobody knows stay as they are. */
function claudeTools(tools: readonly string[]): Named {
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
 * The names of an agent's tools in a client, each once, sorted (for Claude Code in their order); null stays null (no limit). Of an
 * MCP server's tools (`mcp__server__tool`) each client has its own form. Elsewhere than in Claude Code a tool without a name is
 * left out, and an entry such as `Bash(git *)` loses its limit in brackets.
 */
export function toolNames(tools: readonly string[] | null, client: ToolClient): Named {
  if (tools === null) return { names: null, losses: [] };
  if (client === "claude") return claudeTools(tools);
  const column = COLUMNS.indexOf(client);
  const names = new Set<string>();
  const unknown: string[] = [];
  const widened: string[] = [];
  for (const tool of tools) {
    const bare = bareName(tool);
    const own = canonical(bare).flatMap((name) => TOOLS.get(name)?.[column] ?? "");
    const found = (bare.startsWith("mcp__") ? [mcpTool(bare, client)] : own).filter((name) => name !== "");
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

// Of Factory's, Antigravity's and Cline's no form for single tools is known, and Qwen Code has none for all of a server's.
const MCP_FORMS: Readonly<Record<Column, (server: string, tool: string) => string>> = {
  copilot: (server, tool) => `${server}/${tool}`,
  opencode: (server, tool) => `${server}_${tool}`,
  gemini: (server, tool) => `mcp_${server}_${tool}`,
  qwen: (server, tool) => (tool === "*" ? "" : `mcp__${server}__${tool}`),
  kiro: (server, tool) => (tool === "*" ? `@${server}` : `@${server}/${tool}`),
  factory: () => "",
  antigravity: () => "",
  cline: () => "",
};

function mcpTool(name: string, client: Column): string {
  const [, server = "", ...tool] = name.split("__");
  return MCP_FORMS[client](server, tool.join("__") || "*");
}

// The same the other way. Of OpenCode's and Gemini's nobody can tell where the server's name ends.
const MCP_READ: Readonly<Partial<Record<Column, RegExp>>> = {
  copilot: /^([\w.-]+)\/([\w.-]+|\*)$/,
  qwen: /^mcp__(.+?)__(.+)$/,
  kiro: /^@([\w.-]+)(?:\/([\w.-]+))?$/,
};

/** What a client's names of tools are in Claude Code, each once, in their order; the first that is none of its names instead. */
export function claudeNames(names: readonly string[], client: ToolClient): { readonly names: readonly string[] } | { readonly unknown: string } {
  if (client === "claude") return { names };
  const column = COLUMNS.indexOf(client);
  const found = new Set<string>();
  for (const name of names) {
    const meant = [...TOOLS].filter(([, row]) => row[column] === name).map(([own]) => own);
    const plain = meant.filter((own) => !OLDER.has(own));
    const [, server, tool = "*"] = MCP_READ[client]?.exec(name) ?? [];
    const isGroup = [...TOOLS.values()].some((row) => row[column] === server);
    if (meant.length > 0) for (const own of plain.length > 0 ? plain : meant) found.add(own);
    else if (server !== undefined && !isGroup) found.add(tool === "*" ? `mcp__${server}` : `mcp__${server}__${tool}`);
    else return { unknown: name };
  }
  return { names: [...found] };
}
