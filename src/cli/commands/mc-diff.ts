// `aiwg mc diff`: what a mission has changed so far, as a unified diff, asked of the executor that holds its workspace.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";
import { requireServe } from "../serve-door.ts";
import { findSubject, isAccepted } from "../subject.ts";

type Flags = { readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc diff m-0193", "aiwg mc diff m-0193 | less -R", "aiwg mc diff m-0193 --json"],
  parameters: {
    flags: { queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Mission (id or prefix)", parse: text, placeholder: "mission" }] },
  },
  async run(cli: Cli, flags: Flags, name: string) {
    const { ui } = cli;
    const subject = await withQueue(cli, flags.queue, (queue) => findSubject(cli, queue, name));
    if (subject.kind !== "mission") throw new AiwgError("usage", `${name} is a session; a diff belongs to a mission`, { hint: `See aiwg mc list ${name}.` });
    if (!isAccepted(subject)) throw new AiwgError("not_found", `${subject.id} has changed nothing yet: it is ${subject.row?.state ?? "pending"}`);
    const diff = await (await requireServe(cli)).diff(subject.id);
    ui.result("diff", { mission_id: subject.id, diff }, () => {
      if (diff === "") ui.say("nothing has changed");
      else ui.raw(diff.endsWith("\n") ? diff : `${diff}\n`);
    });
  },
});
