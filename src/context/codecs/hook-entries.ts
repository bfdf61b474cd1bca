// Codec: a behavior as entries of arrays in a settings file, in any dialect of HOOK_DIALECTS; and the entries of all dialects.
import type { BehaviorEvent, Json, JsonObject } from "../model.ts";
import type { ArtifactOf, Codec, CodecContext, EncodedValue } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import type { HookDialect } from "./hook-dialects.ts";
import { hookCommand, hooksOf } from "./hooks.ts";

const KNOWN: ReadonlySet<string> = new Set();

/** One entry of a behavior: for which event of ours and of the client's, and the text that only it holds. */
export type HookEntry = {
  readonly on: BehaviorEvent;
  readonly native: string;
  readonly matcher: string | null;
  readonly command: string;
  readonly mark: string;
};

/** What a dialect does to the command of an event. */
export type Wrap = (command: string, on: BehaviorEvent, behavior: ArtifactOf<"behavior">) => string;

function matcherOf(tools: readonly string[], form: HookDialect["matcher"]): string {
  const list = tools.join("|");
  // A list of plain names is matched whole; anything else is a regular expression that would also match inside a name.
  return form === "joined" || (form === "list" && tools.every((name) => /^\w+$/.test(name))) ? list : `^(${list})$`;
}

/** The entries of a behavior in their order, and what gets lost. Empty where the client has none of its events. */
export function hookEntries(
  behavior: ArtifactOf<"behavior">,
  context: CodecContext,
  dialect: HookDialect,
  wrap: Wrap = (command) => command,
): { readonly entries: readonly HookEntry[]; readonly losses: readonly FieldLoss[] } {
  const { hooks, losses } = hooksOf(behavior, dialect);
  const unknown: FieldLoss[] = hooks.length === 0 ? [] : [...keepKnown(behavior.extra, KNOWN).losses];
  if (dialect.timeoutKey === null && behavior.timeoutS !== null) unknown.push({ field: "timeout", grade: "unsupported", note: "has no place here" });
  const entries = hooks.map(({ on, native, tools }) => {
    const { command, mark } = hookCommand(behavior, on, context, dialect);
    return { on, native, matcher: tools && matcherOf(tools, dialect.matcher), command: wrap(command, on, behavior), mark };
  });
  return { entries, losses: [...losses, ...unknown] };
}

/** An entry as it stands in the array of its event. */
export function entryValue({ matcher, command }: HookEntry, { timeoutS }: ArtifactOf<"behavior">, override: JsonObject, dialect: HookDialect): JsonObject {
  const { commandKey = "command", timeoutKey = "timeout", timeoutInMs = false, leastTimeoutS = 0, typed = true, fixed = {} } = dialect;
  const filter = matcher !== null && { matcher };
  const limitS = timeoutS === null ? null : Math.max(timeoutS, leastTimeoutS);
  const call = {
    [commandKey]: command,
    ...(limitS !== null && timeoutKey !== null && { [timeoutKey]: timeoutInMs ? limitS * 1_000 : limitS }),
    ...fixed,
    ...override,
  };
  return dialect.entry === "flat" ? { ...(typed && { type: "command" }), ...filter, ...call } : { ...filter, hooks: [{ type: "command", ...call }] };
}

/** The entries by event of the client's. */
export function entriesByEvent(entries: readonly HookEntry[], value: (entry: HookEntry) => JsonObject): JsonObject {
  const byEvent: Record<string, Json[]> = {};
  for (const entry of entries) byEvent[entry.native] = [...(byEvent[entry.native] ?? []), value(entry)];
  return byEvent;
}

// Copilot CLI runs Claude Code's hooks too, but exit 2 stops no prompt there; the variable is its own.
export const stopsCopilot: Wrap = (command, on, { name }) =>
  on === "prompt"
    ? `${command}; s=$?; if [ $s = 2 ] && [ -n "$COPILOT_CLI" ]; then echo '{"decision":"block","reason":"stopped by ${name}"}'; exit 0; fi; exit $s`
    : command;

// Qwen Code runs the hooks of a prompt before every other step too, then with an empty one. `$1` is no variable that it would put in.
export const onlyOfPrompts: Wrap = (command, on) =>
  on === "prompt" ? `set -- "$(cat)"; case $1 in *'"prompt":""'*) exit 0 ;; esac; printf %s "$1" | { ${command}; }` : command;

export function memberHooks(dialect: HookDialect, wrap?: Wrap): Codec {
  return codecOf("behavior", (behavior, context) => {
    const { entries, losses } = hookEntries(behavior, context, dialect, wrap);
    if (entries.length === 0) return { as: "nothing", losses };
    const seen = new Set<string>();
    const values = entries.map((entry): EncodedValue => {
      // Two of our events can be one of theirs; `@` stands in no artifact's name.
      const name = seen.has(entry.native) ? `${behavior.name}@${entry.on}` : behavior.name;
      seen.add(entry.native);
      return { event: entry.native, name, mark: entry.mark, value: entryValue(entry, behavior, context.override, dialect) };
    });
    return { as: "values", values, ...(dialect.beside && { beside: dialect.beside }), losses };
  });
}
