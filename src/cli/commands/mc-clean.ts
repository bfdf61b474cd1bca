// `aiwg mc clean`: frees what ended missions left on this machine; says what it would free first, and asks.
import { existsSync, rmSync } from "node:fs";
import { humanBytes } from "../../core/text.ts";
import { humanDuration } from "../../core/time.ts";
import type { Cleaned, Queue } from "../../bridge/queue/queue.ts";
import { removeWorkspace } from "../../executor/workspace-list.ts";
import { type LogPlan, type WorkspacePlan, planLogs, planWorkspaces } from "../cleaning.ts";
import { type Cli, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";
import { DRY_RUN, duration, switchFlag, text, valueFlag } from "../flags.ts";
import { queuePath } from "../queue-file.ts";
import { withQueue } from "../queueing.ts";
import { requireServe } from "../serve-door.ts";
import { isCode } from "../steer.ts";

type Flags = {
  readonly workspaces: boolean;
  readonly logs: boolean;
  readonly purge: boolean;
  readonly uncommitted: boolean;
  readonly olderThan: number;
  readonly dryRun: boolean;
  readonly queue?: string | undefined;
};
type Plan = { readonly workspaces: readonly WorkspacePlan[]; readonly logs: readonly LogPlan[]; readonly rows: Cleaned };

const NOTHING: Cleaned = { missions: [], sessions: [] };
const sum = (entries: readonly { readonly bytes: number }[]): number => entries.reduce((total, { bytes }) => total + bytes, 0);
const many = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

// The queue is not made only to find nothing in it.
function withExisting<T>(cli: Cli, flags: Flags, work: (queue: Queue | undefined) => Promise<T>): Promise<T> {
  return existsSync(queuePath(cli, flags.queue)) ? withQueue(cli, flags.queue, work) : work(undefined);
}

function show(cli: Cli, plan: Plan, flags: Flags, everything: boolean): void {
  const { ui, clock } = cli;
  const going = plan.workspaces.filter(({ kept }) => kept === null);
  for (const { name, mission_id, bytes, last_used_at, kept } of plan.workspaces) {
    const said = kept ?? `${humanBytes(bytes)}, used ${humanDuration(clock.now() - last_used_at)} ago`;
    ui.dataLine([kept === null ? "free  " : { text: "keep  ", tone: "dim" }, mission_id ?? name, { text: `  ${said}`, tone: "dim" }]);
  }
  if (flags.workspaces || everything)
    ui.data(`workspaces  ${many(going.length, "folder")}, ${humanBytes(sum(going))}; ${plan.workspaces.length - going.length} kept`);
  if (flags.logs || everything) ui.data(`logs        ${many(plan.logs.length, "file")}, ${humanBytes(sum(plan.logs))}`);
  if (flags.purge || everything) {
    ui.data(`purge       ${many(plan.rows.missions.length, "mission")} of the queue, of all projects, and what serve has of that age`);
  }
}

async function remove(cli: Cli, plan: Plan): Promise<{ readonly removed: number; readonly freed: number; readonly stayed: readonly string[] }> {
  let [removed, freed] = [0, 0];
  const stayed: string[] = [];
  for (const { name, bytes, kept } of plan.workspaces) {
    if (kept !== null) continue;
    try {
      await removeWorkspace(cli.places, name, cli.env);
      removed += 1;
      freed += bytes;
    } catch (error) {
      // A run has begun in it meanwhile, or somebody else removed it.
      if (!isCode(error, "state_conflict") && !isCode(error, "not_found")) throw error;
      stayed.push(name);
    }
  }
  for (const { path } of plan.logs) rmSync(path, { force: true });
  return { removed, freed: freed + sum(plan.logs), stayed };
}

export const command = defineCommand({
  examples: ["aiwg mc clean", "aiwg mc clean --workspaces --logs --older-than 3d", "aiwg mc clean --purge --older-than 90d --yes"],
  parameters: {
    flags: {
      workspaces: switchFlag("Folders in which missions worked; their branches stay"),
      logs: switchFlag("The executor's own logs; serve keeps the transcripts"),
      purge: switchFlag("Ended missions of all projects, in the queue and at serve, with their transcripts; their ids are never taken again"),
      uncommitted: switchFlag("Also workspaces that hold work which is nowhere else"),
      olderThan: { kind: "parsed", parse: duration, brief: "Only what ended, or was last used, longer ago", placeholder: "DUR", default: "7d" },
      dryRun: DRY_RUN,
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
  },
  async run(cli: Cli, flags: Flags) {
    const { ui } = cli;
    const endedBefore = cli.clock.now() - flags.olderThan;
    const everything = !flags.workspaces && !flags.logs && !flags.purge;
    const dryRun = flags.dryRun || everything;
    return withExisting(cli, flags, async (queue) => {
      // Before anything is removed: half a purge would be worse than none.
      const client = flags.purge && !dryRun ? await requireServe(cli) : undefined;
      const plan: Plan = {
        workspaces: flags.workspaces || everything ? await planWorkspaces(cli, queue, { endedBefore, uncommitted: flags.uncommitted }) : [],
        logs: flags.logs || everything ? planLogs(cli, queue, { endedBefore }) : [],
        rows: (flags.purge || everything) && queue ? queue.clean({ endedBefore, dryRun: true }) : NOTHING,
      };
      show(cli, plan, flags, everything);
      const going = plan.workspaces.filter(({ kept }) => kept === null).length + plan.logs.length;
      if (!dryRun && (going > 0 || flags.purge) && !(await confirm(cli, "Remove this?"))) {
        ui.say("nothing was removed");
        return 0;
      }
      const done = dryRun ? { removed: 0, freed: 0, stayed: [] } : await remove(cli, plan);
      const purged = client
        ? { serve: await client.purge(Math.floor(flags.olderThan / 1_000)), queue: queue?.clean({ endedBefore }).missions.length ?? 0 }
        : null;
      ui.result("clean", { dry_run: dryRun, workspaces: plan.workspaces, logs: plan.logs, queue: plan.rows, ...done, purged }, () => {
        if (everything) return ui.next(["aiwg mc clean --workspaces --logs", "aiwg mc clean --purge --older-than 90d"]);
        if (dryRun) return ui.say({ text: "  nothing was removed", tone: "dim" });
        ui.say(
          { text: "✓ ", tone: "good" },
          `${humanBytes(done.freed)} freed${purged ? `; ${purged.queue} missions purged here, ${purged.serve} at serve` : ""}`,
        );
        if (done.stayed.length > 0) ui.warn(`in use again, and kept: ${done.stayed.join(", ")}`);
      });
      return 0;
    });
  },
});
