// Examines what runs and whether it fits together: serve and its port, versions, clocks, executors, the bridge. Must not start or stop
// anything.
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { type Client, createClient } from "../../client/client.ts";
import { isAiwgError, messageOf } from "../../core/errors.ts";
import { humanDuration } from "../../core/time.ts";
import { DEFAULTS, SPEC_VERSION, isOurProtocol } from "../../mission/model.ts";
import type { Cli } from "../command.ts";
import { type Meant, meantServe } from "../local-serve.ts";
import { withQueue } from "../queueing.ts";
import { whereOf } from "../serve-door.ts";
import type { Examination, Finding } from "./finding.ts";

const ANSWER_WITHIN_MS = 5_000;
// The Date header has whole seconds.
const CLOCK_MAY_DIFFER_MS = 5_000;

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function port(cli: Cli): Promise<Finding> {
  const { serve = {} } = await cli.config();
  const wanted = serve.port ?? DEFAULTS.port;
  if (wanted === 0) return { id: "port", status: "ok", message: "a free port is picked at each start" };
  return (await canListen(wanted, serve.bind ?? "127.0.0.1"))
    ? { id: "port", status: "ok", message: `port ${wanted} is free for serve` }
    : {
        id: "port",
        status: "fail",
        message: `port ${wanted} is in use by another program`,
        hint: "Stop that program, or set another port: serve.port, or aiwg up --port N.",
      };
}

async function clock(url: string, cli: Cli): Promise<Finding[]> {
  const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: "manual" });
  const said = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(said)) return [];
  const off = Math.abs(cli.clock.now() - said);
  if (off <= CLOCK_MAY_DIFFER_MS) return [{ id: "clock", status: "ok", message: "serve's clock and ours agree" }];
  return [
    {
      id: "clock",
      status: "fail",
      message: `serve's clock and ours differ by ${humanDuration(off)}`,
      hint: "Set both by NTP: ages, expiry and limits are read off them.",
    },
  ];
}

// Who takes missions of this serve now. None is no fault: they wait, and say so.
async function executors(client: Client): Promise<Finding> {
  const connected = (await client.executors()).filter((executor) => executor.connected);
  const taking = connected.filter(({ draining, silent }) => !draining && !silent);
  const named = taking.map(({ executor_id, slots }) => `${executor_id} (${slots} ${slots === 1 ? "slot" : "slots"})`).join(", ");
  if (taking.length > 0) return { id: "executor", status: "ok", message: `missions are taken by ${named}` };
  const rest = connected.map(({ executor_id, draining }) => `${executor_id} is ${draining ? "draining" : "silent"}`).join(", ");
  const message = `no executor takes missions: ${rest || "none is connected"}`;
  return { id: "executor", status: "warn", message, hint: "Missions wait until one does. Start one with aiwg executor." };
}

async function reached(meant: Extract<Meant, { url: string }>, cli: Cli): Promise<Finding[]> {
  const { url, token } = meant;
  try {
    const client = createClient({ url, token, timeoutMs: ANSWER_WITHIN_MS });
    const { version, protocol } = await client.version();
    const found: Finding[] = [{ id: "serve", status: "ok", message: `serve ${version} answers at ${url}` }];
    const hint = "Stop what runs and start it anew: aiwg stop, then aiwg up.";
    if (!isOurProtocol(protocol)) found.push({ id: "version", status: "fail", message: `serve speaks protocol ${protocol}, this aiwg ${SPEC_VERSION}`, hint });
    else if (version !== cli.version) found.push({ id: "version", status: "fail", message: `serve is aiwg ${version}, this is ${cli.version}`, hint });
    else found.push({ id: "version", status: "ok", message: `serve and this command are both ${version}` });
    // Whoever speaks another protocol is not asked more.
    const taking = isOurProtocol(protocol) ? [await executors(client)] : [];
    return [...found, ...(await clock(url, cli)), ...taking];
  } catch (error) {
    if (!isAiwgError(error)) throw error;
    return [{ id: "serve", status: "fail", message: `serve at ${url}: ${messageOf(error)}`, hint: error.hint }];
  }
}

async function bridge(cli: Cli): Promise<Finding[]> {
  if (!existsSync(cli.places.queue)) return [];
  const { status, waiting } = await withQueue(cli, undefined, (queue) => ({ status: queue.bridge(), waiting: queue.counts({}).pending ?? 0 }));
  if (status.running) {
    return status.fault === null
      ? [{ id: "bridge", status: "ok", message: `the bridge runs (process ${status.pid})` }]
      : [{ id: "bridge", status: "fail", message: `the bridge (process ${status.pid}) can send nothing: ${status.fault}` }];
  }
  return waiting === 0 ? [] : [{ id: "bridge", status: "warn", message: `${waiting} missions wait, but no bridge runs`, hint: "Start one with aiwg up." }];
}

/** Serve, its port, versions, clocks, executors, the bridge. */
export const connections: Examination = {
  id: "connections",
  async examine(cli) {
    const meant = meantServe(await whereOf(cli));
    const serve = "url" in meant ? await reached(meant, cli) : [{ id: "serve", status: "ok", message: meant.fault } as const, await port(cli)];
    return [...serve, ...(await bridge(cli))];
  },
};
