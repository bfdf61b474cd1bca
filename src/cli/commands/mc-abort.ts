// `aiwg mc abort`: ends a mission, or every mission of a session that has not ended.
import { isAiwgError } from "../../core/errors.ts";
import { type Aborted, abortMission } from "../abort.ts";
import { type Cli, defineCommand } from "../command.ts";
import { text, valueFlag } from "../flags.ts";
import { isEnded } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { findSubject } from "../subject.ts";
import { stateCell } from "../ui.ts";

type Flags = { readonly reason?: string | undefined; readonly queue?: string | undefined };

const MOST = 100_000;

export const command = defineCommand({
  examples: ["aiwg mc abort m-0193", 'aiwg mc abort nightly --reason "wrong branch"'],
  parameters: {
    flags: { reason: valueFlag(text, "Why, for the record", "TEXT"), queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Mission or session (id, prefix or name)", parse: text, placeholder: "mission" }] },
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      const done: Aborted[] = [];
      if (subject.kind === "mission") {
        done.push(await abortMission(cli, queue, subject, flags.reason));
      } else {
        for (const row of queue.missions({ session: subject.id, limit: MOST })) {
          if (isEnded(row.state)) continue;
          try {
            done.push(await abortMission(cli, queue, { kind: "mission", id: row.mission_id, row, mission: undefined }, flags.reason));
          } catch (error) {
            // It ended by itself while we went through the session.
            if (!isAiwgError(error) || error.code !== "state_conflict") throw error;
          }
        }
      }
      ui.result("abort", { missions: done }, () => {
        for (const { mission_id, state, abort_requested, by } of done) {
          const told = abort_requested ? `  abort requested, ${by === "serve" ? "its executor confirms" : "the bridge delivers it"}` : "";
          ui.dataLine([mission_id, "  ", stateCell(state), told]);
        }
        if (done.length === 0) ui.say("nothing to abort: every mission of the session has ended");
      });
    });
  },
});
