// The loop of one attempt: prompt → agent → checks → failing output back, within the mission's limits.
// Must not know the link, the inbox, processes or git: they come in as functions.
import { DEFAULTS, type FailureReason } from "../mission/model.ts";
import type { DispatchBody } from "../mission/wire/dispatch.ts";
import type { CheckResult } from "../mission/wire/frames.ts";
import type { Turn, TurnResult } from "./agents/agent.ts";
import { promptFor } from "./prompt.ts";

/** What an attempt came to. Usage and checks are there in every case. */
export type Outcome = {
  readonly failure: { readonly reason: FailureReason; readonly error: string } | null;
  readonly verified: boolean | null;
  readonly checks: readonly CheckResult[];
  readonly exitCode: number | null;
  readonly summary: string | null;
  readonly tokens: number;
  readonly costUsd: number | null;
};

export type LoopPorts = {
  /** The run is being ended from outside: what came of it so far is returned at once. */
  isEnding(): boolean;
  turn(turn: Turn): Promise<TurnResult & { readonly exitCode: number | null; readonly toolCalls: number }>;
  /** Called before each turn and before the checks: the place to stand still. */
  betweenTurns(): Promise<void>;
  check(): Promise<CheckResult[]>;
  /** The agent's own session, as last heard of. */
  sessionId(): string | null;
  progress(data: { readonly phase: string; readonly iteration: number; readonly tokens_used: number; readonly summary?: string }): Promise<void>;
};

type Limits = NonNullable<DispatchBody["limits"]>;

function exceeded(limits: Limits, tokens: number, costUsd: number | null, toolCalls: number): Outcome["failure"] {
  if (limits.cost_usd && costUsd !== null && costUsd > limits.cost_usd) return { reason: "limit_cost", error: `spent $${costUsd} of $${limits.cost_usd}` };
  if (limits.tokens && tokens > limits.tokens) return { reason: "limit_tokens", error: `used ${tokens} of ${limits.tokens} tokens` };
  if (limits.tool_calls && toolCalls > limits.tool_calls) return { reason: "limit_tool_calls", error: `used tools more than ${limits.tool_calls} times` };
  return null;
}

/** Runs turns until the checks pass, a turn fails or a limit is reached. `isContinued`: an earlier attempt's work lies in the folder. */
export async function runLoop(body: DispatchBody, run: { readonly attempt: number; readonly isContinued: boolean }, ports: LoopPorts): Promise<Outcome> {
  const limits: Limits = body.limits ?? {};
  const last = limits.max_iterations ?? DEFAULTS.maxIterations;
  const hasChecks = (body.checks?.length ?? 0) > 0;
  let so: Outcome = { failure: null, verified: null, checks: [], exitCode: null, summary: null, tokens: 0, costUsd: null };
  let toolCalls = 0;
  for (let iteration = 1; iteration <= last; iteration++) {
    await ports.betweenTurns();
    if (ports.isEnding()) return so;
    await ports.progress({ phase: "agent", iteration, tokens_used: so.tokens });
    const result = await ports.turn({
      missionId: body.mission_id,
      attempt: run.attempt,
      iteration,
      objective: body.objective,
      completion: body.completion ?? null,
      prompt: promptFor(
        body,
        so.checks.filter((check) => !check.passed),
        run.isContinued,
      ),
      sessionId: ports.sessionId(),
      toolCallsLeft: limits.tool_calls ? Math.max(0, limits.tool_calls - toolCalls) : null,
      budgetUsd: limits.cost_usd ? Math.max(0, limits.cost_usd - (so.costUsd ?? 0)) : null,
    });
    const costUsd = result.costUsd === null ? so.costUsd : (so.costUsd ?? 0) + result.costUsd;
    so = { ...so, exitCode: result.exitCode, summary: result.summary ?? so.summary, tokens: so.tokens + result.tokens, costUsd };
    toolCalls += result.toolCalls;
    if (ports.isEnding()) return so;
    const over = exceeded(limits, so.tokens, costUsd, toolCalls);
    // Over the budget is said as such, also where the agent itself stopped because of it.
    if (over) return { ...so, failure: over };
    if (result.error !== null) return { ...so, failure: { reason: "agent_failed", error: result.error } };
    if (!hasChecks) return so;
    await ports.betweenTurns();
    if (ports.isEnding()) return so;
    await ports.progress({ phase: "checks", iteration, tokens_used: so.tokens });
    so = { ...so, checks: await ports.check() };
    if (ports.isEnding()) return so;
    const red = so.checks.filter((check) => !check.passed).length;
    if (red === 0) return { ...so, verified: true };
    await ports.progress({ phase: "checked", iteration, tokens_used: so.tokens, summary: `${red} of ${so.checks.length} checks failed` });
  }
  return { ...so, verified: false, failure: { reason: "limit_iterations", error: `checks still fail after ${last} iterations` } };
}
