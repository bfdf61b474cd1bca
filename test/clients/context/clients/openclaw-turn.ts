// One turn of OpenClaw by way of its Gateway, which alone runs hooks: starts one on a free port, sends the message as a chat does,
// and waits for the run that answers it. argv: the program openclaw, the message. Must not know what a turn is to show.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";

const WAIT_MS = 60_000;
const [program = "openclaw", message = ""] = process.argv.slice(2);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const env = { ...process.env, OPENCLAW_GATEWAY_PORT: String(await freePort()) };

function call(method: string, params: Readonly<Record<string, unknown>>): Promise<number | null> {
  const args = ["gateway", "call", method, "--json", "--timeout", String(WAIT_MS), "--params", JSON.stringify(params)];
  return new Promise((resolve) => {
    spawn(program, args, { env, stdio: ["ignore", "inherit", "inherit"] }).on("close", resolve);
  });
}

const gateway = spawn(program, ["gateway", "run"], { env, stdio: ["ignore", "pipe", "inherit"] });
const isReady = await new Promise<boolean>((resolve) => {
  let said = "";
  gateway.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    said += chunk.toString("utf8");
    if (said.includes("[gateway] ready")) resolve(true);
  });
  gateway.on("close", () => resolve(false));
});
const runId = randomUUID();
const sent = isReady ? await call("chat.send", { sessionKey: `agent:main:${runId}`, message, idempotencyKey: runId }) : 1;
process.exitCode = sent === 0 ? ((await call("agent.wait", { runId, timeoutMs: WAIT_MS })) ?? 1) : 1;
gateway.kill("SIGTERM");
