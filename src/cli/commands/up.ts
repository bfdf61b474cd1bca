// `aiwg up`: serve, bridge and executor in this one process, and where everything is.
import { type Cli, defineCommand } from "../command.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { EXECUTOR_FLAGS, type ExecutorFlags, SERVE_FLAGS, type ServeFlags } from "../room-flags.ts";
import { openBridge, openExecutor, openServe } from "../rooms.ts";

type Flags = ServeFlags & Pick<ExecutorFlags, "slots" | "agent" | "repoRoot">;

export const command = defineCommand({
  examples: ["aiwg up", "aiwg up --slots 4", "aiwg up --port 0"],
  parameters: { flags: { ...SERVE_FLAGS, ...EXECUTOR_FLAGS } },
  async run(cli: Cli, flags: Flags) {
    const { ui, places, version } = cli;
    const log = await processLog(cli);
    return runUntilStopped(cli.signals, async (add) => {
      const serve = await openServe(cli, flags, log);
      add(serve);
      add(await openBridge(cli, { noAsync: false }, log));
      const { executor, executorId, slots, agents } = await openExecutor(cli, flags, log);
      add(executor);
      const data = { url: serve.url, version, pid: process.pid, config: places.config, state: places.state, executor_id: executorId, slots, agents };
      ui.result("up", data, () => {
        ui.data(serve.url);
        ui.say({ text: "✓ ", tone: "good" }, `aiwg ${version} is up; Ctrl-C stops it`);
        ui.say(`  data    ${places.state}`);
        ui.say(`  agents  ${agents.join(", ")}${agents.includes("claude") ? "" : "  (no claude on PATH; fake runs scripts, see aiwg demo)"}`);
        ui.say({ text: "  nothing phones home; no telemetry", tone: "dim" });
        ui.next(['aiwg run "<objective>" --check "<command>"', "aiwg mc status", "aiwg stop"]);
      });
    });
  },
});
