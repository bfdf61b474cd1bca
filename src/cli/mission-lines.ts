// JSON lines, one mission each, as `mc dispatch --from` takes them: members are the long flags of `mc dispatch` or members of
// the dispatch body; lines of `mc export` are understood. Must not touch queue or repository.
import { parseJson } from "../core/json.ts";
import { AiwgError, messageOf } from "../core/errors.ts";
import { parseJsonc } from "../core/jsonc.ts";
import { nearest, oneLine } from "../core/text.ts";
import { MISSION_FLAGS, type MissionFlags } from "./mission-flags.ts";

export type MissionLine = {
  /** From 1. */
  readonly number: number;
  readonly objective: string;
  readonly flags: Partial<MissionFlags>;
  /** Members of the body, as they stand there. */
  readonly members: Readonly<Record<string, unknown>>;
  /** The members are all of the body, so no default is added: a line of an export. */
  readonly whole: boolean;
};

const MEMBERS = [
  ...["mission_id", "completion", "long_running", "executor_filter", "a2a_instance_id", "workspace", "agents", "checks", "limits"],
  ...["priority", "on_lost", "max_attempts", "after", "secrets", "metadata"],
] as const;
// Flags that say what a member says too: one of them is enough.
const SAME: Readonly<Record<string, string>> = {
  ...{ check: "checks", agent: "agents", executor: "executor_filter", needs: "executor_filter", secret: "secrets", "on-lost": "on_lost" },
  ...{ "max-iterations": "limits", "wall-clock": "limits", "budget-usd": "limits", repo: "workspace", "no-repo": "workspace", base: "workspace" },
};
const REPEATED = new Set(["check", "needs", "after", "secret"]);

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const FLAG_OF: ReadonlyMap<string, keyof typeof MISSION_FLAGS> = new Map(
  (Object.keys(MISSION_FLAGS) as (keyof typeof MISSION_FLAGS)[]).filter((name) => name !== "queue" && name !== "session").map((name) => [kebab(name), name]),
);
const KEYS = [...new Set(["objective", ...FLAG_OF.keys(), ...MEMBERS])];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((entry) => typeof entry === "string");

// The value of a flag from its JSON. Throws what the flag's own reader throws, or says what was expected.
function flagValue(name: keyof typeof MISSION_FLAGS, key: string, value: unknown, expect: (what: string) => never): unknown {
  const flag = MISSION_FLAGS[name];
  if (flag.kind === "boolean") return typeof value === "boolean" ? value : expect("true or false");
  const { parse } = flag;
  if (REPEATED.has(key)) {
    if (typeof value === "string") return [parse(value)];
    return isTexts(value) ? value.map((text) => parse(text)) : expect("a text or a list of texts");
  }
  if (key === "agent" && isTexts(value)) return parse(value.join(","));
  if (typeof value === "number" || typeof value === "string") return parse(String(value));
  return expect("a text or a number");
}

type Value = Readonly<Record<string, unknown>>;
/** What a line says, as far as it can be read, and what is wrong with it, one sentence per place. */
type Read = { readonly line?: Omit<MissionLine, "number">; readonly wrong: readonly string[] };
const PASSED_OVER: Read = { wrong: [] };

const isObjective = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

// A line of `mc export`: what waited to be sent is a mission, anything else is passed over.
function readExported({ kind, state, body, request_id }: Value): Read {
  if (kind === "aiwg.queue" || kind === "session") return PASSED_OVER;
  if (kind !== "mission" || !isObject(body)) return { wrong: ['kind: must be one that aiwg mc export writes ("aiwg.queue", "session", "mission")'] };
  if (state !== "pending") return PASSED_OVER;
  const { objective, project: _project, ...members } = body;
  if (!isObjective(objective)) return { wrong: ["body/objective: must be a text that is not empty"] };
  return { line: { objective, flags: typeof request_id === "string" ? { requestId: request_id } : {}, members, whole: true }, wrong: [] };
}

function readLine(value: Value): Read {
  if (value["kind"] !== undefined) return readExported(value);
  const wrong: string[] = [];
  const flags: Record<string, unknown> = {};
  const members: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(value)) {
    const name = FLAG_OF.get(key);
    const expect = (what: string): never => {
      throw new AiwgError("usage", `must be ${what}`);
    };
    try {
      if (!KEYS.includes(key)) {
        const like = nearest(key, KEYS);
        wrong.push(`unknown member "${oneLine(key, 40)}"${like ? `, did you mean "${like}"?` : ""}`);
      } else if (given === null || key === "objective") continue;
      else if (name && !(key === "after" && Array.isArray(given) && given.length === 0)) flags[name] = flagValue(name, key, given, expect);
      else if (!name) members[key] = given;
      const same = SAME[key];
      if (same !== undefined && value[same] !== undefined && value[same] !== null) wrong.push(`"${key}" and "${same}" say the same: drop one`);
    } catch (error) {
      wrong.push(`${key}: ${messageOf(error).replace(/^value: /, "")}`);
    }
  }
  const { objective } = value;
  if (!isObjective(objective)) wrong.push("objective: must be a text that is not empty");
  // What can be read of a bad line is judged all the same, so that all that is wrong is said at once.
  return { line: { objective: isObjective(objective) ? objective : "?", flags, members, whole: false }, wrong };
}

/** Something wrong on a line, counted from 1. */
export type LineFault = { readonly line: number; readonly message: string };
export type ReadLines = {
  /** Also those with faults. */
  readonly lines: readonly MissionLine[];
  readonly faults: readonly LineFault[];
  /** Missions of an export that had left its queue. */
  readonly passedOver: number;
};

/** All lines of a text, and what is wrong with which of them. Empty lines are passed over; ids must be unique. */
export function readLines(text: string): ReadLines {
  const lines: MissionLine[] = [];
  let passedOver = 0;
  const faults: LineFault[] = [];
  const seen = new Map<string, number>();
  for (const [i, raw] of text.split("\n").entries()) {
    if (raw.trim() === "") continue;
    const number = i + 1;
    const value = parseJson(raw)?.value;
    if (!isObject(value)) {
      faults.push({ line: number, message: "is not a JSON object" });
      continue;
    }
    // JSON itself would let the last of two members of a name win, and say nothing.
    const strict = parseJsonc(raw);
    if ("fault" in strict) faults.push({ line: number, message: strict.fault });
    const { line, wrong } = readLine(value);
    faults.push(...wrong.map((message) => ({ line: number, message })));
    if (!line) {
      if (wrong.length === 0 && value["kind"] === "mission") passedOver += 1;
      continue;
    }
    lines.push({ number, ...line });
    for (const [what, id] of [
      ["mission_id", line.members["mission_id"]],
      ["request-id", line.flags.requestId],
    ] as const) {
      if (typeof id !== "string") continue;
      const earlier = seen.get(`${what} ${id}`);
      if (earlier !== undefined) faults.push({ line: number, message: `${what} "${oneLine(id, 60)}" stands on line ${earlier} already` });
      else seen.set(`${what} ${id}`, number);
    }
  }
  return { lines, faults, passedOver };
}
