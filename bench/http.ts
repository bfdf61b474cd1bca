// POST dispatch over 16 connections, each answer fsynced first, beside a bare JSON echo. Must not import serve: it is
// started as people start it.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AiwgError } from "../src/core/errors.ts";
import { mintId } from "../src/core/ids.ts";
import { brief, percentile, type Figure } from "./figures.ts";

const CONNECTIONS = 16;
const objective = "Make the failing test pass without touching the tests. ".repeat(4);

type Server = { readonly child: ChildProcess; readonly url: string; readonly token: string };
type Load = { readonly perSecond: number; readonly p99: number };

function post(agent: Agent, server: Server): Promise<number> {
  const body = JSON.stringify({ mission_id: mintId("m", Date.now()), objective });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    authorization: `Bearer ${server.token}`,
    prefer: "respond-async",
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${server.url}/api/v1/sessions/s-bench/dispatch`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function load(server: Server, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      const started = performance.now();
      const status = await post(agent, server);
      if (status !== 202) throw new AiwgError("internal", `the server under load answered ${status}`);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  agent.destroy();
  return { perSecond: times.length / seconds, p99: percentile(times, 0.99) };
}

async function startEcho(): Promise<Server> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "echo-main.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8"))));
  const { port } = JSON.parse(line) as { port: number };
  return { child, url: `http://127.0.0.1:${port}`, token: "none" };
}

async function startServe(home: string): Promise<Server> {
  const main = join(import.meta.dirname, "..", "src", "cli", "main.ts");
  const child = spawn(process.execPath, [main, "serve", "--port", "0"], { env: { ...process.env, AIWG_HOME: home }, stdio: "ignore" });
  const file = join(home, "state", "serve.json");
  for (let waited = 0; !existsSync(file); waited += 50) {
    if (waited > 20_000 || child.exitCode !== null) throw new AiwgError("unreachable", "serve did not start");
    await sleep(50);
  }
  const { url } = JSON.parse(readFileSync(file, "utf8")) as { url: string };
  return { child, url, token: readFileSync(join(home, "state", "token"), "utf8").trim() };
}

/** Rounds of `seconds` each, interleaved; the best of each side counts. */
export async function measureHttp(rounds: number, seconds: number): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), "aiwg-bench-"));
  const servers: Server[] = [];
  try {
    const echo = await startEcho();
    servers.push(echo);
    const serve = await startServe(home);
    servers.push(serve);
    const best: { echo?: Load; serve?: Load } = {};
    for (let round = 0; round < rounds; round++) {
      for (const [name, server] of [
        ["echo", echo],
        ["serve", serve],
      ] as const) {
        const run = await load(server, seconds);
        if (run.perSecond > (best[name]?.perSecond ?? 0)) best[name] = run;
      }
    }
    const show = (run: Load | undefined): string => `${brief(run?.perSecond ?? 0)}/s, p99 ${brief(run?.p99 ?? 0)} ms`;
    const ratio = `${((best.serve?.perSecond ?? 0) / (best.echo?.perSecond ?? 1)).toFixed(2)}×`;
    return [
      { what: `POST dispatch, ${CONNECTIONS} connections, fsynced / JSON echo of bare node:http`, ours: show(best.serve), yardstick: show(best.echo), ratio },
    ];
  } finally {
    for (const { child } of servers) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await new Promise((resolve) => child.once("exit", resolve));
    }
    rmSync(home, { recursive: true, force: true });
  }
}
