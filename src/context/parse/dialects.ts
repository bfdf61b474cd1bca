// Artifacts that were written in another tool's words, said in ours: Copilot's instructions and agents, rulesync's files. Pure.
// What holds for that tool alone becomes an override of its platforms; what is lost is told once for all that lose it.
import { basename } from "node:path/posix";
import { COMMAND_DIALECTS } from "../codecs/command-dialects.ts";
import type { Agent, Artifact, Command, Diagnostic, Json, JsonObject, Rule } from "../model.ts";
import type { Dialect } from "./layout.ts";
import type { Found } from "./read-artifact.ts";

type Said = { readonly artifact: Artifact | null; readonly losses: readonly string[] };

const COPILOT = ["copilot-vscode", "copilot-cli"] as const;

// The names before and after Copilot grouped its tools; a group stands before a slash.
const TOOLS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...["read", "readFile", "problems", "changes", "viewImage"].map((name) => [name, ["Read"]] as const),
  ...["edit", "editFiles", "createFile", "editNotebook"].map((name) => [name, ["Edit", "Write"]] as const),
  ...["search", "codebase", "textSearch", "fileSearch", "usages", "searchResults", "listDirectory"].map((name) => [name, ["Grep", "Glob"]] as const),
  ...["execute", "runCommands", "runInTerminal", "runTasks", "runTests", "terminalLastCommand", "shell"].map((name) => [name, ["Bash"]] as const),
  ...["web", "fetch"].map((name) => [name, ["WebFetch", "WebSearch"]] as const),
  ...["agent", "runSubagent"].map((name) => [name, ["Task"]] as const),
  ...["todo", "todos"].map((name) => [name, ["TodoWrite"]] as const),
]);
const GROUPS: ReadonlySet<string> = new Set(["read", "edit", "search", "execute", "web", "agent", "todo", "vscode"]);

function claudeName(tool: string): readonly string[] {
  const known = TOOLS.get(tool);
  const [group = "", name] = tool.split("/");
  if (known || name === undefined) return known ?? [];
  if (GROUPS.has(group)) return TOOLS.get(name) ?? TOOLS.get(group) ?? [];
  return [name === "*" ? `mcp__${group}` : `mcp__${group}__${name}`];
}

// All files is the same as always.
const EVERYTHING: ReadonlySet<string> = new Set(["**", "**/*", "*"]);

function anywhere(rule: Rule): Rule {
  return rule.globs.some((glob) => EVERYTHING.has(glob)) ? { ...rule, globs: [], always: true } : rule;
}

function withOverride(artifact: Agent | Command, platforms: readonly string[], own: JsonObject): Artifact["overrides"] {
  return { ...artifact.overrides, ...Object.fromEntries(platforms.map((id) => [id, { ...own, ...artifact.overrides[id] }])) };
}

const OWN_MODEL = "names a model of Copilot; other tools take their own";
const THEIR_ARGUMENTS = COMMAND_DIALECTS["copilot-prompt"].args;

// What VS Code asks for as "arguments" is what other tools put in by themselves; what else it asks for only it can.
function fromPrompt(prompt: Command): Said {
  const asks = prompt.body.includes(THEIR_ARGUMENTS) && !prompt.body.includes("$ARGUMENTS");
  const body = asks ? prompt.body.replaceAll(THEIR_ARGUMENTS, () => "$ARGUMENTS") : prompt.body;
  const losses = /\$\{(?:input|selection|file)\b/.test(body) ? ["asks for a value by ${…}, which only VS Code fills in"] : [];
  if (!asks) return { artifact: prompt, losses };
  const { bytes: _, ...command } = prompt;
  // VS Code's file is written anew then, so what it says beside the text is said for VS Code.
  const { model, mode, agent = mode, ...extra } = prompt.extra;
  const own = { ...(model !== undefined && { model }), ...(agent !== undefined && { agent }) };
  const said = [...losses, ...(model === undefined ? [] : [OWN_MODEL])];
  return { artifact: { ...command, body, extra, overrides: withOverride(prompt, ["copilot-vscode"], own) }, losses: said };
}

function fromCopilot(artifact: Artifact): Said {
  if (artifact.kind === "rule") return { artifact: anywhere(artifact), losses: [] };
  if (artifact.kind === "command") return fromPrompt(artifact);
  if (artifact.kind !== "agent") return { artifact, losses: [] };
  const { bytes: _, ...agent } = artifact;
  const tools = agent.tools === null ? null : [...new Set(agent.tools.flatMap(claudeName))];
  const own = { ...(agent.tools !== null && { tools: agent.tools }), ...(agent.model !== null && { model: agent.model }) };
  const unknown = agent.tools?.some((tool) => claudeName(tool).length === 0) ?? false;
  return {
    artifact: { ...agent, tools, model: null, overrides: withOverride(agent, COPILOT, own) },
    losses: [...(agent.model === null ? [] : [OWN_MODEL]), ...(unknown ? ["has tools that only Copilot has; other tools get the rest"] : [])],
  };
}

// Its words for platforms that we call otherwise.
const NAMES: ReadonlyMap<string, string> = new Map([
  ["claudecode", "claude-code"],
  ["codexcli", "codex"],
  ["copilotcli", "copilot-cli"],
  ["factorydroid", "factory"],
  ["geminicli", "gemini-cli"],
  ["qwencode", "qwen-code"],
]);
const OWN_KEYS: ReadonlySet<string> = new Set(["root", "localRoot", "targets", "agentsmd"]);

const isObject = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function fromRulesync(artifact: Artifact): Said {
  const { root, localRoot, targets = ["*"] } = artifact.extra;
  if (localRoot === true) return { artifact: null, losses: ["is local to one person (localRoot), so it is left out"] };
  const keys = Object.entries(artifact.extra);
  const extra = Object.fromEntries(keys.filter(([key]) => !OWN_KEYS.has(key) && !NAMES.has(key)));
  const named = keys.flatMap(([key, value]) => {
    const id = NAMES.get(key);
    return id !== undefined && isObject(value) ? [[id, { ...artifact.overrides[id], ...value }] as const] : [];
  });
  const said = { extra, overrides: { ...artifact.overrides, ...Object.fromEntries(named) } };
  const losses =
    Array.isArray(targets) && !targets.includes("*") ? [`is meant for some tools only (targets); here it goes to all of them, unless you exclude it`] : [];
  if (artifact.kind === "rule") {
    const { bytes: _, ...rule } = artifact;
    return { artifact: { ...(root === true ? { ...rule, globs: [], always: true } : anywhere(rule)), ...said }, losses };
  }
  if (artifact.kind === "agent" || artifact.kind === "command") {
    const { bytes: _, ...rest } = artifact;
    return { artifact: { ...rest, ...said }, losses };
  }
  return { artifact: { ...artifact, ...said }, losses };
}

/** The same in our words, and notes of what that loses. */
export function inOurWords(found: readonly Found[], dialect: Dialect): Found {
  const translate = dialect === "copilot" ? fromCopilot : fromRulesync;
  const losses = new Map<string, Artifact[]>();
  const artifacts = found.flatMap((one) =>
    one.artifacts.flatMap((artifact) => {
      const said = translate(artifact);
      for (const loss of said.losses) losses.set(loss, [...(losses.get(loss) ?? []), artifact]);
      return said.artifact === null ? [] : [said.artifact];
    }),
  );
  const notes = [...losses].map(([message, [first, ...rest]]): Diagnostic => {
    const names = rest.slice(0, 3).map(({ from }) => basename(from));
    const others = rest.length === 0 ? "" : ` (so ${rest.length > names.length ? `do ${rest.length} others` : `does ${names.join(", ")}`})`;
    return { severity: "note", path: first?.from ?? "", line: null, message: `${message}${others}` };
  });
  return { artifacts, diagnostics: [...found.flatMap(({ diagnostics }) => diagnostics), ...notes] };
}
