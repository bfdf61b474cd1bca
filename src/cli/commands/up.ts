// `aiwg up`: serve, bridge and executor in this one process, or in one in the background; if they run already, where.
import { AiwgError } from "../../core/errors.ts";
import { age } from "../ages.ts";
import { type UpData, startInBackground, upLogPath } from "../background.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { EXECUTOR_FLAGS, type ExecutorFlags, SERVE_FLAGS, type ServeFlags } from "../room-flags.ts";
import { openBridge, openExecutor, openServe } from "../rooms.ts";
import { type Running, findRunning } from "../running.ts";

type RoomFlags = ServeFlags & Pick<ExecutorFlags, "slots" | "agent" | "repoRoot">;
type Flags = RoomFlags & { readonly detach: boolean };

const NEXT = ['aiwg run "<objective>" --check "<command>"', "aiwg mc status", "aiwg stop"];

function agentsText(agents: readonly string[]): string {
  return `${agents.join(", ")}${agents.includes("claude") ? "" : "  (no claude on PATH; fake runs scripts, see aiwg demo)"}`;
}

/** The words that give the same flags again. */
function argsOf(flags: RoomFlags): string[] {
  const { port, bind, store, leaseTtl, holdTtl, slots, agent = [], repoRoot = [] } = flags;
  const one = (name: string, value: string | number | undefined): string[] => (value === undefined ? [] : [`--${name}`, String(value)]);
  const ms = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${value}ms`);
  return [
    ...[...one("port", port), ...one("bind", bind), ...one("store", store), ...one("lease-ttl", ms(leaseTtl)), ...one("hold-ttl", ms(holdTtl))],
    ...[...one("slots", slots), ...agent.flatMap((id) => one("agent", id)), ...repoRoot.flatMap((dir) => one("repo-root", dir))],
  ];
}

// A secret that works once, for a minute: it is shown, and kept nowhere.
const codeText = (code: string): string => `${code}  (for a browser: once, within 60 s; aiwg up shows a new one)`;

async function tellRunning(cli: Cli, running: Running, args: readonly string[]): Promise<void> {
  const { ui, places, clock } = cli;
  const { url, pid, started_at, version, fault, bridge_pid, executors, client } = running;
  if (args.length > 0) {
    throw new AiwgError("lock_held", `aiwg is up already at ${url} (process ${pid}), and ${args[0]} cannot be changed while it runs`, {
      hint: "Stop it first: aiwg stop.",
    });
  }
  if (fault !== null)
    throw new AiwgError("unreachable", `process ${pid} says that it serves ${url}, but: ${fault}`, { hint: "See aiwg doctor, or end it: aiwg stop." });
  // One of another version may know no codes; that it is another is told below.
  const session_code = version === cli.version ? (await client.createSessionCode()).code : null;
  ui.result("up", { already: true, url, version, pid, started_at, config: places.config, state: places.state, bridge_pid, executors, session_code }, () => {
    ui.data(url);
    ui.say({ text: "✓ ", tone: "good" }, `up already: process ${pid}, for ${age(started_at, clock.now())}`);
    if (version !== cli.version) ui.warn(`it is aiwg ${version}, this is ${cli.version}: aiwg stop, then aiwg up`);
    ui.say(`  bridge     ${bridge_pid === null ? "not running" : `process ${bridge_pid}`}`);
    ui.say(`  executors  ${executors.join(", ") || "none connected"}`);
    if (session_code !== null) ui.say(`  code       ${codeText(session_code)}`);
    const missing = [bridge_pid === null && "aiwg mc bridge", executors.length === 0 && "aiwg executor"].filter((line) => line !== false);
    ui.next(missing.length > 0 ? missing : NEXT);
  });
}

function tellStarted(cli: Cli, data: UpData & { readonly log?: string }): void {
  const { ui, places, version } = cli;
  ui.result("up", data, () => {
    ui.data(data.url);
    ui.say({ text: "✓ ", tone: "good" }, `aiwg ${version} is up${data.log === undefined ? "; Ctrl-C stops it" : `, in the background: process ${data.pid}`}`);
    ui.say(`  data    ${places.state}`);
    if (data.log !== undefined) ui.say(`  log     ${data.log}`);
    ui.say(`  agents  ${agentsText(data.agents)}`);
    ui.say(`  code    ${codeText(data.session_code)}`);
    ui.say({ text: "  nothing phones home; no telemetry", tone: "dim" });
    ui.next(NEXT);
  });
}

async function stayHere(cli: Cli, flags: RoomFlags): Promise<number> {
  const log = await processLog(cli);
  return runUntilStopped(cli.signals, async (add) => {
    const serve = await openServe(cli, flags, log);
    add(serve);
    add(await openBridge(cli, { noAsync: false }, log));
    const { executor, executorId, slots, agents } = await openExecutor(cli, flags, log);
    // Drained, it ends alone: serve and bridge go on.
    add({ stop: () => executor.stop() });
    const { version, places } = cli;
    const data = {
      url: serve.url,
      version,
      pid: process.pid,
      config: places.config,
      state: places.state,
      executor_id: executorId,
      slots,
      session_code: serve.mintCode(),
    };
    tellStarted(cli, { ...data, agents: [...agents] });
  });
}

export const command = defineCommand({
  examples: ["aiwg up", "aiwg up --detach", "aiwg up --slots 4 --port 0"],
  parameters: { flags: { ...SERVE_FLAGS, ...EXECUTOR_FLAGS, detach: switchFlag("In the background, with a log file; returns once serve answers") } },
  async run(cli: Cli, { detach, ...flags }: Flags) {
    const args = argsOf(flags);
    const running = await findRunning(cli);
    if (running) {
      await tellRunning(cli, running, args);
      return 0;
    }
    if (!detach) return stayHere(cli, flags);
    const data = await startInBackground(cli, ["up", ...args]);
    tellStarted(cli, { ...data, log: upLogPath(cli.places.state) });
    return 0;
  },
});
