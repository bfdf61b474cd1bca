// `aiwg stop`: ends this user's serve (and what runs with it in one process); --all also bridge and executors alone.
// Each is checked to be ours before it gets a signal, and waited for.
import { bridgeLockPath } from "../../bridge/bridge.ts";
import { AiwgError } from "../../core/errors.ts";
import { type ProcessId, isAlive, signal, startOf } from "../../core/node/processes.ts";
import { liveServe } from "../../core/node/serve-file.ts";
import { sleep } from "../../core/time.ts";
import { type Cli, defineCommand } from "../command.ts";
import { DRY_RUN, switchFlag } from "../flags.ts";
import { executorsHere, holderOf } from "../holders.ts";

type Flags = { readonly all: boolean; readonly dryRun: boolean };
type Found = { readonly what: string; readonly process: ProcessId };

const PATIENCE_MS = 30_000;

function found(cli: Cli, all: boolean): Found[] {
  const { places } = cli;
  const file = liveServe(places.serveFile);
  const start = file && startOf(file.pid);
  const serve = file && start !== undefined ? [{ what: `serve at ${file.url}`, process: { pid: file.pid, start } }] : [];
  if (!all) return serve;
  const holder = holderOf(bridgeLockPath(places.queue));
  const bridge = holder ? [{ what: "bridge", process: holder }] : [];
  const executors = executorsHere(places).map(({ id, process }) => ({ what: `executor ${id}`, process }));
  // What runs inside `up` is one process under several names.
  const seen = new Set<number>();
  return [...serve, ...bridge, ...executors].filter(({ process: { pid } }) => !seen.has(pid) && seen.add(pid));
}

export const command = defineCommand({
  examples: ["aiwg stop", "aiwg stop --all"],
  parameters: { flags: { all: switchFlag("Also a bridge and executors that run alone"), dryRun: DRY_RUN } },
  async run(cli: Cli, flags: Flags) {
    const { ui, clock } = cli;
    const targets = found(cli, flags.all);
    if (flags.dryRun) {
      ui.result("stop", { dry_run: true, stopped: targets.map(({ what, process: { pid } }) => ({ what, pid })) }, () => {
        for (const {
          what,
          process: { pid },
        } of targets)
          ui.data(`${what} (process ${pid}) would be stopped`);
      });
      return;
    }
    for (const target of targets) signal(target.process.pid, "SIGTERM");
    const until = clock.monotonic() + PATIENCE_MS;
    while (targets.some((target) => isAlive(target.process)) && clock.monotonic() < until) await sleep(50, undefined, clock);
    const left = targets.filter((target) => isAlive(target.process));
    if (left.length > 0) {
      const names = left.map(({ what, process: { pid } }) => `${what} (process ${pid})`).join(", ");
      throw new AiwgError("timeout", `still running after ${PATIENCE_MS / 1_000} s: ${names}`, { hint: "A second signal ends it at once: kill that process." });
    }
    ui.result("stop", { stopped: targets.map(({ what, process: { pid } }) => ({ what, pid })) }, () => {
      for (const {
        what,
        process: { pid },
      } of targets)
        ui.data(`stopped ${what} (process ${pid})`);
      if (targets.length === 0) ui.say(`nothing to stop${flags.all ? "" : "; --all also looks for a bridge and executors that run alone"}`);
    });
  },
});
