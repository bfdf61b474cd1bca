// `aiwg mc dispatch`: queues a mission, or a file of them, durably and with nothing else running; --wait follows it.
import { AiwgError } from "../../core/errors.ts";
import type { Queue } from "../../bridge/queue/queue.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag, text, valueFlag } from "../flags.ts";
import { followQueued } from "../follow.ts";
import { enqueueFile, missionsOfText } from "../from-file.ts";
import { MISSION_FLAGS, type MissionFlags } from "../mission-flags.ts";
import { enqueueTyped, missionTyped, settleIncludes, withQueueToWrite } from "../queueing.ts";
import { readInput } from "../read-input.ts";
import { showBodies } from "../show-bodies.ts";

type Flags = MissionFlags & { readonly wait: boolean; readonly from?: string | undefined; readonly dryRun: boolean };
type FromFlags = { readonly from: string; readonly session: string | undefined; readonly flags: MissionFlags; readonly dryRun: boolean };

function sessionOf(flag: string | undefined, word: string | undefined): string | undefined {
  if (flag !== undefined && word !== undefined) throw new AiwgError("usage", `the session is named twice: ${word} and --session ${flag}`);
  return flag ?? word;
}

async function dispatchFile(cli: Cli, queue: Queue, { from, session, flags, dryRun }: FromFlags): Promise<number> {
  const { ui } = cli;
  const file = await missionsOfText(cli, queue, from === "-" ? "stdin" : from, await readInput(from, cli.cwd), flags);
  const { passedOver } = file;
  const bodies = file.missions.map(({ body }) => body);
  if (dryRun) return showBodies(cli, "dispatch", session, bodies);
  await settleIncludes(cli, bodies);
  const done = await enqueueFile(cli, queue, session, file);
  ui.result("dispatches", { missions: done, passed_over: passedOver }, () => {
    for (const { mission_id } of done) ui.data(mission_id);
    const replayed = done.filter((mission) => mission.replayed).length;
    const purged = done.filter((mission) => mission.purged).length;
    const said = [
      replayed > 0 ? `${done.length} missions: ${done.length - replayed} queued` : `${done.length} queued`,
      replayed > 0 && `${replayed} of them were there already`,
      purged > 0 && `${purged} of those ended before and are purged`,
      passedOver > 0 && `${passedOver} that had left the exported queue passed over`,
    ];
    ui.say({ text: `  ${said.filter(Boolean).join("; ")}`, tone: "dim" });
    const [first] = done;
    if (first) ui.next([`aiwg mc watch ${first.session_id}`, ...(queue.bridge().running ? [] : ["aiwg up"])]);
  });
  return 0;
}

export const command = defineCommand({
  examples: [
    'aiwg mc dispatch "fix the flaky test" --check "npm test"',
    'aiwg mc dispatch nightly "write the changelog" --agent claude --wall-clock 20m',
    'aiwg mc dispatch "release it" --after m-0193 --wait',
    "aiwg mc dispatch --from missions.jsonl --check 'npm test'",
  ],
  parameters: {
    flags: {
      ...MISSION_FLAGS,
      from: valueFlag(text, "JSON lines, one mission each, all or none; other flags are their defaults", "FILE|-"),
      wait: switchFlag("Follow it; the exit code says how it ended"),
      dryRun: DRY_RUN,
    },
    positional: {
      kind: "array",
      maximum: 2,
      parameter: { brief: "Session (id, prefix or name; optional), then the objective in quotes", parse: String, placeholder: "objective" },
    },
  },
  async run(cli: Cli, { wait, from, dryRun, session: named, ...flags }: Flags, ...words: string[]) {
    return withQueueToWrite(cli, { queue: flags.queue, dryRun }, async (queue) => {
      if (from !== undefined) {
        const clash = wait ? "--wait" : flags.requestId === undefined ? undefined : "--request-id";
        if (clash) throw new AiwgError("usage", `--from and ${clash} exclude each other`, { hint: "A line may have its own request-id." });
        if (words.length > 1) throw new AiwgError("usage", "--from: the objectives stand in the file; beside it only a session may be named");
        return dispatchFile(cli, queue, { from, session: sessionOf(named, words[0]), flags, dryRun });
      }
      const objective = words.at(-1);
      if (objective === undefined)
        throw new AiwgError("usage", "an argument is missing: <objective>", { hint: "Say what is to be done, in quotes, or name a file with --from." });
      const session = sessionOf(named, words.length > 1 ? words[0] : undefined);
      if (dryRun) return showBodies(cli, "dispatch", session, [await missionTyped(cli, queue, { objective, flags })]);
      const queued = await enqueueTyped(cli, queue, { session, objective, flags });
      const { mission_id, session_id, state, purged } = queued;
      if (wait) {
        cli.ui.data(mission_id);
        return followQueued(cli, queue, queued);
      }
      cli.ui.result("dispatch", { mission_id, session_id, state }, () => {
        cli.ui.data(mission_id);
        if (purged) return cli.ui.say({ text: `  ${state} before, and purged: not queued again`, tone: "dim" });
        const row = queue.mission(mission_id);
        if (row && state === "pending") cli.ui.say({ text: `  ${row.reason}`, tone: "dim" });
        cli.ui.next([`aiwg mc watch ${mission_id}`, ...(queue.bridge().running ? [] : ["aiwg up"])]);
      });
      return 0;
    });
  },
});
