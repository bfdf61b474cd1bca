import { expect, test } from "vitest";
import { readClaudeLine } from "./claude-stream.ts";

// Shapes as Claude Code 2.1.330 printed them.
const result = (more: object): string => JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "done", session_id: "s", ...more });
const usage = { input_tokens: 3_000, output_tokens: 150, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
const model = (inputTokens: number, outputTokens: number, costUSD: number): object => ({
  inputTokens,
  outputTokens,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
  costUSD,
});

test("a resumed session's running total does not count as the turn's cost", () => {
  const line = readClaudeLine(result({ total_cost_usd: 0.03, usage, model_usage_since_last_result: { big: model(3_000, 150, 0.015) } }));
  expect(line?.result).toMatchObject({ tokens: 3_150, costUsd: 0.015 });
});

test("several models add up", () => {
  const line = readClaudeLine(result({ total_cost_usd: 1, usage, model_usage_since_last_result: { big: model(10, 1, 0.5), small: model(20, 2, 0.25) } }));
  expect(line?.result).toMatchObject({ tokens: 33, costUsd: 0.75 });
});

test("without usage by model the totals count", () => {
  expect(readClaudeLine(result({ total_cost_usd: 0.015, usage }))?.result).toMatchObject({ tokens: 3_150, costUsd: 0.015 });
  expect(readClaudeLine(result({ usage, model_usage_since_last_result: "?" }))?.result).toMatchObject({ tokens: 3_150, costUsd: null });
});

test("is_error decides, whatever the subtype says", () => {
  expect(readClaudeLine(result({ is_error: true, api_error_status: 400 }))?.result).toMatchObject({ isError: true, text: "done" });
});

test("a line that is not Claude's is none", () => {
  expect(readClaudeLine("npm warn something")).toBeUndefined();
});
