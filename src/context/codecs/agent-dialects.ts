// How each dialect of agent files in Markdown says an agent. Data only; what is done with it stands in agent-file.ts.
import { isFlag, isNumber, isText, type Check, type KnownKeys } from "./front-matter.ts";
import type { ToolClient } from "./tool-names.ts";

export type AgentDialect = {
  /** Members of the front matter in their order; those of `fixed` among them. */
  readonly order: readonly ("name" | "description" | "tools" | "model" | keyof typeof FIXED)[];
  /**
   * Names of tools, and how several are written; `none` is what no tool is called, for clients to which an empty list sets no limit.
   * `readonly` is a flag for agents that only read; null where a limit cannot be said.
   */
  readonly tools: { readonly client: ToolClient; readonly form: "line" | "list" | "map"; readonly none?: string } | "readonly" | null;
  /** Models that the client takes, with what is said of others; every text where absent. */
  readonly model?: { readonly takes: RegExp; readonly note: string };
  /** Keys that mean nothing to us and that the client takes, with any value or one that passes its check. */
  readonly known?: KnownKeys;
  /** What the front matter of a file of this dialect has: all of `needs`, and nothing beyond `may` and `known`; anything where absent. */
  readonly native: { readonly needs: readonly string[]; readonly may?: readonly string[] };
};

/** Members that are the same in every file of a dialect. */
export const FIXED = { mode: "subagent", kind: "local" } as const;

const MODES: ReadonlySet<unknown> = new Set(["primary", "subagent", "all"]);
const named = ["name", "description"] as const;

export const AGENT_DIALECTS = {
  "claude-agent": {
    order: [...named, "tools", "model"],
    // One line, since VS Code, which reads this file too, knows no list here.
    tools: { client: "claude", form: "line" },
    known: [
      ...["disallowedTools", "permissionMode", "maxTurns", "skills", "mcpServers", "hooks", "memory", "background", "effort"],
      ...["isolation", "color", "initialPrompt"],
    ],
    native: { needs: named },
  },
  "copilot-agent": {
    order: [...named, "tools", "model"],
    tools: { client: "copilot", form: "list" },
    known: ["target", "mcp-servers", "user-invocable", "disable-model-invocation", "metadata", "argument-hint", "handoffs", "agents"],
    native: { needs: [], may: [...named, "tools", "model"] },
  },
  // OpenCode rejects an agent with a list of tools, and does not start at all with one wrong value; Claude Code's colors are such.
  "opencode-agent": {
    order: ["description", "mode", "model", "tools"],
    tools: { client: "opencode", form: "map" },
    model: { takes: /\//, note: "names no provider; the client's default is used" },
    known: new Map<string, Check>([
      ["mode", (value) => MODES.has(value)],
      ["temperature", isNumber],
      ["top_p", isNumber],
      ["steps", isNumber],
      ["disable", isFlag],
      ["hidden", isFlag],
      ["variant", isText],
      ["color", (value) => typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value)],
      ["permission", (value) => value !== null && typeof value === "object" && !Array.isArray(value)],
    ]),
    native: { needs: ["mode"], may: ["description", "model"] },
  },
  "cursor-agent": {
    order: [...named, "model", "tools"],
    tools: "readonly",
    known: ["readonly", "is_background"],
    native: { needs: named, may: [...named, "model"] },
  },
  "factory-droid": {
    order: [...named, "model", "tools"],
    tools: { client: "factory", form: "list" },
    known: ["reasoningEffort", "mcpServers"],
    native: { needs: named, may: [...named, "model", "tools"] },
  },
  "gemini-agent": {
    order: [...named, "kind", "tools", "model"],
    tools: { client: "gemini", form: "list" },
    model: { takes: /^gemini-/, note: "is no model of Gemini; the client's default is used" },
    known: new Map<string, Check>([
      ["kind", (value) => value === "local"],
      ["temperature", isNumber],
      ["max_turns", isNumber],
      ["timeout_mins", isNumber],
    ]),
    native: { needs: [...named, "kind"], may: [...named, "tools", "model"] },
  },
  "qwen-agent": {
    order: [...named, "tools", "model"],
    tools: { client: "qwen", form: "list", none: "none" },
    known: ["disallowedTools", "approvalMode", "maxTurns", "mcpServers", "hooks", "color"],
    native: { needs: named, may: [...named, "tools", "model"] },
  },
  "antigravity-agent": {
    order: [...named, "tools", "model"],
    tools: { client: "antigravity", form: "list" },
    // A tier here, while others that read this folder want the name of a model.
    model: { takes: /^(?:inherit|flash|pro)$/, note: "is none of inherit, flash and pro; the client's default is used" },
    known: ["skills", "mcpServers", "commandExecutionPolicy", "hidden"],
    native: { needs: named, may: [...named, "tools", "model"] },
  },
  "kiro-agent": {
    order: [...named, "tools", "model"],
    tools: { client: "kiro", form: "list" },
    known: ["allowedTools", "resources", "mcpServers", "includeMcpJson"],
    native: { needs: named, may: [...named, "tools", "model"] },
  },
  "devin-agent": {
    order: [...named, "model"],
    tools: null,
    known: ["allowed-tools", "permissions", "max-nesting"],
    native: { needs: named, may: [...named, "model"] },
  },
  "junie-agent": {
    order: [...named, "tools", "model"],
    tools: { client: "claude", form: "list" },
    known: ["disallowedTools", "skills", "mcpServers", "maxTurns", "reasoningLevel"],
    native: { needs: named, may: [...named, "tools", "model"] },
  },
  // Clients of whose agents only this much is known.
  "basic-agent": { order: [...named, "model"], tools: null, known: ["color"], native: { needs: named, may: [...named, "model"] } },
} as const satisfies Readonly<Record<string, AgentDialect>>;
