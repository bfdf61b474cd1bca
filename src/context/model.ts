// The words of the context half as plain data: artifacts, their kinds, what is wrong with them. Pure; must not know any
// platform, nor where files lie.

/** What can be deployed, in the order in which everything lists it. */
export const KINDS = ["rule", "skill", "agent", "command", "behavior", "mcp"] as const;
export type Kind = (typeof KINDS)[number];

/** One of a kind, in a sentence. */
export const ONE_OF: Readonly<Record<Kind, string>> = {
  rule: "a rule",
  skill: "a skill",
  agent: "an agent",
  command: "a command",
  behavior: "a behavior",
  mcp: "an MCP server",
};

/** Moments at which a behavior can run (contract §7). */
export const BEHAVIOR_EVENTS = ["session.start", "session.end", "prompt", "tool.before", "tool.after", "file.written", "agent.stop", "compact.before"] as const;
export type BehaviorEvent = (typeof BEHAVIOR_EVENTS)[number];

/** Classes of tools that a behavior can be limited to. */
export const TOOL_CLASSES = ["read", "write", "shell", "mcp"] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * A file that belongs to a skill or behavior. `path` has forward slashes and is relative to the artifact's folder; `digest` is the
 * sha256 (hex) of the bytes, where it is known already.
 */
export type PartFile = { readonly path: string; readonly bytes: Uint8Array; readonly executable: boolean; readonly digest?: string };

/** What artifacts of every kind have. */
export type Common<K extends Kind> = {
  readonly kind: K;
  readonly name: string;
  /** Names of the bundles that hold it, sorted; more than one where their contents are identical. */
  readonly bundles: readonly string[];
  /** Where it is defined, as diagnostics show it: `path` or `path:line`. */
  readonly from: string;
  /** sha256 (hex) of what defines it (files with paths and modes; an MCP server's entry): equal hashes are the same artifact. */
  readonly hash: string;
  /** Front matter that means nothing to us, in the order of the file; kept where a platform knows the key. */
  readonly extra: JsonObject;
  /** Front matter for one platform only, by platform id; wins over everything else there. */
  readonly overrides: Readonly<Record<string, JsonObject>>;
};

/**
 * `bytes` is the Markdown file as it stands, where there is one: what a codec of the same dialect gives back as it is. `body` is what
 * follows the front matter, not trimmed, with LF.
 */
type Written = { readonly body: string; readonly bytes?: Uint8Array };

/** Text that an agent should know. With `globs` it is scoped to files; `always` says that it is loaded at once. */
export type Rule = Common<"rule"> &
  Written & {
    readonly description: string | null;
    readonly globs: readonly string[];
    readonly always: boolean;
  };

/** A folder with a SKILL.md (agentskills.io). `files` has all of it, SKILL.md too, byte for byte. */
export type Skill = Common<"skill"> & { readonly description: string; readonly body: string; readonly files: readonly PartFile[] };

/** A subagent. `tools` null: not limited. `model`: `reasoning`, `coding`, `fast` or a concrete id. */
export type Agent = Common<"agent"> &
  Written & {
    readonly description: string;
    readonly tools: readonly string[] | null;
    readonly model: string | null;
  };

/** A prompt that a person calls by name; `$ARGUMENTS` in the body stands for what follows the name. */
export type Command = Common<"command"> & Written & { readonly description: string | null; readonly argumentHint: string | null };

/** A program that the platform runs at an event. `run` is argv, relative to the project; `files` are the folder's own, BEHAVIOR.md left out, which is `bytes`. */
export type Behavior = Common<"behavior"> & {
  readonly description: string | null;
  readonly on: readonly BehaviorEvent[];
  readonly tools: readonly ToolClass[];
  readonly run: readonly string[];
  readonly timeoutS: number | null;
  readonly files: readonly PartFile[];
  readonly bytes?: Uint8Array;
};

/** A server of the Model Context Protocol. `extra` has what else its entry says; `entry` is all of it as it stands, where it was read. */
export type McpServer = Common<"mcp"> & {
  readonly entry?: JsonObject;
  readonly transport:
    | { readonly type: "stdio"; readonly command: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
    | { readonly type: "http" | "sse"; readonly url: string; readonly headers: Readonly<Record<string, string>> };
};

export type Artifact = Rule | Skill | Agent | Command | Behavior | McpServer;

/** `rule/style`, as the lock, filters and messages name an artifact. */
export function artifactId({ kind, name }: Pick<Artifact, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/** Order of text by UTF-16 code units: the same on every machine. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By kind, then name. */
export function compareArtifacts(a: Pick<Artifact, "kind" | "name">, b: Pick<Artifact, "kind" | "name">): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || byCodeUnits(a.name, b.name);
}

/**
 * Something wrong with one item; the rest goes on without it. `error`: the item is left out, exit 1 (contract §5);
 * `warn`: told, and the item is used; `note`: told, and changes no exit code.
 */
export type Diagnostic = {
  readonly severity: "error" | "warn" | "note";
  /** File as people know it (relative to the working folder or root), or what else is meant. */
  readonly path: string;
  /** 1-based; null where no line is meant. */
  readonly line: number | null;
  readonly message: string;
  /** `kind/name` of the artifact that is meant, where it is one: a filter that leaves it out leaves this out too. */
  readonly artifact?: string;
  /** It may be an attack, or a secret: `--strict` refuses it. */
  readonly risk?: true;
};

/** `path:line: message`. */
export function diagnosticText({ path, line, message }: Diagnostic): string {
  return `${path}${line === null ? "" : `:${line}`}: ${message}`;
}
