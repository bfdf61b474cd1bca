// `aiwg mc move`: sends missions to the serve that is there now, though they were sent to another one before.
import { AiwgError } from "../../core/errors.ts";
import type { Moved, Queue } from "../../bridge/queue/queue.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag, text, valueFlag } from "../flags.ts";
import { isEnded } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { type Subject, findSubject } from "../subject.ts";
import { MISSION_OR_SESSION } from "../tell-steered.ts";

type Flags = { readonly force: boolean; readonly dryRun: boolean; readonly queue?: string | undefined };

const MOST = 100_000;
const WHY: Readonly<Record<Moved["outcome"], string>> = {
  moved: "goes to the present serve",
  not_bound: "was sent to no serve yet",
  accepted: "its serve has taken it",
  in_flight: "is being sent right now",
  aborting: "its serve has still to be told of the abort",
  ended: "has ended",
};

function idsOf(queue: Queue, subject: Subject): string[] {
  if (subject.kind === "mission") {
    if (!subject.row) throw new AiwgError("state_conflict", `${subject.id} is not in this queue: only what was queued here can be moved`);
    return [subject.id];
  }
  const rows = queue.missions({ session: subject.id, limit: MOST });
  return rows.filter(({ state, serve_id }) => serve_id !== null && !isEnded(state)).map(({ mission_id }) => mission_id);
}

export const command = defineCommand({
  examples: ["aiwg mc move nightly --dry-run", "aiwg mc move nightly", "aiwg mc move m-0193 --force"],
  parameters: {
    flags: {
      force: switchFlag("Also what the old serve has taken: it may run it too"),
      dryRun: DRY_RUN,
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: MISSION_OR_SESSION,
  },
  async run(cli: Cli, { force, dryRun, ...flags }: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      const missions = queue.move(idsOf(queue, subject), { force, dryRun });
      const [only] = missions;
      if (subject.kind === "mission" && only && only.outcome !== "moved") {
        const hint = only.outcome === "accepted" ? { hint: "If that serve is gone for good: --force. Should it come back, it may run it too." } : {};
        throw new AiwgError("state_conflict", `${only.mission_id} ${WHY[only.outcome]}${only.outcome === "accepted" ? ` (${only.from})` : ""}`, hint);
      }
      ui.result("move", { dry_run: dryRun, missions }, () => {
        for (const { mission_id, outcome } of missions)
          ui.data(`${mission_id}  ${dryRun && outcome === "moved" ? "would go to the present serve" : WHY[outcome]}`);
        const twice = missions.filter(({ outcome, may_run_there }) => outcome === "moved" && may_run_there).length;
        if (twice > 0) ui.warn(`${twice} of them may run at the old serve too, should it come back: abort them there`);
        if (missions.length === 0) ui.say("nothing to move: no open mission of the session is bound to a serve");
        else if (missions.some(({ outcome }) => outcome === "accepted")) ui.next([`aiwg mc move ${name} --force    (if that serve is gone for good)`]);
      });
      return 0;
    });
  },
});
