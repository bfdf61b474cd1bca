// `aiwg mc move`: sends missions to the serve that is there now, though they were sent to another one before.
import { AiwgError, ERRORS } from "../../core/errors.ts";
import type { Moved, Queue } from "../../bridge/queue/queue.ts";
import { isForgotten } from "../../bridge/queue/rows.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag, text, valueFlag } from "../flags.ts";
import { isEnded } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { tryServe } from "../serve-door.ts";
import { isCode } from "../steer.ts";
import { type Subject, findSubject } from "../subject.ts";
import { MISSION_OR_SESSION } from "../tell-steered.ts";

type Flags = { readonly force: boolean; readonly dryRun: boolean; readonly queue?: string | undefined };

const MOST = 100_000;
const WHY: Readonly<Record<Moved["outcome"], string>> = {
  moved: "goes to the present serve",
  not_bound: "was sent to no serve yet",
  there: "goes to the present serve already",
  accepted: "its serve has taken it",
  in_flight: "is being sent right now",
  aborting: "its serve has still to be told of the abort",
  ended: "has ended",
};

const AT_ANOTHER = "If that serve is gone for good: --force. Should it come back, it may run it too.";
const FORGOTTEN = "That serve does not know it any more: --force sends it there once more.";
const AT_PRESENT = "That is the present serve: nothing to move. Is another one meant, start that first.";

// Which serve a mission would go to: the one that answers here now.
async function presentServe(cli: Cli): Promise<string | undefined> {
  const door = await tryServe(cli);
  if (!("client" in door)) return undefined;
  try {
    return (await door.client.version()).serve_id;
  } catch (error) {
    if (isCode(error, "unreachable")) return undefined;
    throw error;
  }
}

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
      const present = (await presentServe(cli)) ?? queue.bridge().serve_id ?? undefined;
      const missions = queue.move(idsOf(queue, subject), { force, dryRun, present });
      const [only] = missions;
      if (subject.kind === "mission" && only && only.outcome !== "moved") {
        const atPresent = subject.row && isForgotten(subject.row) ? FORGOTTEN : AT_PRESENT;
        const hint = only.outcome === "accepted" ? { hint: only.from === present ? atPresent : AT_ANOTHER } : {};
        throw new AiwgError("state_conflict", `${only.mission_id} ${WHY[only.outcome]}${only.outcome === "accepted" ? ` (${only.from})` : ""}`, hint);
      }
      ui.result("move", { dry_run: dryRun, missions }, () => {
        for (const { mission_id, outcome } of missions)
          ui.data(`${mission_id}  ${dryRun && outcome === "moved" ? "would go to the present serve" : WHY[outcome]}`);
        const twice = missions.filter(({ outcome, may_run_there }) => outcome === "moved" && may_run_there).length;
        if (twice > 0) ui.warn(`${twice} of them may run at the old serve too, should it come back: abort them there`);
        if (missions.length === 0) ui.say("nothing to move: no open mission of the session is bound to a serve");
        else if (missions.some(({ outcome, from }) => outcome === "accepted" && from !== present))
          ui.next([`aiwg mc move ${name} --force    (if that serve is gone for good)`]);
      });
      return missions.length > 0 && missions.every(({ outcome }) => outcome !== "moved") ? ERRORS.state_conflict.exit : 0;
    });
  },
});
