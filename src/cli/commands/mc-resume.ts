// `aiwg mc resume`: lets a suspended mission go on, or every suspended one of a session.
import { AiwgError } from "../../core/errors.ts";
import type { Control } from "../../mission/wire/http.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag, text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import { requireServe } from "../serve-door.ts";
import { findSubject, isAccepted } from "../subject.ts";
import { stateCell } from "../ui.ts";

type Flags = { readonly elsewhere: boolean; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc resume m-0193", "aiwg mc resume m-0193 --elsewhere"],
  parameters: {
    flags: {
      elsewhere: switchFlag("On any host, from the last commit, if the one with its workspace is gone"),
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: { kind: "tuple", parameters: [{ brief: "Mission or session (id, prefix or name)", parse: text, placeholder: "mission" }] },
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (subject.kind === "mission" && !isAccepted(subject)) {
        throw new AiwgError("state_conflict", `${subject.id} is ${subject.row?.state ?? "unknown"}: only a suspended mission can be resumed`);
      }
      const client = await requireServe(cli);
      const ids: string[] = [];
      if (subject.kind === "mission") ids.push(subject.id);
      else {
        let cursor: string | undefined;
        do {
          const page = await client.missions({ session: subject.id, state: ["suspended"], limit: 500, cursor });
          ids.push(...page.missions.map((mission) => mission.mission_id));
          cursor = page.next_cursor ?? undefined;
        } while (cursor !== undefined);
      }
      const resumed: Control[] = [];
      for (const id of ids) resumed.push(await client.resume(id, flags.elsewhere ? { elsewhere: true } : {}));
      ui.result("resume", { missions: resumed }, () => {
        for (const { mission_id, state } of resumed) ui.dataLine([mission_id, "  ", stateCell(state)]);
        if (resumed.length === 0) ui.say("no mission of the session is suspended");
        else ui.next([`aiwg mc watch ${name}`]);
      });
    });
  },
});
