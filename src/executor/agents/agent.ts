// What a kind of agent is to the executor: how to start a turn of it, and how to understand what it prints. Types only.
import type { Exit } from "../supervisor-wire.ts";

export const AGENT_KINDS = ["command", "cli", "fake"] as const;
/** `cli` is Claude Code's headless protocol. */
export type AgentKind = (typeof AGENT_KINDS)[number];

/** One agent of the configuration (contract §6). */
export type AgentRow = {
  readonly kind: AgentKind;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly capabilities?: readonly string[];
};

/** One turn of an agent: a prompt, and what it belongs to. */
export type Turn = {
  readonly missionId: string;
  readonly attempt: number;
  /** From 1. */
  readonly iteration: number;
  readonly objective: string;
  readonly completion: string | null;
  readonly prompt: string;
  /** The agent's own session to go on with. */
  readonly sessionId: string | null;
  /** What may still be spent. */
  readonly budgetUsd: number | null;
  /** Uses of tools that are still allowed; null: any number. */
  readonly toolCallsLeft: number | null;
};

/** How to start a turn: arguments after the row's command, variables on top, text for stdin. */
export type TurnStart = { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly input: string; readonly open: boolean };

/** A question to a person. */
export type Ask = {
  readonly prompt: string;
  /** None: any text is an answer. */
  readonly choices: readonly string[];
  /** The answer if nobody gives one in time. */
  readonly fallback: string | null;
  readonly expiresMs: number | null;
};

/** What an agent says while it runs. */
export type AgentSignal =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "session"; readonly id: string }
  | { readonly type: "tool" }
  | ({ readonly type: "ask" } & Ask);

export type TurnResult = {
  /** Why the turn failed; null if it went well as far as the agent says. */
  readonly error: string | null;
  readonly summary: string | null;
  readonly tokens: number;
  /** Null if the agent does not say. */
  readonly costUsd: number | null;
};

/** Understands the stdout of one turn. */
export type TurnReader = { write(chunk: string): AgentSignal[]; end(exit: Exit): TurnResult };

export type AgentProtocol = {
  /** True if each use of a tool is signalled, so that a limit on them can be kept. */
  readonly countsTools: boolean;
  start(turn: Turn): TurnStart;
  read(): TurnReader;
  /** An answer as text for the agent's stdin; null if this kind cannot ask. */
  answer(response: string): string | null;
};

/** The variables that every agent gets (contract §6). */
export function turnVariables(turn: Turn): Record<string, string> {
  return {
    AIWG_MISSION_ID: turn.missionId,
    AIWG_ATTEMPT: String(turn.attempt),
    AIWG_ITERATION: String(turn.iteration),
    AIWG_OBJECTIVE: turn.objective,
    AIWG_COMPLETION: turn.completion ?? "",
  };
}

/** How an exit reads in a sentence; null for a plain 0. */
export function exitFault(exit: Exit): string | null {
  if (exit.error !== null) return `could not be started: ${exit.error}`;
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return exit.code === 0 ? null : `exited with ${exit.code}`;
}
