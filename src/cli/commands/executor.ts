// `aiwg executor`: runs missions on this machine, in this process.
import { type Cli, defineCommand } from "../command.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { LONE_EXECUTOR_FLAGS, type ExecutorFlags } from "../room-flags.ts";
import { openExecutor } from "../rooms.ts";

export const command = defineCommand({
  examples: ["aiwg executor", "aiwg executor --slots 4 --agent claude", "aiwg executor --repo-root ~/code"],
  parameters: { flags: LONE_EXECUTOR_FLAGS },
  async run(cli: Cli, flags: ExecutorFlags) {
    const log = await processLog(cli);
    return runUntilStopped(cli.signals, async (add) => {
      const { executor, executorId, slots, agents } = await openExecutor(cli, flags, log);
      add(executor);
      cli.ui.result("executor", { executor_id: executorId, slots, agents, pid: process.pid }, () => {
        cli.ui.data(executorId);
        cli.ui.say({ text: `  ${slots} ${slots === 1 ? "slot" : "slots"}, agents: ${agents.join(", ") || "none found"}; Ctrl-C stops`, tone: "dim" });
      });
    });
  },
});
