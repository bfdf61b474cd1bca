// `aiwg up`: serve, bridge and executor in this one process, or in one in the background; if they run already, where.
import { isDeepStrictEqual } from "node:util";
import type { Executor } from "../../client/api.ts";
import { AiwgError } from "../../core/errors.ts";
import { runtimesOf } from "../../mission/match.ts";
import { loopbackAddress } from "../../serve/listen.ts";
import { age } from "../ages.ts";
import { type UpData, startInBackground, upLogPath } from "../background.ts";
import { type Cli, defineCommand } from "../command.ts";
import { switchFlag } from "../flags.ts";
import { processLog, runUntilStopped } from "../long-running.ts";
import { EXECUTOR_FLAGS, type ExecutorFlags, SERVE_FLAGS, type ServeFlags } from "../room-flags.ts";
import { executorIdHere, openBridge, openExecutor, openServe } from "../rooms.ts";
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

/** The first flag that asks for something else than what runs; one that cannot be seen from here counts as such. */
function flagThatDiffers(flags: RoomFlags, url: string, own: Executor | undefined): string | undefined {
  const { hostname, port } = new URL(url);
  const agents = flags.agent && flags.agent.length > 0 ? flags.agent : undefined;
  const roots = flags.repoRoot && flags.repoRoot.length > 0 ? flags.repoRoot : undefined;
  const asked: readonly (readonly [flag: string, value: unknown, isSo: boolean])[] = [
    // 0: any that is free, and one was.
    ["--port", flags.port, flags.port === 0 || flags.port === Number(port || "80")],
    ["--bind", flags.bind, flags.bind !== undefined && loopbackAddress(flags.bind) === loopbackAddress(hostname)],
    ["--store", flags.store, false],
    ["--lease-ttl", flags.leaseTtl, false],
    ["--hold-ttl", flags.holdTtl, false],
    ["--slots", flags.slots, flags.slots === own?.slots],
    ["--agent", agents, isDeepStrictEqual(agents, own && runtimesOf(own.capabilities))],
    ["--repo-root", roots, false],
  ];
  return asked.find(([, value, isSo]) => value !== undefined && !isSo)?.[0];
}

// A secret that works once, for a minute: it is shown, and kept nowhere.
const codeText = (code: string): string => `${code}  (for a browser: once, within 60 s; aiwg up shows a new one)`;

async function tellRunning(cli: Cli, running: Running, flags: RoomFlags): Promise<void> {
  const { ui, places, clock } = cli;
  const { url, pid, started_at, version, fault, bridge_pid, client } = running;
  if (fault !== null)
    throw new AiwgError("unreachable", `process ${pid} says that it serves ${url}, but: ${fault}`, { hint: "See aiwg doctor, or end it: aiwg stop." });
  const ownId = executorIdHere(cli, await cli.config());
  const other = flagThatDiffers(
    flags,
    url,
    running.executors.find(({ executor_id }) => executor_id === ownId),
  );
  if (other !== undefined) {
    throw new AiwgError("lock_held", `aiwg is up already at ${url} (process ${pid}), and ${other} cannot be changed while it runs`, {
      hint: "Stop it first: aiwg stop.",
    });
  }
  const executors = running.executors.map(({ executor_id }) => executor_id);
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
    const running = await findRunning(cli);
    if (running) {
      await tellRunning(cli, running, flags);
      return 0;
    }
    if (!detach) return stayHere(cli, flags);
    const data = await startInBackground(cli, ["up", ...argsOf(flags)]);
    tellStarted(cli, { ...data, log: upLogPath(cli.places.state) });
    return 0;
  },
});
