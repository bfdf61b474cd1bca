// `aiwg serve`: the server alone, in this process.
import { type Cli, defineCommand } from "../command.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { SERVE_FLAGS, type ServeFlags } from "../room-flags.ts";
import { openServe } from "../rooms.ts";

export const command = defineCommand({
  examples: ["aiwg serve", "aiwg serve --port 0 --lease-ttl 10s"],
  parameters: { flags: SERVE_FLAGS },
  async run(cli: Cli, flags: ServeFlags) {
    const log = await processLog(cli);
    return runUntilStopped(cli.signals, async (add) => {
      const serve = await openServe(cli, flags, log);
      add(serve);
      cli.ui.result("serve", { url: serve.url, serve_id: serve.serveId, pid: process.pid, state: cli.places.state }, () => {
        cli.ui.data(serve.url);
        cli.ui.say({ text: `  data in ${cli.places.state}; Ctrl-C stops`, tone: "dim" });
        cli.ui.next(["aiwg executor", "aiwg mc bridge"]);
      });
    });
  },
});
