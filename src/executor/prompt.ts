// What an agent is told at the start of each turn. Pure text.
import type { CheckResult } from "../mission/wire/frames.ts";
import type { CheckSpec, DispatchBody } from "../mission/wire/dispatch.ts";

const checkText = (run: CheckSpec["run"]): string => (typeof run === "string" ? run : run.map((word) => JSON.stringify(word)).join(" "));

function checkLines(checks: readonly CheckSpec[]): string {
  return checks.length === 0
    ? ""
    : `When your turn ends, these commands are run here, and all of them must exit with 0:\n${checks.map(({ run }) => `- ${checkText(run)}`).join("\n")}\n\n`;
}

function failureText(result: CheckResult): string {
  const how = result.timed_out === true ? "did not end in time" : result.exit_code === null ? "could not be run" : `exited with ${result.exit_code}`;
  return `Check \`${checkText(result.run)}\` ${how}. The end of its output:\n\n${result.output?.trim() || "(nothing)"}\n`;
}

/** The prompt of a turn: objective, completion and checks; from the second turn on what failed comes first. */
export function promptFor(body: DispatchBody, failed: readonly CheckResult[], isContinued: boolean): string {
  const again =
    failed.length === 0
      ? ""
      : `Your last turn did not finish the work. These checks failed:\n\n${failed.map(failureText).join("\n")}\nCorrect this. The objective was:\n\n`;
  const resumed =
    isContinued && failed.length === 0 ? "You were interrupted. What you had done is still in this folder; go on from there. The objective:\n\n" : "";
  const completion = body.completion ? `It is complete when: ${body.completion}\n\n` : "";
  return `${again}${resumed}${body.objective}\n\n${completion}${checkLines(body.checks ?? [])}Work in the current folder only. You need not commit: what lies in the folder when you end is taken.\n`;
}
