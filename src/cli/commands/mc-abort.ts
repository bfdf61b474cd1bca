// `aiwg mc abort`: ends a mission, or every mission of a session that has not ended.
import { abortMission, abortMissions } from "../abort.ts";
import { type Cli, defineCommand } from "../command.ts";
import type { Queue } from "../../bridge/queue/queue.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { LIVE_STATES, isEnded } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { tryServe } from "../serve-door.ts";
import { isCode, missionsAtServe } from "../steer.ts";
import { type MissionSubject, type SessionSubject, findSubject } from "../subject.ts";
import { MISSION_OR_SESSION } from "../tell-steered.ts";
import { stateCell } from "../ui.ts";

type Flags = { readonly reason?: string | undefined; readonly dryRun: boolean; readonly queue?: string | undefined };

const MOST = 100_000;

// What has not ended of a session: rows of this queue, and what serve has from elsewhere.
async function openOf(cli: Cli, queue: Queue, { id, inQueue }: SessionSubject): Promise<MissionSubject[]> {
  const rows = inQueue ? queue.missions({ session: id, limit: MOST }) : [];
  const open = new Map<string, MissionSubject>();
  for (const row of rows) if (!isEnded(row.state)) open.set(row.mission_id, { kind: "mission", id: row.mission_id, row, mission: undefined });
  const known = new Set(rows.map(({ mission_id }) => mission_id));
  const door = await tryServe(cli);
  if (!("client" in door)) return [...open.values()];
  const there = await missionsAtServe(door.client, id, LIVE_STATES).catch((error: unknown) => {
    if (inQueue && isCode(error, "unreachable")) return [];
    throw error;
  });
  for (const mission of there)
    if (!known.has(mission.mission_id)) open.set(mission.mission_id, { kind: "mission", id: mission.mission_id, row: undefined, mission });
  return [...open.values()];
}

export const command = defineCommand({
  examples: ["aiwg mc abort m-0193", 'aiwg mc abort nightly --reason "wrong branch"'],
  parameters: {
    flags: { reason: valueFlag(text, "Why, for the record", "TEXT"), dryRun: DRY_RUN, queue: valueFlag(text, "Another queue file", "PATH") },
    positional: MISSION_OR_SESSION,
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      const meant = subject.kind === "mission" ? [subject] : await openOf(cli, queue, subject);
      if (flags.dryRun) {
        ui.result("abort", { dry_run: true, missions: meant.map(({ id }) => ({ mission_id: id })) }, () => {
          for (const { id } of meant) ui.data(`${id}  would be aborted`);
        });
        return;
      }
      const done = subject.kind === "mission" ? [await abortMission(cli, queue, subject, flags.reason)] : await abortMissions(cli, queue, meant, flags.reason);
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
