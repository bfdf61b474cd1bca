// `aiwg inbox`: what agents ask people, oldest first.
import { oneLine } from "../../core/text.ts";
import type { Question } from "../../mission/wire/http.ts";
import { ago, until } from "../ages.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { openQuestions } from "../questions.ts";
import { requireServe } from "../serve-door.ts";

type Flags = { readonly all: boolean };

const PROMPT_SHOWN = 400;

// What happens if nobody answers.
function ending({ expires_at, default: fallback }: Question, now: number): string | undefined {
  const choice = fallback === undefined ? undefined : `"${oneLine(fallback, 60)}"`;
  if (expires_at === undefined) return choice && `default ${choice}`;
  return choice ? `${choice} ${until(expires_at, now)}` : `suspends ${until(expires_at, now)}`;
}

export const command = defineCommand({
  examples: ["aiwg inbox", "aiwg inbox --all", 'aiwg answer q-0193 "the blue one"'],
  parameters: { flags: { all: switchFlag("Open questions of every project") } },
  async run(cli: Cli, flags: Flags) {
    const { ui } = cli;
    const project = flags.all ? undefined : (await cli.project()).id;
    const questions = await openQuestions(await requireServe(cli), project);
    ui.result("inbox", { questions }, () => {
      const now = cli.clock.now();
      for (const question of questions) {
        const { hitl_id, mission_id, prompt, choices, asked_at } = question;
        ui.dataLine([hitl_id, { text: `  asked ${ago(asked_at, now)} by ${mission_id}`, tone: "dim" }]);
        ui.data(`    ${oneLine(prompt, PROMPT_SHOWN)}`);
        const rest = [choices && `choices: ${choices.map((choice) => oneLine(choice, 60)).join(" / ")}`, ending(question, now)].filter(Boolean).join(" · ");
        if (rest) ui.dataLine([{ text: `    ${rest}`, tone: "dim" }]);
      }
      const [first] = questions;
      if (first) ui.next([`aiwg answer ${first.hitl_id} "<text>"`, `aiwg mc log ${first.mission_id}`]);
      else ui.say(flags.all ? "nobody asks anything" : "nobody asks anything in this project; --all looks at every project");
    });
  },
});
