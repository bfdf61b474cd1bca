// Runs a mission's checks, one after the other, through the run's supervisor: the executor judges, not the agent.
// Must not know what happens with the outcome.
import type { Clock } from "../core/time.ts";
import { DEFAULTS } from "../mission/model.ts";
import type { CheckSpec } from "../mission/wire/dispatch.ts";
import type { CheckResult } from "../mission/wire/frames.ts";
import type { Command, Exit } from "./supervisor-wire.ts";

/** Starts one command in the workspace; `kill` ends it with its tree. */
export type CommandRunner = {
  run(command: Pick<Command, "argv" | "input" | "open">, onOutput: (text: string) => void): Promise<Exit>;
  kill(graceMs: number): void;
};

/** All tails together must fit a report of 1 MiB even if JSON makes six bytes of one. */
const TAILS_CHARS = 96 * 1024;
const TAIL_CHARS = 8 * 1024;
const KILL_GRACE_MS = 2_000;

async function runCheck(check: CheckSpec, tailChars: number, runner: CommandRunner, clock: Clock): Promise<CheckResult> {
  const argv = typeof check.run === "string" ? ["sh", "-c", check.run] : check.run;
  const started = clock.monotonic();
  let output = "";
  let isLate = false;
  const cancel = clock.after((check.timeout_s ?? DEFAULTS.checkTimeoutS) * 1_000, () => {
    isLate = true;
    runner.kill(KILL_GRACE_MS);
  });
  try {
    const exit = await runner.run({ argv, input: "", open: false }, (text) => {
      output = (output + text).slice(-tailChars);
    });
    const said = exit.error === null ? output : `${output}${exit.error}`;
    return {
      run: check.run,
      exit_code: isLate ? null : exit.code,
      passed: !isLate && exit.code === 0,
      duration_ms: Math.round(clock.monotonic() - started),
      output: said,
      timed_out: isLate,
    };
  } finally {
    cancel();
  }
}

/** Every check's outcome, in order; a red one does not keep the others from being run. */
export async function runChecks(checks: readonly CheckSpec[], runner: CommandRunner, clock: Clock): Promise<CheckResult[]> {
  const tailChars = Math.min(TAIL_CHARS, Math.floor(TAILS_CHARS / Math.max(1, checks.length)));
  const results: CheckResult[] = [];
  for (const check of checks) results.push(await runCheck(check, tailChars, runner, clock));
  return results;
}
