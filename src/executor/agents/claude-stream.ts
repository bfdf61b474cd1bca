// Reads one line of Claude Code's stream-json output. Pure; tolerant of unknown lines, since new kinds appear with versions.
import { z } from "zod";
import { parseJson } from "../../core/json.ts";

const count = z.number().min(0).catch(0);
const usage = z.looseObject({ input_tokens: count, output_tokens: count, cache_creation_input_tokens: count, cache_read_input_tokens: count });
const block = z.union([
  z.looseObject({ type: z.literal("text"), text: z.string() }),
  z.looseObject({ type: z.literal("tool_use"), name: z.string(), input: z.unknown() }),
  z.looseObject({ type: z.literal("tool_result"), content: z.unknown(), is_error: z.boolean().nullish() }),
  z.looseObject({ type: z.string() }).transform(() => null),
]);
// What each model used in this process alone: after --resume total_cost_usd is the session's running total, and `usage` of a
// run that was stopped leaves out its last request.
const spent = z.looseObject({ inputTokens: count, outputTokens: count, cacheReadInputTokens: count, cacheCreationInputTokens: count, costUSD: count });
const message = z.looseObject({ content: z.union([z.string(), z.array(block)]) });

const line = z.union([
  z.looseObject({
    type: z.literal("result"),
    is_error: z.boolean(),
    subtype: z.string().nullish(),
    result: z.string().nullish(),
    session_id: z.string().nullish(),
    num_turns: z.number().nullish(),
    total_cost_usd: z.number().nullish(),
    usage: usage.nullish(),
    model_usage_since_last_result: z.record(z.string(), spent).nullish().catch(null),
  }),
  z.looseObject({ type: z.enum(["assistant", "user"]), session_id: z.string().nullish(), message }),
  z.looseObject({ type: z.string(), session_id: z.string().nullish() }).transform(({ session_id }) => ({ type: "other" as const, session_id })),
]);

/** What a line says: text for the transcript, the session, and at the end the result. */
export type ClaudeLine = {
  readonly text: string;
  readonly sessionId: string | null;
  /** Uses of tools that the line announces. */
  readonly toolCalls: number;
  readonly result: ClaudeResult | null;
};
export type ClaudeResult = {
  readonly isError: boolean;
  readonly text: string | null;
  /** All tokens that the model read or wrote in this turn, cached ones included. */
  readonly tokens: number;
  /** Of this turn; null if not said. */
  readonly costUsd: number | null;
  readonly turns: number | null;
};

const TOOL_CHARS = 2_000;
const cut = (text: string): string => (text.length <= TOOL_CHARS ? text : `${text.slice(0, TOOL_CHARS)}…`);

function contentText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  return value
    .map((entry: unknown) => (typeof entry === "object" && entry !== null && "text" in entry && typeof entry.text === "string" ? entry.text : ""))
    .join("");
}

function blockText(entry: z.output<typeof block>): string {
  if (entry === null) return "";
  switch (entry.type) {
    case "text":
      return `${String(entry["text"])}\n`;
    case "tool_use":
      return `> ${String(entry["name"])} ${cut(JSON.stringify(entry["input"]) ?? "")}\n`;
    case "tool_result":
      return `${cut(contentText(entry["content"]))}\n`;
    default:
      return "";
  }
}

type Spending = { readonly tokens: number; readonly costUsd: number | null };

function spendingOf({
  model_usage_since_last_result: models,
  usage: used,
  total_cost_usd: total,
}: Extract<z.output<typeof line>, { type: "result" }>): Spending {
  const rows = Object.values(models ?? {});
  if (rows.length > 0) {
    const tokens = rows.reduce((sum, row) => sum + row.inputTokens + row.outputTokens + row.cacheReadInputTokens + row.cacheCreationInputTokens, 0);
    return { tokens, costUsd: rows.reduce((sum, row) => sum + row.costUSD, 0) };
  }
  const tokens = used ? used.input_tokens + used.output_tokens + used.cache_creation_input_tokens + used.cache_read_input_tokens : 0;
  return { tokens, costUsd: total ?? null };
}

/** Understands one line; undefined if it is none of Claude's. */
export function readClaudeLine(text: string): ClaudeLine | undefined {
  const parsed = line.safeParse(parseJson(text)?.value);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const sessionId = data.session_id ?? null;
  if (data.type === "other") return { text: "", sessionId, toolCalls: 0, result: null };
  if (data.type !== "result") {
    const { content } = data.message;
    if (typeof content === "string") return { text: `${content}\n`, sessionId, toolCalls: 0, result: null };
    const toolCalls = data.type === "assistant" ? content.filter((entry) => entry?.type === "tool_use").length : 0;
    return { text: content.map(blockText).join(""), sessionId, toolCalls, result: null };
  }
  const { tokens, costUsd } = spendingOf(data);
  const result = { isError: data.is_error, text: data.result ?? null, tokens, costUsd, turns: data.num_turns ?? null };
  return { text: "", sessionId, toolCalls: 0, result: { ...result, text: result.text ?? (data.is_error ? (data.subtype ?? null) : null) } };
}
