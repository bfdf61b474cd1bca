// `aiwg answer`: answers the question of an agent; the first answer counts.
import { AiwgError, isAiwgError } from "../../core/errors.ts";
import { oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text } from "../flags.ts";
import { findQuestion } from "../questions.ts";
import { withQueue } from "../queueing.ts";
import { requireServe } from "../serve-door.ts";
import { stateCell } from "../ui.ts";

export const command = defineCommand({
  examples: ['aiwg answer q-0193 "the blue one"', "aiwg answer q-0193 yes", "aiwg answer m-0193 yes    # the question of that mission"],
  parameters: {
    flags: { dryRun: DRY_RUN },
    positional: {
      kind: "tuple",
      parameters: [
        { brief: "Question, or the mission that asks (id or unique prefix)", parse: text, placeholder: "hitl-id" },
        { brief: "The answer, in quotes", parse: String, placeholder: "text" },
      ],
    },
  },
  async run(cli: Cli, { dryRun }: { readonly dryRun: boolean }, name: string, response: string) {
    const { ui } = cli;
    const client = await requireServe(cli);
    const question = await withQueue(cli, undefined, (queue) => findQuestion(client, queue, name));
    const { hitl_id, mission_id, choices } = question;
    const notAmong = (cause?: unknown): AiwgError =>
      new AiwgError("invalid_answer", `"${oneLine(response, 60)}" is not among the choices`, {
        hint: `Answer with one of: ${(choices ?? []).join(", ")}.`,
        cause,
      });
    if (dryRun) {
      if (choices && choices.length > 0 && !choices.includes(response)) throw notAmong();
      return ui.result("answer", { dry_run: true, mission_id, hitl_id, response }, () =>
        ui.data(`${hitl_id} of ${mission_id} would be answered: ${oneLine(response, 200)}`),
      );
    }
    const answered = await client.answer(mission_id, hitl_id, response).catch((error: unknown) => {
      if (!isAiwgError(error) || error.code !== "invalid_answer" || !choices) throw error;
      throw notAmong(error);
    });
    return ui.result("answer", answered, () => {
      ui.dataLine([mission_id, "  ", stateCell(answered.state)]);
      ui.next([`aiwg mc watch ${mission_id}`, "aiwg inbox"]);
    });
  },
});
