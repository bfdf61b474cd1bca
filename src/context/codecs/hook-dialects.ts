// What the events of behaviors are called in each dialect of hooks, how it can be told which tools are meant, and how an entry
// looks. Data only. From the vendors' documentation and, where one could be run, from the client itself.
import type { BehaviorEvent, Json, JsonObject, ToolClass } from "../model.ts";

/**
 * `tools`: the event is one of these classes of tools by itself. `byTool`: each class of tools has an event of its own.
 * `note`: it is not quite what the event promises.
 */
export type NativeEvent = {
  readonly event: string;
  readonly tools?: readonly ToolClass[];
  readonly byTool?: Readonly<Record<ToolClass, string>>;
  readonly note?: string;
};

export type HookDialect = {
  readonly events: Partial<Readonly<Record<BehaviorEvent, NativeEvent>>>;
  /** Patterns (whole names) of the client's tools by class; absent where it has none. */
  readonly tools: Partial<Readonly<Record<ToolClass, readonly string[]>>>;
  /** Shell word that names the project's folder, for clients that start hooks elsewhere; null where they start there. */
  readonly home: string | null;
  /** The client puts variables of its own environment into an entry when it reads it, between any quotes. */
  readonly expands?: boolean;
  /** How several patterns are one matcher: a list of names, a regular expression for the whole name, or just joined. */
  readonly matcher: "list" | "regex" | "joined";
  /** A handler in a group with its matcher, as Claude Code has it, or all in one entry. */
  readonly entry: "group" | "flat";
  /** False where an entry has no `type`. */
  readonly typed?: boolean;
  /** Key of the command and of the timeout, where they are not `command` and `timeout`; null where there is none. Seconds, or milliseconds. */
  readonly commandKey?: string;
  readonly timeoutKey?: string | null;
  readonly timeoutInMs?: boolean;
  /** Seconds below which the client takes the number for another unit. */
  readonly leastTimeoutS?: number;
  /** What else stands in every entry. */
  readonly fixed?: JsonObject;
  /** What else the file must hold, by pointer. */
  readonly beside?: readonly { readonly at: `/${string}`; readonly value: Json }[];
};

const CLAUDE_EVENTS = {
  "session.start": { event: "SessionStart" },
  "session.end": { event: "SessionEnd" },
  prompt: { event: "UserPromptSubmit" },
  "tool.before": { event: "PreToolUse" },
  "tool.after": { event: "PostToolUse" },
  "file.written": { event: "PostToolUse", tools: ["write"] },
  "agent.stop": { event: "Stop" },
  "compact.before": { event: "PreCompact" },
} as const satisfies HookDialect["events"];

const CLAUDE_TOOLS = {
  read: ["Read", "Grep", "Glob"],
  write: ["Edit", "MultiEdit", "Write", "NotebookEdit"],
  shell: ["Bash"],
  // The second is how Copilot CLI, which runs these hooks too, calls a server's tool; Claude Code's own have no dash.
  mcp: ["mcp__.*", ".+-.+"],
} as const;

/** The repository's folder, for clients that start hooks where the session is, which can be below the project. */
const TOP_LEVEL = '"$(git rev-parse --show-toplevel 2>/dev/null || pwd)"';
const READ_FILES = ["read_file", "read_many_files", "list_directory", "grep_search", "search_file_content", "glob"];

/** Dialects of which each hook is a member of an array in a settings file. */
export const HOOK_DIALECTS = {
  // Copilot, which runs these hooks too, starts them in the project's folder.
  "claude-hooks": { events: CLAUDE_EVENTS, tools: CLAUDE_TOOLS, home: '"${CLAUDE_PROJECT_DIR:-.}"', matcher: "list", entry: "group" },
  "codex-hooks": {
    events: { ...CLAUDE_EVENTS, "file.written": { event: "PostToolUse", tools: ["write"], note: "only files that apply_patch writes" } },
    // It has no tool of its own to read a file: its shell does that.
    tools: { write: ["apply_patch", "Edit", "Write"], shell: ["Bash"], mcp: ["mcp__.*"] },
    home: TOP_LEVEL,
    matcher: "list",
    entry: "group",
  },
  "factory-hooks": {
    events: { ...CLAUDE_EVENTS, prompt: { event: "UserPromptSubmit", note: "droid exec runs it for its subagents only" } },
    tools: { read: ["Read", "LS", "Grep", "Glob"], write: ["Create", "Edit", "MultiEdit", "ApplyPatch"], shell: ["Execute"], mcp: [".+___.+"] },
    home: '"${FACTORY_PROJECT_DIR:-.}"',
    matcher: "list",
    entry: "group",
  },
  "gemini-hooks": {
    events: {
      "session.start": { event: "SessionStart" },
      "session.end": { event: "SessionEnd" },
      prompt: { event: "BeforeAgent" },
      "tool.before": { event: "BeforeTool" },
      "tool.after": { event: "AfterTool" },
      "file.written": { event: "AfterTool", tools: ["write"] },
      "agent.stop": { event: "AfterAgent" },
      "compact.before": { event: "PreCompress", note: "before each step of the agent, whether or not anything is compacted" },
    },
    tools: { read: READ_FILES, write: ["write_file", "replace"], shell: ["run_shell_command"], mcp: ["mcp_.*", ".+__.+"] },
    home: null,
    expands: true,
    matcher: "regex",
    entry: "group",
    timeoutInMs: true,
  },
  "qwen-hooks": {
    events: { ...CLAUDE_EVENTS, "session.end": { event: "SessionEnd", note: "not of a session without a terminal (-p)" } },
    tools: { read: READ_FILES, write: ["write_file", "edit", "notebook_edit"], shell: ["run_shell_command"], mcp: ["mcp__.*"] },
    home: null,
    expands: true,
    matcher: "regex",
    entry: "group",
    timeoutInMs: true,
    // Numbers below 1,000 are seconds to it.
    leastTimeoutS: 1,
  },
  "augment-hooks": {
    events: {
      "session.start": { event: "SessionStart" },
      "session.end": { event: "SessionEnd" },
      "tool.before": { event: "PreToolUse" },
      "tool.after": { event: "PostToolUse" },
      "file.written": { event: "PostToolUse", tools: ["write"] },
      "agent.stop": { event: "Stop" },
    },
    tools: { read: ["view"], write: ["str-replace-editor", "save-file", "remove-files"], shell: ["launch-process"], mcp: ["mcp:.*"] },
    home: '"${AUGMENT_PROJECT_DIR:-.}"',
    matcher: "regex",
    entry: "group",
    timeoutInMs: true,
  },
  "cursor-hooks": {
    events: {
      "session.start": { event: "sessionStart" },
      "session.end": { event: "sessionEnd" },
      prompt: { event: "beforeSubmitPrompt" },
      "tool.before": { event: "preToolUse" },
      "tool.after": { event: "postToolUse" },
      "file.written": { event: "afterFileEdit" },
      "agent.stop": { event: "stop" },
      "compact.before": { event: "preCompact" },
    },
    tools: { read: ["Read", "Grep"], write: ["Write", "Delete"], shell: ["Shell"], mcp: ["MCP:.*"] },
    home: '"${CURSOR_PROJECT_DIR:-.}"',
    matcher: "list",
    entry: "flat",
    beside: [{ at: "/version", value: 1 }],
  },
  "windsurf-hooks": {
    events: {
      prompt: { event: "pre_user_prompt" },
      "tool.before": {
        event: "",
        byTool: { read: "pre_read_code", write: "pre_write_code", shell: "pre_run_command", mcp: "pre_mcp_tool_use" },
      },
      "tool.after": {
        event: "",
        byTool: { read: "post_read_code", write: "post_write_code", shell: "post_run_command", mcp: "post_mcp_tool_use" },
      },
      "file.written": { event: "post_write_code" },
      "agent.stop": { event: "post_cascade_response" },
    },
    tools: {},
    home: null,
    matcher: "list",
    entry: "flat",
    typed: false,
    timeoutKey: null,
    fixed: { show_output: true },
  },
} as const satisfies Readonly<Record<string, HookDialect>>;

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
  // Both that read it start it in the project's folder.
  home: null,
  matcher: "joined",
  entry: "flat",
  commandKey: "bash",
  timeoutKey: "timeoutSec",
} as const satisfies HookDialect;

export const GROK_HOOKS = { events: CLAUDE_EVENTS, tools: CLAUDE_TOOLS, home: TOP_LEVEL, matcher: "list", entry: "group" } as const satisfies HookDialect;

export const GOOSE_HOOKS = {
  events: {
    "session.start": { event: "SessionStart" },
    "session.end": { event: "SessionEnd" },
    prompt: { event: "UserPromptSubmit", note: "goose cannot be stopped there" },
    "tool.before": { event: "PreToolUse" },
    "tool.after": { event: "PostToolUse", note: "only tools that succeed" },
    "file.written": { event: "AfterFileEdit" },
    "agent.stop": { event: "Stop" },
  },
  tools: {
    read: ["developer__tree", "developer__read_image"],
    write: ["developer__write", "developer__edit", "developer__text_editor"],
    shell: ["developer__shell"],
    // Its engine knows no lookahead: whatever does not begin as `developer` does.
    mcp: ["(?:[^d]|d[^e]|de[^v]|dev[^e]|deve[^l]).*__.+"],
  },
  home: TOP_LEVEL,
  matcher: "regex",
  entry: "group",
} as const satisfies HookDialect;

export const KIRO_HOOKS = {
  events: {
    "session.start": { event: "SessionStart" },
    prompt: { event: "UserPromptSubmit" },
    "tool.before": { event: "PreToolUse" },
    "tool.after": { event: "PostToolUse" },
    "file.written": { event: "PostToolUse", tools: ["write"] },
    "agent.stop": { event: "Stop" },
  },
  tools: {
    read: ["read", "fs_read", "read_file", "grep", "glob"],
    write: ["write", "fs_write", "fs_append", "str_replace"],
    shell: ["shell", "execute_bash", "execute_cmd"],
    mcp: ["@.+", "mcp_.*"],
  },
  home: null,
  matcher: "regex",
  entry: "flat",
} as const satisfies HookDialect;

export const ANTIGRAVITY_HOOKS = {
  events: {
    "tool.before": { event: "PreToolUse", note: "where the program allows it, Antigravity still asks its user" },
    "tool.after": { event: "PostToolUse" },
    "file.written": { event: "PostToolUse", tools: ["write"] },
    "agent.stop": { event: "Stop" },
  },
  tools: {
    read: ["view_file", "list_dir", "grep_search", "find_by_name"],
    write: ["write_to_file", "replace_file_content", "multi_replace_file_content"],
    shell: ["run_command"],
    mcp: ["mcp_.*"],
  },
  home: TOP_LEVEL,
  matcher: "regex",
  entry: "group",
} as const satisfies HookDialect;

/** Cline's events are names of files, and it has no matcher: our script looks for the tool's name in what it is told. */
export const CLINE_HOOKS = {
  events: {
    "session.start": { event: "TaskStart" },
    prompt: { event: "UserPromptSubmit", note: "Cline's command line does not run it" },
    "tool.before": { event: "PreToolUse" },
    "tool.after": { event: "PostToolUse" },
    "file.written": { event: "PostToolUse", tools: ["write"] },
    "agent.stop": { event: "TaskComplete", note: "only once the task is complete" },
    "compact.before": { event: "PreCompact", note: "Cline's command line does not run it" },
  },
  tools: {
    // Of each class the editors' names and the command line's.
    read: ["read_file", "list_files", "search_files", "read_files", "search_codebase"],
    write: ["write_to_file", "replace_in_file", "apply_patch", "editor"],
    shell: ["execute_command", "bash", "run_commands"],
    mcp: ["use_mcp_tool", '[^"]+__[^"]+'],
  },
  home: null,
  matcher: "joined",
  entry: "flat",
} as const satisfies HookDialect;

type PluginEvents = Pick<HookDialect, "events" | "tools">;

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
} as const satisfies PluginEvents;

/** Inside of OpenClaw's own process, which nothing there can stop. */
export const OPENCLAW_HOOKS = {
  events: {
    "session.start": { event: "agent:bootstrap", note: "before each time that the workspace's files are put in" },
    prompt: { event: "message:received", note: "OpenClaw cannot be stopped there" },
    "compact.before": { event: "session:compact:before" },
  },
  tools: {},
} as const satisfies PluginEvents;
