// What of a behavior a dialect of hooks can say, and the command line that runs it. Must not know files or the shape of entries.
import { BEHAVIOR_EVENTS, TOOL_CLASSES, type BehaviorEvent, type ToolClass } from "../model.ts";
import type { ArtifactOf, CodecContext } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import type { HookDialect } from "./hook-dialects.ts";

type Behavior = ArtifactOf<"behavior">;

/** One event of a behavior in a dialect. `tools`: patterns of whole names of tools, null for all of them (or an event without). */
export type Hook = { readonly on: BehaviorEvent; readonly native: string; readonly tools: readonly string[] | null };

// Only these can stop an agent: a guard that is lost leaves it unguarded.
const GUARDING: ReadonlySet<BehaviorEvent> = new Set(["tool.before", "prompt"]);

/** The hooks of a behavior in the order of `BEHAVIOR_EVENTS`, and what gets lost. */
export function hooksOf(
  behavior: Behavior,
  dialect: Pick<HookDialect, "events" | "tools">,
): { readonly hooks: readonly Hook[]; readonly losses: readonly FieldLoss[] } {
  const hooks: Hook[] = [];
  const losses: FieldLoss[] = [];
  const lose = (on: BehaviorEvent, grade: FieldLoss["grade"], note: string): void => {
    losses.push({ field: on, grade, note, ...(grade === "unsupported" && GUARDING.has(on) && { protects: true as const }) });
  };
  for (const on of BEHAVIOR_EVENTS.filter((event) => behavior.on.includes(event))) {
    const native = dialect.events[on];
    if (native === undefined) {
      lose(on, "unsupported", "no such event");
      continue;
    }
    if (native.note !== undefined) lose(on, "degraded", native.note);
    const classes: readonly ToolClass[] | undefined = native.tools ?? (on.startsWith("tool.") && behavior.tools.length > 0 ? behavior.tools : undefined);
    if (native.byTool !== undefined) {
      for (const of of classes ?? TOOL_CLASSES) hooks.push({ on, native: native.byTool[of], tools: null });
      continue;
    }
    const tools = classes?.flatMap((of) => dialect.tools[of] ?? []) ?? null;
    for (const of of classes?.filter((each) => dialect.tools[each] === undefined) ?? [])
      lose(on, tools?.length === 0 ? "unsupported" : "degraded", `no tool to ${of}`);
    if (tools?.length !== 0) hooks.push({ on, native: native.event, tools });
  }
  return { hooks, losses };
}

function shellWord(text: string, expands = false): string {
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(text)) return text;
  const quoted = `'${text.replaceAll("'", `'\\''`)}'`;
  // To the shell two quotes are nothing; to the client what follows them is no variable.
  return expands ? quoted.replaceAll("$", () => "$''") : quoted;
}

/** argv of a behavior with its own files where they lie once deployed, below `dir`. */
export function argvOf({ run, files }: Pick<Behavior, "run" | "files">, dir: string): string[] {
  return run.map((word) => {
    const own = files.find(({ path }) => path === word.replace(/^\.\//, ""));
    return own === undefined ? word : `${dir}/${own.path}`;
  });
}

/** Shell text that says `text` (another shell text) as a part of a JSON string. */
const inJson = (text: string): string => `"$(printf %s ${text} | tr -s '[:cntrl:]' ' ' | sed 's/[\\\\"]/\\\\&/g')"`;

/** What a client is told in JSON on stdout: formats of printf, the first with %s for the reason. */
export type Answers = { readonly stop: string; readonly go?: string };

/**
 * The command so that exit 2 stops a client which wants to be told in JSON on stdout, with what the program said on stderr;
 * every other exit allows.
 */
export function tellsInJson(command: string, { stop, go }: Answers): string {
  const otherwise = go === undefined ? "" : `; else printf '${go}'`;
  const words = Array.from({ length: stop.split("%s").length - 1 }, () => '"$why"').join(" ");
  return `said=$(${command} 2>&1 >/dev/null); if [ $? = 2 ]; then why=${inJson('"$said"')}; printf '${stop}' ${words}${otherwise}; fi; exit 0`;
}

/** True for an event at which a program can stop the agent. */
export function isGuarding(on: BehaviorEvent): boolean {
  return GUARDING.has(on);
}

/**
 * The shell command of one hook: the environment of the contract, then argv. `mark` stands in no other hook's command.
 */
export function hookCommand(
  behavior: Behavior,
  on: BehaviorEvent,
  { platform, scope, behaviorDir }: CodecContext,
  { home, expands }: Pick<HookDialect, "home" | "expands">,
): { readonly command: string; readonly mark: string } {
  // An assignment splits no words, so $PWD needs no quotes (which JSON would have to escape, in the mark too). A client's own $PWD is
  // not always the folder that it is in.
  const dir = scope === "project" ? `${expands ? "$(pwd)" : "$PWD"}/${behaviorDir}` : shellWord(behaviorDir, expands);
  const mark = `AIWG_EVENT=${on} AIWG_BEHAVIOR_DIR=${dir} `;
  const argv = argvOf(behavior, behaviorDir)
    .map((word) => shellWord(word, expands))
    .join(" ");
  return { command: `${home === null ? "" : `cd ${home} && `}AIWG_PLATFORM=${platform} ${mark}${argv}`, mark };
}
