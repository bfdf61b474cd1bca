// The little language of the scripted agent: verbs in the lines of an objective (docs/fake-agent.md). Pure.
import { parseDuration } from "../../core/time.ts";

export type Step =
  | { readonly verb: "think"; readonly ms: number }
  | { readonly verb: "edit"; readonly path: string; readonly text: string }
  | { readonly verb: "edit-answer"; readonly path: string }
  | { readonly verb: "say"; readonly text: string }
  | {
      readonly verb: "ask";
      readonly prompt: string;
      readonly choices: readonly string[];
      readonly fallback: string | null;
      readonly expiresMs: number | null;
    }
  | { readonly verb: "tool"; readonly name: string }
  | { readonly verb: "hang"; readonly deaf: boolean }
  | { readonly verb: "crash"; readonly code: number }
  | { readonly verb: "lie" }
  | { readonly verb: "flood"; readonly bytes: number }
  | { readonly verb: "usage"; readonly tokens: number; readonly costUsd: number };

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1_024, m: 1_024 ** 2, g: 1_024 ** 3 };

function sizeOf(text: string): number | undefined {
  const match = /^(\d{1,9})([kmg]?)i?b?$/i.exec(text);
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text, "duration");
  } catch {
    return undefined;
  }
}

type AskStep = Extract<Step, { verb: "ask" }>;

// ask [--choices a,b] [--default a] [--expires 30s] PROMPT
function askOf(rest: string): AskStep | undefined {
  let step: AskStep = { verb: "ask", prompt: "", choices: [], fallback: null, expiresMs: null };
  let left = rest.trim();
  for (let match; (match = /^--(choices|default|expires)\s+(\S+)\s*/.exec(left)); left = left.slice(match[0].length)) {
    const value = match[2] ?? "";
    if (match[1] === "choices") step = { ...step, choices: value.split(",").filter((choice) => choice !== "") };
    else if (match[1] === "default") step = { ...step, fallback: value };
    else {
      const expiresMs = durationOf(value);
      if (expiresMs === undefined) return undefined;
      step = { ...step, expiresMs };
    }
  }
  return left === "" ? undefined : { ...step, prompt: left };
}

// A verb with arguments that do not fit is prose: an objective is written for people too.
function stepOf(verb: string, rest: string): Step | undefined {
  const [first = "", ...others] = rest.split(/\s+/).filter((word) => word !== "");
  switch (verb) {
    case "think": {
      const ms = durationOf(first);
      return ms === undefined || others.length > 0 ? undefined : { verb, ms };
    }
    case "edit": {
      const text = rest
        .trimStart()
        .slice(first.length)
        .replace(/^[ \t]/, "");
      return first === "" ? undefined : { verb, path: first, text: text.replaceAll("\\n", "\n") };
    }
    case "edit-answer":
      return first === "" || others.length > 0 ? undefined : { verb, path: first };
    case "say":
      return rest.trim() === "" ? undefined : { verb, text: rest.trim() };
    case "ask":
      return askOf(rest);
    case "tool":
      return first === "" || others.length > 0 ? undefined : { verb, name: first };
    case "hang":
      return first === "" || (first === "--deaf" && others.length === 0) ? { verb, deaf: first === "--deaf" } : undefined;
    case "crash":
      return /^\d{0,3}$/.test(first) && others.length === 0 ? { verb, code: first === "" ? 1 : Number(first) } : undefined;
    case "lie":
      return first === "" ? { verb } : undefined;
    case "flood": {
      const bytes = sizeOf(first);
      return bytes === undefined || others.length > 0 ? undefined : { verb, bytes };
    }
    case "usage": {
      const [tokens, costUsd] = [Number(first), Number(others[0] ?? "0")];
      return first !== "" && others.length <= 1 && tokens >= 0 && costUsd >= 0 ? { verb, tokens, costUsd } : undefined;
    }
    default:
      return undefined;
  }
}

/** The steps of an objective for one iteration (from 1); undefined if no line of it has any verb, for any iteration. */
export function parseScript(objective: string, iteration: number): Step[] | undefined {
  let hasVerb = false;
  const steps: Step[] = [];
  for (const line of objective.split("\n")) {
    const match = /^\s*(?:(\d{1,4})(?:-(\d{1,4}))?:\s*)?([a-z-]+)(?:\s+(.*))?$/.exec(line.trimEnd());
    const step = match ? stepOf(match[3] ?? "", match[4] ?? "") : undefined;
    if (!match || !step) continue;
    hasVerb = true;
    const from = match[1] === undefined ? 1 : Number(match[1]);
    const to = match[1] === undefined ? Infinity : Number(match[2] ?? match[1]);
    if (iteration >= from && iteration <= to) steps.push(step);
  }
  return hasVerb ? steps : undefined;
}
