// behaviors/<name>/BEHAVIOR.md and what lies beside it: a program that runs at an event. Must not start or look for any program.
import { BEHAVIOR_EVENTS, type Behavior, type BehaviorEvent, TOOL_CLASSES, type ToolClass } from "../model.ts";
import { checkName, parseDocument, type Source } from "./document.ts";
import type { Fields, Parsed } from "./fields.ts";
import { nearest } from "../../core/text.ts";
import type { TreeFile } from "./tree.ts";

const MAX_TIMEOUT_S = 3_600;

/** Where a behavior's folder was read: `files` has all of it. */
export type BehaviorSource = Source & { readonly files: readonly TreeFile[] };

function amongst<T extends string>(fields: Fields, key: string, known: readonly T[]): readonly T[] {
  const found: T[] = [];
  for (const word of fields.list(key) ?? []) {
    const match = known.find((candidate) => candidate === word);
    const like = nearest(word, known);
    if (match === undefined)
      fields.error(key, `"${key}" has "${word.slice(0, 40)}"; ${like === undefined ? `it must be of ${known.join(", ")}` : `did you mean "${like}"?`}`);
    else if (!found.includes(match)) found.push(match);
  }
  return found;
}

function argvOf(fields: Fields, files: readonly TreeFile[]): readonly string[] {
  const argv = fields.argv("run");
  const [program] = argv ?? [];
  if (argv === null || program === undefined) {
    if (fields.diagnostics.every(({ severity }) => severity !== "error")) fields.error("run", '"run" must say what to start, such as ["node", "check.js"]');
    return [];
  }
  const file = files.find(({ path }) => path === program.replace(/^\.\//, ""));
  if (file && !file.executable) fields.error("run", `"${program}" is not executable: chmod +x it, or put its interpreter first`);
  else if (!file && program.includes("/")) fields.error("run", `"${program}" must be a file of this folder, or the name of a program`);
  return argv;
}

/** `run` starts with an executable file of the folder or the bare name of a program. */
export function parseBehavior(source: BehaviorSource): Parsed<Behavior> {
  return parseDocument<Behavior>("behavior", source, source.files, (fields, _body, shared) => {
    checkName(fields, source.name, "folder");
    const description = fields.text("description");
    const on: readonly BehaviorEvent[] = amongst(fields, "on", BEHAVIOR_EVENTS);
    if (on.length === 0 && fields.diagnostics.every(({ severity }) => severity !== "error"))
      fields.error("on", `"on" must name an event: ${BEHAVIOR_EVENTS.join(", ")}`);
    const tools: readonly ToolClass[] = amongst(fields, "tools", TOOL_CLASSES);
    if (tools.length > 0 && on.some((event) => !event.startsWith("tool."))) fields.error("tools", '"tools" goes with tool.before and tool.after only');
    const files = source.files.filter(({ path }) => path !== "BEHAVIOR.md");
    const run = argvOf(fields, files);
    const timeoutS = fields.number("timeout");
    if (timeoutS !== null && !(timeoutS > 0 && timeoutS <= MAX_TIMEOUT_S))
      fields.error("timeout", `"timeout" must be more than 0 and at most ${MAX_TIMEOUT_S} seconds`);
    return { ...shared(), kind: "behavior", description, on, tools, run, timeoutS, files, bytes: source.file.bytes };
  });
}
