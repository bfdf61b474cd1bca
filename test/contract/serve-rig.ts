// A real serve in a temporary folder, and requests to it that can be as wrong as a test needs. Must not know what is tested.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { silentLog } from "../../src/core/node/log.ts";
import { systemClock, type Clock } from "../../src/core/time.ts";
import { startServe, type Serve } from "../../src/serve/serve.ts";

export type Reply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string; readonly body: Record<string, unknown> };
export type Ask = {
  readonly method?: string;
  /** null: none. Default: the admin token. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** A value is sent as JSON; a string or buffer as it is. */
  readonly json?: unknown;
  readonly raw?: string | Buffer;
};

export type Rig = {
  readonly dir: string;
  readonly serve: Serve;
  readonly admin: string;
  readonly port: number;
  readonly ask: (path: string, ask?: Ask) => Promise<Reply>;
  /** The response as it comes, for streams. */
  readonly open: (path: string, ask?: Ask) => Promise<IncomingMessage>;
  readonly post: (path: string, json: unknown, ask?: Ask) => Promise<Reply>;
  readonly mint: (role: string) => Promise<{ id: string; token: string }>;
  /** Ends serve and removes its folder. */
  readonly end: () => Promise<void>;
};

/** Options of a serve whose files lie in `dir`. */
export function serveIn(dir: string, clock: Clock = systemClock): Parameters<typeof startServe>[0] {
  return {
    storePath: join(dir, "serve.db"),
    tokenPath: join(dir, "token"),
    serveFilePath: join(dir, "serve.json"),
    port: 0,
    bind: "127.0.0.1",
    leaseTtlMs: 30_000,
    holdTtlMs: 900_000,
    version: "0.0.0-test",
    clock,
    log: silentLog,
  };
}

export const tempDir = (): string => mkdtempSync(join(tmpdir(), "aiwg-"));

const jsonOf = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
};

/** Starts a serve of its own for one test file. */
export async function startRig({ clock, ...more }: { readonly clock?: Clock; readonly retentionDays?: number } = {}): Promise<Rig> {
  const dir = tempDir();
  const serve = await startServe({ ...serveIn(dir, clock), ...more });
  const admin = readFileSync(join(dir, "token"), "utf8").trim();
  const port = Number(new URL(serve.url).port);

  const open: Rig["open"] = (path, { method = "GET", token = admin, headers = {}, json, raw } = {}) =>
    new Promise((resolve, reject) => {
      const body = json === undefined ? raw : JSON.stringify(json);
      const own = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(json === undefined ? {} : { "content-type": "application/json" }) };
      const sent = httpRequest({ host: "127.0.0.1", port, path, method, agent: false, headers: { ...own, ...headers } }, resolve);
      sent.on("error", reject);
      sent.end(body);
    });
  const ask: Rig["ask"] = async (path, given) => {
    const response = await open(path, given);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: response.statusCode ?? 0, headers: response.headers, text, body: jsonOf(text) };
  };
  const post: Rig["post"] = (path, json, given) => ask(path, { method: "POST", json, ...given });
  return {
    dir,
    serve,
    admin,
    port,
    open,
    ask,
    post,
    async mint(role) {
      const { body } = await post("/api/v1/tokens", { role, ...(role === "enrol" ? { uses: 1_000 } : {}) });
      return { id: String(body["id"]), token: String(body["token"]) };
    },
    async end() {
      await serve.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** `<status> <code>` of a reply that is a problem document in every respect; else what is wrong with it. */
export function problem({ status, headers, text, body }: Reply): string {
  const { code, title, detail } = body;
  const whole = body["type"] === `urn:aiwg:problem:${String(code)}` && body["status"] === status && typeof title === "string" && typeof detail === "string";
  return whole && headers["content-type"] === "application/problem+json" ? `${status} ${String(code)}` : `no problem document: ${status} ${text}`;
}

export type TestExecutor = { readonly id: string; readonly token: string; readonly socket: WebSocket; readonly close: () => Promise<void> };

/** A register body that serve takes. */
export function registerBody(id: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { executor_id: id, name: id, version: "1", spec_version: "1.0.0", capabilities: ["runtime:command"], ...more };
}

/** Registers an executor and connects it; it takes missions and confirms nothing. */
export async function connectExecutor(rig: Rig, id: string, more: Readonly<Record<string, unknown>> = {}): Promise<TestExecutor> {
  const { body } = await rig.post("/api/v1/executors/register", registerBody(id, more));
  const token = String(body["token"]);
  const socket = new WebSocket(String(body["ws_url"]), { headers: { authorization: `Bearer ${token}` } });
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => {
      socket.once("message", resolve);
      socket.send(JSON.stringify({ event: "executor.resync", executor_id: id, ts: new Date().toISOString(), data: { epoch: `epoch-${id}`, owned: [] } }));
    });
  });
  return {
    id,
    token,
    socket,
    close: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.close();
      }),
  };
}

/** Waits until `check` gives something; fails after 10 s, saying what was waited for. */
export async function until<T>(what: string, check: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  while (Date.now() < end) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited too long for ${what}`);
}
