// JSON lines, one mission each, as `mc dispatch --from` and `mc import` take them and `mc export` writes them: members are
// the long flags of `mc dispatch` or members of the dispatch body. Must not touch queue or repository.
import { parseJson } from "../core/json.ts";
import { AiwgError, type Issue, messageOf } from "../core/errors.ts";
import { nearest, oneLine } from "../core/text.ts";
import { MISSION_STATES } from "../mission/model.ts";
import { MISSION_FLAGS, type MissionFlags } from "./mission-flags.ts";

/** What a line says about where it came from; only `mc import` looks at more than the state. */
export type Exported = { readonly state: string; readonly [member: string]: unknown };

export type MissionLine = {
  /** From 1. */
  readonly number: number;
  readonly objective: string;
  readonly flags: Partial<MissionFlags>;
  /** Members of the body, as they stand there. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly session: string | undefined;
  readonly exported: Exported | undefined;
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
  (Object.keys(MISSION_FLAGS) as (keyof typeof MISSION_FLAGS)[]).filter((name) => name !== "queue").map((name) => [kebab(name), name]),
);
const KEYS = [...new Set(["objective", "session", "exported", ...FLAG_OF.keys(), ...MEMBERS])];

const STATES: readonly string[] = ["pending", "sent", ...MISSION_STATES];
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

/** One line as a mission, or what is wrong with it, one sentence per place. */
function readLine(text: string, number: number): MissionLine | readonly string[] {
  const value = parseJson(text)?.value;
  if (!isObject(value)) return ["is not a JSON object"];
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
      } else if (given === null || key === "objective" || key === "session" || key === "exported") continue;
      else if (name && !(key === "after" && Array.isArray(given) && given.length === 0)) flags[name] = flagValue(name, key, given, expect);
      else if (!name) members[key] = given;
      const same = SAME[key];
      if (same !== undefined && value[same] !== undefined && value[same] !== null) wrong.push(`"${key}" and "${same}" say the same: drop one`);
    } catch (error) {
      wrong.push(`${key}: ${messageOf(error).replace(/^value: /, "")}`);
    }
  }
  const { objective, session, exported } = value;
  if (typeof objective !== "string" || objective.trim() === "") wrong.push("objective: must be a text that is not empty");
  if (session !== undefined && session !== null && typeof session !== "string") wrong.push("session: must be a text");
  if (exported !== undefined && !(isObject(exported) && STATES.includes(String(exported["state"])))) wrong.push("exported: must have a state");
  if (wrong.length > 0) return wrong;
  return {
    number,
    objective: String(objective),
    flags,
    members,
    session: typeof session === "string" ? session : undefined,
    exported: exported as Exported | undefined,
  };
}

/** All lines of a text, and what is wrong with which of them. Empty lines are passed over; ids must be unique. */
export function readLines(text: string): { readonly lines: readonly MissionLine[]; readonly issues: readonly Issue[] } {
  const lines: MissionLine[] = [];
  const issues: Issue[] = [];
  const seen = new Map<string, number>();
  for (const [i, raw] of text.split("\n").entries()) {
    if (raw.trim() === "") continue;
    const read = readLine(raw, i + 1);
    if (!("number" in read)) {
      issues.push(...read.map((message) => ({ pointer: `line ${i + 1}`, message })));
      continue;
    }
    lines.push(read);
    for (const [what, id] of [
      ["mission_id", read.members["mission_id"]],
      ["request-id", read.flags.requestId],
    ] as const) {
      if (typeof id !== "string") continue;
      const earlier = seen.get(`${what} ${id}`);
      if (earlier !== undefined) issues.push({ pointer: `line ${i + 1}`, message: `${what} "${oneLine(id, 60)}" stands on line ${earlier} already` });
      seen.set(`${what} ${id}`, i + 1);
    }
  }
  return { lines, issues };
}
