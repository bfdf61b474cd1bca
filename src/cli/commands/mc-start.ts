// `aiwg mc start`: makes a session, so that missions have a group with a name.
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { withQueueToWrite } from "../queueing.ts";

type Flags = { readonly dryRun: boolean; readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc start nightly", 'aiwg mc dispatch nightly "update the dependencies"'],
  parameters: {
    flags: { dryRun: DRY_RUN, queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Name, unique in the project", parse: text, placeholder: "name", optional: true }] },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    const { id, name: projectName } = await cli.project();
    return withQueueToWrite(cli, flags, (queue) => {
      if (flags.dryRun) {
        if (name !== undefined && queue.sessions(id).some((session) => session.name === name))
          throw new AiwgError("state_conflict", `this project has a session named ${name} already`, { hint: "Take another name." });
        const would = { dry_run: true, session_id: null, name: name ?? null, project: { id, name: projectName } };
        return cli.ui.result("session", would, () => cli.ui.data(`a session${name === undefined ? "" : ` named ${name}`} would be started in ${projectName}`));
      }
      const session = queue.startSession({ project: { id, name: projectName }, ...(name === undefined ? {} : { name }) });
      return cli.ui.result("session", { session_id: session.session_id, name: session.name, project: session.project, created_at: session.created_at }, () => {
        cli.ui.data(session.session_id);
        cli.ui.next([`aiwg mc dispatch ${session.name ?? session.session_id} "<objective>"`]);
      });
    });
  },
});
