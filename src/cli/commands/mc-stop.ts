// `aiwg mc stop`: closes a session: nothing of it is started any more; what runs goes on to its end.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import { steerSession } from "../steer.ts";
import { findSubject } from "../subject.ts";
import { wouldSteer } from "../tell-steered.ts";

type Flags = { readonly dryRun: boolean; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc stop nightly", "aiwg mc stop s-0193 --dry-run", "aiwg mc abort nightly    # also what runs"],
  parameters: {
    flags: { dryRun: DRY_RUN, queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Session (id, prefix or name)", parse: text, placeholder: "session" }] },
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (subject.kind === "mission") {
        throw new AiwgError("usage", `${subject.id} is a mission; only a session is stopped`, {
          hint: `End it with aiwg mc abort ${subject.id}, or hold it with aiwg mc pause.`,
        });
      }
      if (flags.dryRun) return wouldSteer(cli, "stopped", subject);
      const session = await steerSession(cli, queue, subject, "stopped");
      const counts = queue.counts({ session: subject.id });
      const waiting = (counts.pending ?? 0) + (counts.queued ?? 0);
      ui.result("stop_session", { ...session, waiting }, () => {
        ui.data(`${session.session_id}  ${session.state}`);
        if (waiting > 0) ui.say(`  ${waiting} ${waiting === 1 ? "mission" : "missions"} of it will not be started`);
        if (waiting > 0) ui.next([`aiwg mc abort ${name}`, `aiwg mc status ${name}`]);
      });
      return 0;
    });
  },
});
