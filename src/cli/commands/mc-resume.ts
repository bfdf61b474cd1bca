// `aiwg mc resume`: lets a held, paused or suspended mission go on, or a paused session with what is suspended in it.
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag, text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import type { Queue } from "../../bridge/queue/queue.ts";
import { isForgotten } from "../../bridge/queue/rows.ts";
import { tryServe } from "../serve-door.ts";
import { type SteeredMission, isCode, missionsAtServe, resumeMission, steerSession } from "../steer.ts";
import { type SessionSubject, findSubject } from "../subject.ts";
import { MISSION_OR_SESSION, tellSteered, wouldSteer } from "../tell-steered.ts";

type Flags = { readonly elsewhere: boolean; readonly dryRun: boolean; readonly queue?: string | undefined };

const MOST = 100_000;

type Suspended = { readonly ids: ReadonlySet<string>; /** What serve does not know: resuming cannot help it. */ readonly forgotten: number };

// What waits for a person in a session: suspended at serve, or imported and not let go yet.
async function suspendedIn(cli: Cli, queue: Queue, session: SessionSubject): Promise<Suspended> {
  const rows = session.inQueue ? queue.missions({ session: session.id, states: ["suspended"], limit: MOST }) : [];
  const ids = new Set(rows.filter(({ held }) => held).map(({ mission_id }) => mission_id));
  const door = await tryServe(cli);
  if ("client" in door) for (const mission of await missionsAtServe(door.client, session.id, ["suspended"])) ids.add(mission.mission_id);
  return { ids, forgotten: rows.filter(isForgotten).length };
}

export const command = defineCommand({
  examples: ["aiwg mc resume m-0193", "aiwg mc resume nightly", "aiwg mc resume m-0193 --elsewhere"],
  parameters: {
    flags: {
      elsewhere: switchFlag("On any host, from the last commit, if the one with its workspace is gone"),
      dryRun: DRY_RUN,
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: MISSION_OR_SESSION,
  },
  async run(cli: Cli, flags: Flags, name: string) {
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (flags.dryRun) return wouldSteer(cli, "resumed", subject);
      if (subject.kind === "mission") tellSteered(cli, "resume", { session: null, missions: [await resumeMission(cli, queue, subject, flags.elsewhere)] });
      else {
        const session = await steerSession(cli, queue, subject, "active");
        const missions: SteeredMission[] = [];
        const { ids, forgotten } = await suspendedIn(cli, queue, subject);
        for (const id of ids) {
          try {
            missions.push(await resumeMission(cli, queue, { kind: "mission", id, row: queue.mission(id), mission: undefined }, flags.elsewhere));
          } catch (error) {
            // It went on by itself while we went through the session.
            if (!isCode(error, "state_conflict")) throw error;
          }
        }
        tellSteered(cli, "resume", { session, missions });
        if (forgotten > 0) {
          cli.ui.warn(`${forgotten} of its missions cannot go on: the serve that answers now does not know ${forgotten === 1 ? "it" : "them"}`);
          cli.ui.next([`aiwg mc move ${subject.id} --force`]);
          return 0;
        }
      }
      cli.ui.next([`aiwg mc watch ${name}`]);
      return 0;
    });
  },
});
