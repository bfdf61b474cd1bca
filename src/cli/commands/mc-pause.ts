// `aiwg mc pause`: holds what waits, and lets what runs stand still after its present turn; a mission or a whole session.
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import { pauseMission, steerSession } from "../steer.ts";
import { findSubject } from "../subject.ts";
import { MISSION_OR_SESSION, tellSteered, wouldSteer } from "../tell-steered.ts";

type Flags = { readonly reason?: string | undefined; readonly dryRun: boolean; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc pause m-0193", "aiwg mc pause nightly", 'aiwg mc pause m-0193 --reason "until the review"'],
  parameters: {
    flags: { reason: valueFlag(text, "Why, for the record (missions only)", "TEXT"), dryRun: DRY_RUN, queue: valueFlag(text, "Another queue file", "PATH") },
    positional: MISSION_OR_SESSION,
  },
  async run(cli: Cli, flags: Flags, name: string) {
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (flags.dryRun) return wouldSteer(cli, "paused", subject);
      if (subject.kind === "session") tellSteered(cli, "pause", { session: await steerSession(cli, queue, subject, "paused"), missions: [] });
      else tellSteered(cli, "pause", { session: null, missions: [await pauseMission(cli, queue, subject, flags.reason)] });
      cli.ui.next([`aiwg mc resume ${name}`]);
      return 0;
    });
  },
});
