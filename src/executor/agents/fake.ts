// The scripted agent as the executor sees it: JSON lines both ways (docs/fake-agent.md). Must not know the script's verbs.
import { z } from "zod";
import { parseJson } from "../../core/json.ts";
import { splitLines } from "../line-splitter.ts";
import type { AgentProtocol, AgentSignal } from "./agent.ts";
import { exitFault, turnVariables } from "./agent.ts";

const lineSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("session"), session_id: z.string() }),
  z.object({ type: z.literal("say"), text: z.string() }),
  z.object({
    type: z.literal("ask"),
    prompt: z.string().min(1),
    choices: z.array(z.string().min(1)).max(64).default([]),
    default: z.string().nullable().default(null),
    expires_ms: z.number().nullable().default(null),
  }),
  z.object({ type: z.literal("tool"), name: z.string() }),
  z.object({ type: z.literal("usage"), tokens: z.number(), cost_usd: z.number() }),
  z.object({ type: z.literal("result"), summary: z.string() }),
]);
/** A line that the scripted agent prints. */
export type FakeLine = z.input<typeof lineSchema>;
/** A line that it reads. */
export type FakeInput = { readonly type: "prompt"; readonly text: string } | { readonly type: "answer"; readonly response: string };

const MAX_LINE = 256 * 1024;
const inputLine = (line: FakeInput): string => `${JSON.stringify(line)}\n`;

export const fakeAgent: AgentProtocol = {
  countsTools: true,
  start: (turn) => ({
    args: [],
    env: { ...turnVariables(turn), ...(turn.sessionId === null ? {} : { AIWG_FAKE_SESSION: turn.sessionId }) },
    input: inputLine({ type: "prompt", text: turn.prompt }),
    open: true,
  }),
  read() {
    let signals: AgentSignal[] = [];
    let summary: string | null = null;
    let tokens = 0;
    let costUsd = 0;
    const lines = splitLines(MAX_LINE, (text) => {
      // A flood is many lines: what cannot be one of ours is not parsed.
      const parsed = lineSchema.safeParse(text.startsWith("{") ? parseJson(text)?.value : undefined);
      if (!parsed.success) signals.push({ type: "text", text: `${text}\n` });
      else if (parsed.data.type === "session") signals.push({ type: "session", id: parsed.data.session_id });
      else if (parsed.data.type === "say") signals.push({ type: "text", text: `${parsed.data.text}\n` });
      else if (parsed.data.type === "ask") {
        const { prompt, choices, default: fallback, expires_ms: expiresMs } = parsed.data;
        signals.push({ type: "ask", prompt, choices, fallback, expiresMs });
      } else if (parsed.data.type === "tool") signals.push({ type: "tool" }, { type: "text", text: `> ${parsed.data.name}\n` });
      else if (parsed.data.type === "result") ({ summary } = parsed.data);
      else {
        tokens += parsed.data.tokens;
        costUsd += parsed.data.cost_usd;
      }
    });
    return {
      write(chunk) {
        signals = [];
        lines.write(chunk);
        return signals;
      },
      end(exit) {
        lines.end();
        const fault = exitFault(exit);
        return { error: fault === null ? null : `the agent ${fault}`, summary, tokens, costUsd };
      },
    };
  },
  answer: (response) => inputLine({ type: "answer", response }),
};
