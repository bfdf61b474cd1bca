// `aiwg mc dispatch`: queues a mission, durably, with nothing else running; --wait follows it.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { followToEnd } from "../follow.ts";
import { MISSION_FLAGS, type MissionFlags } from "../mission-flags.ts";
import { enqueueTyped, withQueue } from "../queueing.ts";

type Flags = MissionFlags & { readonly wait: boolean };

export const command = defineCommand({
  examples: [
    'aiwg mc dispatch "fix the flaky test" --check "npm test"',
    'aiwg mc dispatch s-0193 "write the changelog" --agent claude --wall-clock 20m',
    'aiwg mc dispatch "summarise the logs" --no-repo --wait',
  ],
  parameters: {
    flags: { ...MISSION_FLAGS, wait: switchFlag("Follow it; the exit code says how it ended") },
    positional: {
      kind: "array",
      minimum: 1,
      maximum: 2,
      parameter: { brief: "Session (id, prefix or name; optional), then the objective in quotes", parse: String, placeholder: "objective" },
    },
  },
  async run(cli: Cli, { wait, ...flags }: Flags, ...words: string[]) {
    const objective = words.at(-1);
    if (objective === undefined) throw new AiwgError("usage", "the objective is missing");
    return withQueue(cli, flags.queue, async (queue) => {
      const { mission_id, session_id, state } = await enqueueTyped(cli, queue, { session: words.length > 1 ? words[0] : undefined, objective, flags });
      if (wait) {
        cli.ui.data(mission_id);
        return followToEnd(cli, queue, mission_id);
      }
      cli.ui.result("dispatch", { mission_id, session_id, state }, () => {
        cli.ui.data(mission_id);
        const row = queue.mission(mission_id);
        if (row && state === "pending") cli.ui.say({ text: `  ${row.reason}`, tone: "dim" });
        cli.ui.next([`aiwg mc watch ${mission_id}`, ...(queue.bridge().running ? [] : ["aiwg up"])]);
      });
      return 0;
    });
  },
});
