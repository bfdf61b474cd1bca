import { expect, test } from "vitest";
import type { TurnResult } from "./agent.ts";
import { claudeAgent } from "./claude.ts";
import { readClaudeLine } from "./claude-stream.ts";

const init = { type: "system", subtype: "init", session_id: "s-1", tools: ["Bash"] };
const said = {
  type: "assistant",
  session_id: "s-1",
  message: {
    content: [
      { type: "text", text: "Working." },
      { type: "tool_use", id: "t", name: "Bash", input: { command: "ls" } },
      { type: "thinking", thinking: "…" },
    ],
  },
};
const tool = {
  type: "user",
  session_id: "s-1",
  message: { content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "README.md" }] }] },
};
const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 2, cache_read_input_tokens: 3, service_tier: "standard" };
const result = { type: "result", subtype: "success", is_error: false, result: "Done.", session_id: "s-1", num_turns: 2, total_cost_usd: 0.25, usage };

const turn = (lines: readonly unknown[], code: number | null = 0, signal: string | null = null): TurnResult => {
  const reader = claudeAgent.read();
  reader.write(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return reader.end({ code, signal, error: null });
};

test("text, tools and their results become a readable transcript", () => {
  expect(readClaudeLine(JSON.stringify(said))?.text).toBe('Working.\n> Bash {"command":"ls"}\n');
  expect(readClaudeLine(JSON.stringify(tool))?.text).toBe("README.md\n");
  expect([init, said, tool].map((entry) => readClaudeLine(JSON.stringify(entry))?.toolCalls)).toEqual([0, 1, 0]);
  expect(readClaudeLine(JSON.stringify(init))).toEqual({ text: "", toolCalls: 0, sessionId: "s-1", result: null });
  expect(readClaudeLine("not json")).toBeUndefined();
});

test("the result gives summary, tokens and cost", () => {
  expect(turn([init, said, tool, result])).toEqual({ error: null, summary: "Done.", tokens: 20, costUsd: 0.25 });
});

test("is_error decides, also where subtype says success and the exit is 0", () => {
  expect(turn([init, { ...result, is_error: true, result: "API Error: 400" }]).error).toBe("Claude Code failed: API Error: 400");
  expect(turn([init, { type: "result", subtype: "error_during_execution", is_error: true, session_id: "s-1" }]).error).toBe(
    "Claude Code failed: error_during_execution",
  );
});

test("an exit of 0 without a result is a failure, and so is a result before a bad exit", () => {
  expect(turn([init, said]).error).toBe("Claude Code ended without a result");
  expect(turn([init], null, "SIGTERM").error).toBe("Claude Code was ended by SIGTERM");
  expect(turn([result], 1).error).toBe("Claude Code exited with 1");
});

test("the session is told once, and a later turn resumes it within what is left of the budget", () => {
  const signals = claudeAgent.read().write(`${[init, said].map((line) => JSON.stringify(line)).join("\n")}\n`);
  expect(signals.filter((signal) => signal.type === "session")).toEqual([{ type: "session", id: "s-1" }]);
  const start = claudeAgent.start({
    missionId: "m",
    attempt: 1,
    iteration: 2,
    objective: "o",
    completion: null,
    prompt: "again",
    sessionId: "s-1",
    toolCallsLeft: null,
    budgetUsd: 0.5,
  });
  expect(start.args.slice(-4)).toEqual(["--resume", "s-1", "--max-budget-usd", "0.5000"]);
  expect(start.input).toBe("again");
});
