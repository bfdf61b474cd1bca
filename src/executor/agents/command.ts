// A command as an agent: the prompt on stdin, its exit ends the turn (contract §6). Must not interpret what it prints.
import type { AgentProtocol } from "./agent.ts";
import { exitFault, turnVariables } from "./agent.ts";

const SUMMARY_CHARS = 2_000;

/** Any program; the end of its output is the summary. */
export const commandAgent: AgentProtocol = {
  countsTools: false,
  start: (turn) => ({ args: [], env: turnVariables(turn), input: turn.prompt, open: false }),
  read() {
    let tail = "";
    return {
      write(chunk) {
        tail = (tail + chunk).slice(-SUMMARY_CHARS);
        return [{ type: "text", text: chunk }];
      },
      end(exit) {
        const fault = exitFault(exit);
        return { error: fault === null ? null : `the agent ${fault}`, summary: tail.trim() || null, tokens: 0, costUsd: null };
      },
    };
  },
  answer: () => null,
};
