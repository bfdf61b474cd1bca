// `aiwg run`: queues a mission and follows it to its end.
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag } from "../flags.ts";
import { followQueued } from "../follow.ts";
import { MISSION_FLAGS, type MissionFlags } from "../mission-flags.ts";
import { enqueueTyped, missionTyped, withQueueToWrite } from "../queueing.ts";
import { showBodies } from "../show-bodies.ts";

type Flags = MissionFlags & { readonly jsonl: boolean; readonly dryRun: boolean };

export const command = defineCommand({
  examples: ['aiwg run "add a --version flag" --check "npm test"', 'aiwg run "say hello" --agent fake --no-repo', 'aiwg run "fix the bug" --json --no-input'],
  parameters: {
    flags: { ...MISSION_FLAGS, jsonl: switchFlag("Each event as a JSON line on stdout"), dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "What is to be done, in quotes", parse: String, placeholder: "objective" }] },
  },
  async run(cli: Cli, { session, jsonl, dryRun, ...flags }: Flags, objective: string) {
    return withQueueToWrite(cli, { queue: flags.queue, dryRun }, async (queue) => {
      if (dryRun) return showBodies(cli, "run", session, [await missionTyped(cli, queue, { objective, flags })]);
      const queued = await enqueueTyped(cli, queue, { session, objective, flags });
      if (!jsonl) cli.ui.data(queued.mission_id);
      return followQueued(cli, queue, queued, { jsonl });
    });
  },
});
