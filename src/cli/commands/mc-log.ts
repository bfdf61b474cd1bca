// `aiwg mc log`: the transcript of a mission, as far as serve has it.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { causeLine } from "../event-line.ts";
import { text, valueFlag, whole } from "../flags.ts";
import { wayOn } from "../outcome.ts";
import { withQueue } from "../queueing.ts";
import { requireServe } from "../serve-door.ts";
import { stateCell } from "../ui.ts";
import { findSubject, isAccepted } from "../subject.ts";

type Flags = { readonly after: number; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc log m-0193", "aiwg mc log m-0193 --after 4096 --json"],
  parameters: {
    flags: {
      after: { kind: "parsed", parse: whole(0, Number.MAX_SAFE_INTEGER), brief: "Start at this byte", placeholder: "BYTE", default: "0" },
      queue: valueFlag(text, "Another queue file", "PATH"),
    },
    positional: { kind: "tuple", parameters: [{ brief: "Mission (id or prefix)", parse: text, placeholder: "mission" }] },
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    return withQueue(cli, flags.queue, async (queue) => {
      const subject = await findSubject(cli, queue, name);
      if (subject.kind !== "mission") throw new AiwgError("usage", `${name} is a session; a log belongs to a mission`, { hint: `See aiwg mc list ${name}.` });
      if (!isAccepted(subject)) {
        const { state = "pending", reason = "" } = subject.row ?? {};
        throw new AiwgError("not_found", `${subject.id} has no log yet: ${state}, ${reason}`, { hint: `Follow it with aiwg mc watch ${subject.id}.` });
      }
      const client = await requireServe(cli);
      let from = flags.after;
      let all = "";
      for (;;) {
        const { text: part, next } = await client.log(subject.id, from);
        if (ui.json) all += part;
        else ui.raw(part);
        if (next <= from || part === "") break;
        from = next;
      }
      ui.result("log", { mission_id: subject.id, text: all, next: from }, () => undefined);
      // A transcript says what happened in the workspace, not why there was none; serve may know more than the mirror.
      const standing = await client.mission(subject.id).catch(() => subject.row);
      if (standing?.state === "failed" || standing?.state === "suspended") {
        ui.say(stateCell(standing.state), `  ${causeLine(standing)}`);
        ui.next([standing.state === "failed" ? `aiwg mc retry ${subject.id}` : wayOn(subject.id, standing)]);
      }
    });
  },
});
