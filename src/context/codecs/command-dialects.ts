// How each dialect of command files says a command. Data only; what is done with it stands in command-file.ts.
import type { Json } from "../model.ts";

export type CommandDialect = {
  /** Front matter of ours that the client reads. */
  readonly fields: readonly ("description" | "argument-hint")[];
  /** What stands in every file. */
  readonly fixed?: Readonly<Record<string, Json>>;
  /** Keys that mean nothing to us and that the client takes. */
  readonly known?: readonly string[];
  /** What the front matter of a file of this dialect has: one of `needs`, nothing beyond `may`, `fields` and `known`; anything where absent. */
  readonly native?: { readonly needs?: readonly string[]; readonly may?: readonly string[] };
  /** What the client puts arguments in for; null where it does not, so that the text says it in words. `$ARGUMENTS` where absent. */
  readonly args?: string | null;
  /** What is said of a hint that the client does not show. */
  readonly hintNote?: string;
  /** What is said of arguments that are asked for in another way. */
  readonly argsNote?: string;
};

/** What stands for arguments in a text that no client puts them into. */
export const ARGS_IN_WORDS = "(the arguments that were given with the command)";

const none = { fields: [], native: {}, args: null } as const satisfies CommandDialect;

export const COMMAND_DIALECTS = {
  "claude-command": {
    fields: ["description", "argument-hint"],
    known: ["allowed-tools", "disallowed-tools", "model", "disable-model-invocation"],
  },
  // VS Code asks for the arguments by a variable of its own. `model` is left out: a name of another vendor would be wrong here.
  "copilot-prompt": {
    fields: ["description", "argument-hint"],
    fixed: { agent: "agent" },
    known: ["agent", "mode", "tools", "name"],
    native: { needs: ["agent", "mode"], may: ["model"] },
    args: "${input:arguments}",
    argsNote: "asked for as ${input:arguments}",
  },
  // `model` is left out: a name without a provider breaks the command.
  "opencode-command": { fields: ["description"], known: ["agent", "subtask"], native: {}, hintNote: "OpenCode shows no hint" },
  "hinted-command": { fields: ["description", "argument-hint"], native: {} },
  "qwen-command": { fields: ["description", "argument-hint"], native: {}, args: "{{args}}" },
  "roo-command": { fields: ["description", "argument-hint"], known: ["mode"], native: {}, args: null },
  "workflow-command": { fields: ["description"], native: {}, args: null },
  "plain-command": none,
} as const satisfies Readonly<Record<string, CommandDialect>>;
