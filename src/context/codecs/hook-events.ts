// What the events of behaviors are called in each dialect of hooks, and how it can be told which tools are meant. Data only.
// From the vendors' documentation and, where one could be run, from the client itself.
import type { BehaviorEvent, ToolClass } from "../model.ts";

/** `tools`: the event is one of these classes of tools by itself. `note`: it is not quite what the event promises. */
export type NativeEvent = { readonly event: string; readonly tools?: readonly ToolClass[]; readonly note?: string };

export type HookDialect = {
  readonly events: Partial<Readonly<Record<BehaviorEvent, NativeEvent>>>;
  /** Patterns (whole names) of the client's tools by class; absent where it has none. */
  readonly tools: Partial<Readonly<Record<ToolClass, readonly string[]>>>;
};

export const CLAUDE_HOOKS = {
  events: {
    "session.start": { event: "SessionStart" },
    "session.end": { event: "SessionEnd" },
    prompt: { event: "UserPromptSubmit" },
    "tool.before": { event: "PreToolUse" },
    "tool.after": { event: "PostToolUse" },
    "file.written": { event: "PostToolUse", tools: ["write"] },
    "agent.stop": { event: "Stop" },
    "compact.before": { event: "PreCompact" },
  },
  tools: {
    read: ["Read", "Grep", "Glob"],
    write: ["Edit", "MultiEdit", "Write", "NotebookEdit"],
    shell: ["Bash"],
    // The second is how Copilot CLI, which runs these hooks too, calls a server's tool; Claude Code's own have no dash.
    mcp: ["mcp__.*", ".+-.+"],
  },
} as const satisfies HookDialect;

export const CODEX_HOOKS = {
  events: {
    ...CLAUDE_HOOKS.events,
    "file.written": { event: "PostToolUse", tools: ["write"], note: "only files that apply_patch writes" },
  },
  // It has no tool of its own to read a file: its shell does that.
  tools: { write: ["apply_patch", "Edit", "Write"], shell: ["Bash"], mcp: ["mcp__.*"] },
} as const satisfies HookDialect;

export const COPILOT_HOOKS = {
  events: {
    "session.start": { event: "sessionStart" },
    "session.end": { event: "sessionEnd" },
    prompt: { event: "userPromptSubmitted" },
    "tool.before": { event: "preToolUse" },
    "tool.after": { event: "postToolUse" },
    "file.written": { event: "postToolUse", tools: ["write"] },
    "agent.stop": { event: "agentStop" },
    "compact.before": { event: "preCompact" },
  },
  tools: { read: ["view", "grep", "glob"], write: ["create", "edit"], shell: ["bash"], mcp: [".+-.+"] },
} as const satisfies HookDialect;

/** `chat.message` and the like are functions of a plugin; dots of others are types of its event stream. */
export const OPENCODE_HOOKS = {
  events: {
    "session.start": { event: "session.created" },
    prompt: { event: "chat.message" },
    "tool.before": { event: "tool.execute.before" },
    "tool.after": { event: "tool.execute.after" },
    "file.written": { event: "file.edited" },
    "agent.stop": { event: "session.idle" },
    "compact.before": { event: "experimental.session.compacting" },
  },
  tools: {
    read: ["read", "grep", "glob", "list"],
    write: ["write", "edit", "multiedit", "patch", "apply_patch"],
    shell: ["bash"],
    // Tools of a server are called `server_tool`.
    mcp: ["(?!apply_patch$).+_.+"],
  },
} as const satisfies HookDialect;
