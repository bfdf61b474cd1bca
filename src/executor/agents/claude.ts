// Claude Code, headless: prompt on stdin, stream-json on stdout. Judged by is_error, never by the exit code alone: it exits 0
// after an interrupt, and a failed run may say subtype "success". Must not know checks.
import { splitLines } from "../line-splitter.ts";
import type { AgentProtocol, AgentSignal } from "./agent.ts";
import { exitFault, turnVariables } from "./agent.ts";
import { type ClaudeResult, readClaudeLine } from "./claude-stream.ts";

const FLAGS = ["-p", "--output-format", "stream-json", "--verbose", "--dangerously-skip-permissions"];
/** A line holds whole tool results. */
const MAX_LINE = 8 * 1024 * 1024;
const SUMMARY_CHARS = 4_000;

export const claudeAgent: AgentProtocol = {
  countsTools: true,
  start: (turn) => ({
    args: [
      ...FLAGS,
      ...(turn.sessionId === null ? [] : ["--resume", turn.sessionId]),
      ...(turn.budgetUsd === null ? [] : ["--max-budget-usd", turn.budgetUsd.toFixed(4)]),
    ],
    env: turnVariables(turn),
    input: turn.prompt,
    open: false,
  }),
  read() {
    let signals: AgentSignal[] = [];
    let sessionId: string | null = null;
    let result: ClaudeResult | null = null;
    const lines = splitLines(
      MAX_LINE,
      (text) => {
        const line = readClaudeLine(text);
        if (!line) {
          signals.push({ type: "text", text: `${text}\n` });
          return;
        }
        if (line.sessionId !== null && line.sessionId !== sessionId) {
          sessionId = line.sessionId;
          signals.push({ type: "session", id: sessionId });
        }
        for (let i = 0; i < line.toolCalls; i++) signals.push({ type: "tool" });
        if (line.text !== "") signals.push({ type: "text", text: line.text });
        result = line.result ?? result;
      },
      () => signals.push({ type: "text", text: "[a line of more than 8 MiB was dropped]\n" }),
    );
    return {
      write(chunk) {
        signals = [];
        lines.write(chunk);
        return signals;
      },
      end(exit) {
        lines.end();
        const said: ClaudeResult | null = result;
        const fault = exitFault(exit);
        const summary = said?.text?.slice(0, SUMMARY_CHARS) ?? null;
        const spent = { summary, tokens: said?.tokens ?? 0, costUsd: said?.costUsd ?? null };
        if (said === null) return { ...spent, error: fault === null ? "Claude Code ended without a result" : `Claude Code ${fault}` };
        if (said.isError) return { ...spent, error: `Claude Code failed: ${summary ?? "no reason given"}` };
        return { ...spent, error: fault === null ? null : `Claude Code ${fault}` };
      },
    };
  },
  answer: () => null,
};
