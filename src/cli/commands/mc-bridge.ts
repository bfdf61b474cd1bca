// `aiwg mc bridge`: delivers the queue to serve, in this process.
import { type Cli, defineCommand } from "../command.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { queuePath } from "../queue-file.ts";
import { BRIDGE_FLAGS, type BridgeFlags } from "../room-flags.ts";
import { openBridge } from "../rooms.ts";

export const command = defineCommand({
  examples: ["aiwg mc bridge", "AIWG_TOKEN=… aiwg mc bridge --aiwg-serve https://serve.example"],
  parameters: { flags: BRIDGE_FLAGS },
  async run(cli: Cli, flags: BridgeFlags) {
    const log = await processLog(cli);
    const queue = queuePath(cli, flags.queue);
    return runUntilStopped(cli.signals, async (add) => {
      add(await openBridge(cli, flags, log));
      cli.ui.result("bridge", { queue, pid: process.pid }, () => {
        cli.ui.data(queue);
        cli.ui.say({ text: "  delivering this queue; Ctrl-C stops", tone: "dim" });
      });
    });
  },
});
