// `aiwg mc export`: sessions and missions of the queue as JSON lines, for `mc import` elsewhere.
import { AiwgError } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag, text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";

type Flags = { readonly all: boolean; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc export > missions.jsonl", "aiwg mc export nightly | ssh other aiwg mc import -", "aiwg mc export --all > backup.jsonl"],
  parameters: {
    flags: { all: switchFlag("Every project of this queue"), queue: valueFlag(text, "Another queue file", "PATH") },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "Session (id, prefix or name; default: the project)", parse: text, placeholder: "session", optional: true }],
    },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    const { ui } = cli;
    const project = (await cli.project()).id;
    return withQueue(cli, flags.queue, (queue) => {
      const found = name === undefined ? undefined : queue.find(flags.all ? undefined : project, name);
      if (found?.kind === "mission") throw new AiwgError("usage", `${name ?? ""} is a mission; an export is of a session or a project`);
      const lines = queue.exportMissions(found ? { session: found.session.session_id } : flags.all ? {} : { project });
      if (ui.json) ui.result("export", { lines: Array.from(lines, (line) => parseJson(line)?.value) }, () => undefined);
      else for (const line of lines) ui.jsonText(line);
    });
  },
});
