// Starting the long-running rooms with what flags and config say: the one place where their options are put together.
// Must not know who starts which.
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { BRIDGE_DEFAULTS, type Bridge, startBridge } from "../bridge/bridge.ts";
import { AiwgError } from "../core/errors.ts";
import type { Config } from "../core/node/config.ts";
import { hostId } from "../core/node/host-id.ts";
import { type Log, logWith } from "../core/node/log.ts";
import type { Places } from "../core/node/paths.ts";
import { nearest } from "../core/text.ts";
import { parseDuration } from "../core/time.ts";
import type { AgentRow } from "../executor/agents/agent.ts";
import { agentRows } from "../executor/agents/kinds.ts";
import { type Executor, capabilitiesOf, startExecutor } from "../executor/runtime.ts";
import { runtimesOf } from "../mission/match.ts";
import { DEFAULTS } from "../mission/model.ts";
import { type Serve, startServe } from "../serve/serve.ts";
import type { Cli } from "./command.ts";
import type { BridgeFlags, ExecutorFlags, ServeFlags } from "./room-flags.ts";
import { queuePath } from "./queue-file.ts";
import { whereOf } from "./serve-door.ts";
import { narrowTargets } from "./targets.ts";

const ms = (flag: number | undefined, config: string | undefined, name: string, otherwise: number): number =>
  flag ?? (config === undefined ? otherwise : parseDuration(config, name));

/** Where a store lies; databases of other kinds are not served yet. */
function storePath(cli: Cli, store: string | undefined): string {
  if (store === undefined) return cli.places.store;
  if (/^[a-z][a-z0-9+]*:\/\//i.test(store))
    throw new AiwgError("usage", `--store: "${store}" is not a path`, { hint: "This version keeps its store in a file." });
  return resolve(cli.cwd, store);
}

const DAY_MS = 86_400_000;

/** Starts serve. Throws what `startServe` throws. */
export async function openServe(cli: Cli, flags: ServeFlags, log: Log): Promise<Serve> {
  const { serve = {} } = await cli.config();
  return startServe({
    storePath: storePath(cli, flags.store ?? serve.store),
    tokenPath: cli.places.token,
    serveFilePath: cli.places.serveFile,
    port: flags.port ?? serve.port ?? DEFAULTS.port,
    bind: flags.bind ?? serve.bind ?? "127.0.0.1",
    leaseTtlMs: ms(flags.leaseTtl, serve.lease_ttl, "serve.lease_ttl", DEFAULTS.leaseTtlMs),
    holdTtlMs: ms(flags.holdTtl, serve.hold_ttl, "serve.hold_ttl", DEFAULTS.holdTtlMs),
    ...(serve.retention === undefined ? {} : { retentionDays: parseDuration(serve.retention, "serve.retention") / DAY_MS }),
    version: cli.version,
    clock: cli.clock,
    log: logWith(log, { room: "serve" }),
  });
}

/** The name of an executor that nobody named: the same for one home on one host. */
function defaultExecutorId(places: Places): string {
  const slug =
    hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 40) || "host";
  return `${slug}-${createHash("sha256").update(`${hostId()}\n${places.state}`).digest("hex").slice(0, 8)}`;
}

/** The id of the executor that runs here unless a flag names another. */
export function executorIdHere({ places }: Pick<Cli, "places">, { executor }: Config): string {
  return executor?.id ?? defaultExecutorId(places);
}

/** The agents that an executor is to offer, in order. Throws `usage` for one that nobody configured. */
export function chosenAgents(config: Config, wanted: readonly string[] | undefined): Record<string, AgentRow> {
  const rows = agentRows(
    Object.fromEntries(
      Object.entries(config.agents ?? {}).map(([id, { kind, command, env, capabilities }]) => [
        id,
        { kind, command, ...(env ? { env } : {}), ...(capabilities ? { capabilities } : {}) },
      ]),
    ),
  );
  const ids = wanted && wanted.length > 0 ? wanted : config.executor?.agents;
  if (!ids) return rows;
  return Object.fromEntries(
    ids.map((id) => {
      const row = Object.hasOwn(rows, id) ? rows[id] : undefined;
      if (row) return [id, row];
      const like = nearest(id, Object.keys(rows));
      throw new AiwgError("usage", `--agent: no agent "${id}" is configured${like ? `, did you mean ${like}?` : ""}`, {
        hint: `Known: ${Object.keys(rows).join(", ")}; more under "agents" in aiwg.jsonc.`,
      });
    }),
  );
}

export type OpenExecutor = {
  readonly executor: Executor;
  readonly executorId: string;
  readonly slots: number;
  /** Those whose program is there. */ readonly agents: readonly string[];
};

/** Starts an executor; serve may be away. Throws `usage`, `lock_held`. */
export async function openExecutor(cli: Cli, flags: ExecutorFlags, log: Log): Promise<OpenExecutor> {
  const config = await cli.config();
  const { executor: own = {} } = config;
  const agents = chosenAgents(config, flags.agent);
  const executorId = flags.id ?? executorIdHere(cli, config);
  const slots = flags.slots ?? own.slots ?? 1;
  const roots = flags.repoRoot && flags.repoRoot.length > 0 ? flags.repoRoot : (own.repo_roots ?? []);
  for (const root of roots) {
    const path = resolve(cli.cwd, root);
    if (!existsSync(path) || !statSync(path).isDirectory())
      throw new AiwgError("usage", `--repo-root: there is no folder ${path}`, {
        hint: "Name a folder with repositories, or drop it here and in executor.repo_roots.",
      });
  }
  const roomLog = logWith(log, { room: "executor" });
  const executor = startExecutor({
    executorId,
    name: hostname().slice(0, 128) || executorId,
    version: cli.version,
    slots,
    agents,
    repoRoots: roots.map((root) => resolve(cli.cwd, root)),
    dirs: { executor: cli.places.executor, workspaces: cli.places.workspaces, consent: cli.places.consent },
    secretsFile: join(cli.places.config, "secrets.env"),
    hostId: hostId(),
    target: narrowTargets(await whereOf(cli, flags.aiwgServe), { role: "enrol", name: `executor ${executorId}` }, { clock: cli.clock, log: roomLog }),
    clock: cli.clock,
    log: roomLog,
  });
  return { executor, executorId, slots, agents: runtimesOf(capabilitiesOf(agents, hostId(), cli.env)) };
}

/** Starts the bridge of a queue; serve may be away. Throws `lock_held` naming the other bridge. */
export async function openBridge(cli: Cli, flags: BridgeFlags, log: Log): Promise<Bridge> {
  const { bridge = {} } = await cli.config();
  const roomLog = logWith(log, { room: "bridge" });
  return startBridge({
    queuePath: queuePath(cli, flags.queue),
    target: narrowTargets(
      await whereOf(cli, flags.aiwgServe),
      { role: "operate", name: "bridge", file: join(cli.places.state, "bridge-token.json") },
      { clock: cli.clock, log: roomLog },
    ),
    options: {
      pollIntervalMs: flags.pollIntervalMs ?? bridge.poll_interval_ms ?? BRIDGE_DEFAULTS.pollIntervalMs,
      retryBaseMs: flags.retryBaseMs ?? bridge.retry_base_ms ?? BRIDGE_DEFAULTS.retryBaseMs,
      maxAttempts: flags.maxAttempts ?? bridge.max_attempts ?? BRIDGE_DEFAULTS.maxAttempts,
      concurrency: flags.concurrency ?? bridge.concurrency ?? BRIDGE_DEFAULTS.concurrency,
      respondAsync: !flags.noAsync,
    },
    clock: cli.clock,
    log: roomLog,
  });
}
