// `aiwg run`: queues a mission and follows it to its end.
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { followToEnd } from "../follow.ts";
import { MISSION_FLAGS, type MissionFlags } from "../mission-flags.ts";
import { enqueueTyped, withQueue } from "../queueing.ts";

type Flags = MissionFlags & { readonly jsonl: boolean };

export const command = defineCommand({
  examples: ['aiwg run "add a --version flag" --check "npm test"', 'aiwg run "say hello" --agent fake --no-repo', 'aiwg run "fix the bug" --json --no-input'],
  parameters: {
    flags: { ...MISSION_FLAGS, jsonl: switchFlag("Each event as a JSON line on stdout") },
    positional: { kind: "tuple", parameters: [{ brief: "What is to be done, in quotes", parse: String, placeholder: "objective" }] },
  },
  async run(cli: Cli, { session, jsonl, ...flags }: Flags, objective: string) {
    return withQueue(cli, flags.queue, async (queue) => {
      const { mission_id } = await enqueueTyped(cli, queue, { session, objective, flags });
      if (!jsonl) cli.ui.data(mission_id);
      return followToEnd(cli, queue, mission_id, { jsonl });
    });
  },
});
