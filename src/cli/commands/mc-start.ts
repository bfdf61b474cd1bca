// `aiwg mc start`: makes a session, so that missions have a group with a name.
import { type Cli, defineCommand } from "../command.ts";
import { text, valueFlag } from "../flags.ts";
import { withQueue } from "../queueing.ts";

type Flags = { readonly queue?: string | undefined };

export const command = defineCommand({
  examples: ["aiwg mc start nightly", 'aiwg mc dispatch nightly "update the dependencies"'],
  parameters: {
    flags: { queue: valueFlag(text, "Another queue file", "PATH") },
    positional: { kind: "tuple", parameters: [{ brief: "Name, unique in the project", parse: text, placeholder: "name", optional: true }] },
  },
  async run(cli: Cli, flags: Flags, name?: string) {
    const { id, name: projectName } = await cli.project();
    return withQueue(cli, flags.queue, (queue) => {
      const session = queue.startSession({ project: { id, name: projectName }, ...(name === undefined ? {} : { name }) });
      cli.ui.result("session", { session_id: session.session_id, name: session.name, project: session.project, created_at: session.created_at }, () => {
        cli.ui.data(session.session_id);
        cli.ui.next([`aiwg mc dispatch ${session.name ?? session.session_id} "<objective>"`]);
      });
    });
  },
});
