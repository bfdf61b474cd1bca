// Start and end of serve: lock, token file, port, serve.json, graceful stop (contract §5, Places; security 1, 3, 4).
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { liveServe, readServeFile } from "../../src/core/node/serve-file.ts";
import { startServe, type Serve, type ServeOptions } from "../../src/serve/serve.ts";
import { connectExecutor, serveIn, startRig, tempDir, until } from "./serve-rig.ts";

const started: Serve[] = [];
const dirs: string[] = [];
afterEach(async () => {
  for (const serve of started.splice(0)) await serve.stop();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function freshDir(): string {
  const dir = tempDir();
  dirs.push(dir);
  return dir;
}
async function start(dir: string, more: Partial<ServeOptions> = {}): Promise<Serve> {
  const serve = await startServe({ ...serveIn(dir), ...more });
  started.push(serve);
  return serve;
}
const statusOf = async (serve: Serve, dir: string): Promise<number> => {
  const token = readFileSync(join(dir, "token"), "utf8").trim();
  return (await fetch(`${serve.url}/api/v1/version`, { headers: { authorization: `Bearer ${token}` } })).status;
};

describe("start", () => {
  // The kernel's own table is read, which only Linux shows as a file.
  test.skipIf(process.platform !== "linux")("listens on loopback only, on the address that it names", async () => {
    const serve = await start(freshDir());
    const { hostname, port } = new URL(serve.url);
    expect(hostname).toBe("127.0.0.1");
    const listening = execFileSync(process.execPath, ["-e", LISTENERS, port], { encoding: "utf8" }).trim();
    expect(listening).toBe("0100007F");
  });

  test.each(["0.0.0.0", "::", "192.168.1.1", "example.com", "127.0.0.1.evil.example"])("refuses to listen on %s before it touches anything", async (bind) => {
    const dir = freshDir();
    await expect(start(dir, { bind })).rejects.toMatchObject({ code: "usage" });
    expect(existsSync(join(dir, "serve.db"))).toBe(false);
  });

  test("IPv6 loopback works like the other", async () => {
    const dir = freshDir();
    const serve = await start(dir, { bind: "::1" });
    expect(serve.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect(await statusOf(serve, dir)).toBe(200);
  });

  test("a port in use is named, with what to do, and nothing is left behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await until("the other program", () => other.listening);
    const { port } = other.address() as AddressInfo;
    const dir = freshDir();
    await expect(start(dir, { port })).rejects.toMatchObject({
      code: "lock_held",
      message: expect.stringContaining(String(port)),
      hint: expect.stringContaining("--port"),
    });
    expect(existsSync(join(dir, "serve.json"))).toBe(false);
    other.close();
    expect(await statusOf(await start(dir, { port: 0 }), dir)).toBe(200);
  });

  test("a second serve on one store is refused, naming the first, which goes on", async () => {
    const dir = freshDir();
    const first = await start(dir);
    await expect(start(dir)).rejects.toMatchObject({ code: "lock_held", message: expect.stringContaining(String(process.pid)) });
    expect(await statusOf(first, dir)).toBe(200);
    expect(readServeFile(join(dir, "serve.json"))?.url).toBe(first.url);
  });

  test("a store that is no database, or of another program, is refused by name", async () => {
    const dir = freshDir();
    writeFileSync(join(dir, "serve.db"), "not a database, however long it may be".repeat(100));
    await expect(start(dir)).rejects.toMatchObject({ code: "store_corrupt", message: expect.stringContaining("serve.db") });
    expect(existsSync(join(dir, "serve.json"))).toBe(false);
  });
});

// Prints the local addresses (hex) of the sockets that listen on a port, from the kernel's own table.
const LISTENERS = `
const port = Number(process.argv[1]).toString(16).toUpperCase().padStart(4, "0");
const { readFileSync, existsSync } = require("node:fs");
for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
  if (!existsSync(file)) continue;
  for (const line of readFileSync(file, "utf8").split("\\n").slice(1)) {
    const [, local = "", , state] = line.trim().split(/\\s+/);
    if (state === "0A" && local.endsWith(":" + port)) console.log(local.split(":")[0]);
  }
}`;

describe("the token file", () => {
  test("is made private, holds 256 bits, and stays the same over restarts", async () => {
    const dir = freshDir();
    const first = await start(dir);
    const token = readFileSync(join(dir, "token"), "utf8");
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
    expect(statSync(join(dir, "token")).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, "serve.json")).mode & 0o777).toBe(0o600);
    await first.stop();
    const second = await start(dir);
    expect(readFileSync(join(dir, "token"), "utf8")).toBe(token);
    expect(await statusOf(second, dir)).toBe(200);
  });

  test("a new file replaces the old token, which dies", async () => {
    const dir = freshDir();
    await (await start(dir)).stop();
    const old = readFileSync(join(dir, "token"), "utf8").trim();
    rmSync(join(dir, "token"));
    const serve = await start(dir);
    expect((await fetch(`${serve.url}/api/v1/version`, { headers: { authorization: `Bearer ${old}` } })).status).toBe(401);
    expect(await statusOf(serve, dir)).toBe(200);
  });

  test("is never found in the store", async () => {
    const dir = freshDir();
    await (await start(dir)).stop();
    expect(readFileSync(join(dir, "serve.db"), "latin1")).not.toContain(readFileSync(join(dir, "token"), "utf8").trim());
  });

  test.each([
    ["readable by others", (path: string) => chmodSync(path, 0o644)],
    ["in a folder that others may enter", (path: string) => chmodSync(join(path, ".."), 0o755)],
    ["empty", (path: string) => truncateSync(path)],
    ["no token", (path: string) => writeFileSync(path, "hunter2\n")],
    [
      "a link",
      (path: string) => {
        writeFileSync(`${path}.real`, readFileSync(path), { mode: 0o600 });
        rmSync(path);
        symlinkSync(`${path}.real`, path);
      },
    ],
    [
      "a folder",
      (path: string) => {
        rmSync(path);
        mkdirSync(path, { mode: 0o700 });
      },
    ],
  ])("that is %s stops the start, says so, and frees the store", async (_what, spoil) => {
    const dir = freshDir();
    await (await start(dir)).stop();
    const path = join(dir, "token");
    spoil(path);
    await expect(start(dir)).rejects.toMatchObject({ code: "token_file_unsafe", message: expect.stringContaining(dir), hint: expect.any(String) });
    chmodSync(dir, 0o700);
    rmSync(path, { recursive: true });
    expect(await statusOf(await start(dir), dir)).toBe(200);
  });
});

describe("serve.json", () => {
  test("names a live serve of ours, and is gone after a stop", async () => {
    const dir = freshDir();
    const path = join(dir, "serve.json");
    const serve = await start(dir);
    expect(liveServe(path)).toMatchObject({ url: serve.url, pid: process.pid });
    await serve.stop();
    expect(existsSync(path)).toBe(false);
    expect(liveServe(path)).toBeUndefined();
  });

  test("of another serve is left alone", async () => {
    const dir = freshDir();
    const path = join(dir, "serve.json");
    const serve = await start(dir);
    const other = JSON.stringify({ url: "http://127.0.0.1:1", pid: 1, started_at: new Date().toISOString() });
    writeFileSync(path, other);
    await serve.stop();
    expect(readFileSync(path, "utf8")).toBe(other);
  });

  test("of a killed serve is not believed, and the next serve replaces it", async () => {
    const dir = freshDir();
    const child = spawn(process.execPath, ["--input-type=module", "-e", CHILD, JSON.stringify({ ...serveIn(dir), clock: undefined, log: undefined })], {
      stdio: "inherit",
    });
    const path = join(dir, "serve.json");
    const file = await until("serve.json", () => liveServe(path));
    expect(file.pid).toBe(child.pid);
    await expect(start(dir)).rejects.toMatchObject({ code: "lock_held", message: expect.stringContaining(String(child.pid)) });
    child.kill("SIGKILL");
    await until("its death", () => child.signalCode !== null);
    expect(liveServe(path)).toBeUndefined();
    expect(readServeFile(path)?.pid).toBe(child.pid);
    const serve = await start(dir);
    expect(liveServe(path)?.url).toBe(serve.url);
  });
});

const CHILD = `
import { startServe } from ${JSON.stringify(new URL("../../src/serve/serve.ts", import.meta.url).href)};
import { systemClock } from ${JSON.stringify(new URL("../../src/core/time.ts", import.meta.url).href)};
import { silentLog } from ${JSON.stringify(new URL("../../src/core/node/log.ts", import.meta.url).href)};
await startServe({ ...JSON.parse(process.argv[1]), clock: systemClock, log: silentLog });
`;

describe("stop", () => {
  test("ends streams, links and the socket; requests in flight are answered first", async () => {
    const rig = await startRig();
    const executor = await connectExecutor(rig, "x");
    const stream = await rig.open("/api/v1/events");
    let streamEnded = false;
    stream.resume().on("end", () => (streamEnded = true));
    const closed = new Promise<number>((resolve) => executor.socket.once("close", resolve));
    const inFlight = Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        rig.post("/api/v1/sessions/s/dispatch", { mission_id: `m-${i}`, objective: "x" }, { headers: { prefer: "respond-async" } }),
      ),
    );
    await until("the first of them", async () => (await rig.ask("/api/v1/missions/m-0")).status === 200);
    await rig.serve.stop();
    await rig.serve.done;
    // A connection that serve had not taken yet is simply refused.
    const statuses = (await inFlight).map((reply) => (reply.status === "fulfilled" ? reply.value.status : 0));
    expect(statuses).toContain(202);
    expect(statuses.filter((status) => ![0, 202, 503].includes(status))).toEqual([]);
    expect(await closed).toBe(1001);
    await until("the end of the stream", () => streamEnded);
    await expect(rig.ask("/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await rig.serve.stop();
    await rig.end();
  });

  test("does not wait for an executor that has stopped reading", async () => {
    const rig = await startRig();
    const executor = await connectExecutor(rig, "x");
    const socket: WebSocket = executor.socket;
    socket.pause();
    await rig.end();
    socket.terminate();
    expect(rig.serve.url).toContain("127.0.0.1");
  }, 20_000);
});
