// `aiwg mc list`: the sessions of this project, or the missions of one session, one line each.
import { AiwgError } from "../../core/errors.ts";
import { oneLine } from "../../core/text.ts";
import { age } from "../ages.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag, text, valueFlag, whole } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import { stateCell } from "../ui.ts";

type Flags = { readonly queue?: string | undefined; readonly limit: number; readonly all: boolean };

export const command = defineCommand({
  examples: ["aiwg mc list", "aiwg mc list nightly", "aiwg mc list --all --json"],
  parameters: {
    flags: {
      queue: valueFlag(text, "Another queue file", "PATH"),
      limit: { kind: "parsed", parse: whole(1, 100_000), brief: "Most lines", placeholder: "N", default: "1000" },
      all: switchFlag("Every project of this queue"),
    },
    positional: { kind: "tuple", parameters: [{ brief: "Session (id, prefix or name)", parse: text, placeholder: "session", optional: true }] },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    const { ui } = cli;
    const now = cli.clock.now();
    const project = flags.all ? undefined : (await cli.project()).id;
    return withQueue(cli, flags.queue, (queue) => {
      if (name === undefined) {
        const sessions = queue
          .sessions(project)
          .slice(0, flags.limit)
          .map((session) => ({ ...session, counts: queue.counts({ session: session.session_id }) }));
        return ui.result("sessions", { sessions }, () => {
          if (sessions.length === 0) return ui.next(['aiwg mc dispatch "<objective>"', "aiwg demo"]);
          const line = (counts: object): string =>
            Object.entries(counts)
              .map(([state, n]) => `${n} ${state}`)
              .join(", ") || "empty";
          ui.table(
            ["SESSION", "NAME", "STATE", "AGE", "PROJECT", "MISSIONS"],
            sessions.map((s) => [s.session_id, s.name ?? "", s.state, age(s.created_at, now), s.project.name, line(s.counts)]),
          );
        });
      }
      const found = queue.find(project, name);
      if (found.kind !== "session") throw new AiwgError("usage", `${name} is a mission, not a session`, { hint: `See aiwg mc status ${name}.` });
      const missions = queue.missions({ session: found.session.session_id, limit: flags.limit });
      return ui.result(
        "missions",
        { session: found.session.session_id, missions: missions.map(({ mission_id, ...rest }) => ({ id: mission_id, ...rest })) },
        () => {
          ui.table(
            ["MISSION", "STATE", "SINCE", "OBJECTIVE"],
            missions.map((m) => [m.mission_id, stateCell(m.state), age(m.updated_at, now), oneLine(m.objective, 80)]),
          );
        },
      );
    });
  },
});
