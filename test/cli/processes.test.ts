import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { MAIN, aiwg, jsonOf, makePlace, makeRepo, spawnAiwg } from "./rig.ts";

// One `up` for all tests of this file: they use missions of their own.
let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
const BOUND_MS = 20_000;
const serveFile = (home: string): string => join(home, "state", "serve.json");
const urlOf = (home: string): string => (JSON.parse(readFileSync(serveFile(home), "utf8")) as { url: string }).url;
const tokenOf = (home: string): string => readFileSync(join(home, "state", "token"), "utf8").trim();

beforeAll(async () => {
  place = makePlace();
  makeRepo(place.work);
  up = startAiwg(place.home, ["up", "--port", "0", "--slots", "4", "--agent", "fake", "--lease-ttl", "5s"], place.work);
  await eventually(
    () => up.output().includes("is up"),
    BOUND_MS,
    () => up.output(),
  );
});
afterAll(async () => {
  await up.stop();
  place.remove();
});

const run = (objective: string, ...args: string[]) => spawnAiwg(place, ["run", objective, "--agent", "fake", ...args]);

test("up prints the URL on stdout, where data lies and which agents there are", async () => {
  expect(up.output()).toContain(urlOf(place.home));
  expect(up.output()).toContain(join(place.home, "state"));
  expect(up.output()).toMatch(/agents +fake/);
  expect(statSync(serveFile(place.home)).mode & 0o077).toBe(0);
});

test("a second up, serve or bridge says who holds the place, exit 4", async () => {
  for (const args of [
    ["up", "--slots", "5"],
    ["serve", "--port", "0"],
    ["mc", "bridge"],
  ]) {
    const ran = await spawnAiwg(place, args);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(`process ${up.child.pid}`);
  }
});

test("run follows a mission to its end: 0 when done and verified", async () => {
  const ran = await run("edit made.txt yes", "--check", "test -s made.txt");
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^m-\S+\n$/);
  expect(ran.stderr).toMatch(/running[^]*✓ done .*verified/);
});

test("run ends with 10 when it failed, 12 at a limit, 11 when a person is needed, 13 when aborted", async () => {
  const [failed, limit, asked] = await Promise.all([
    run("crash 3", "--json"),
    run("edit x.txt y", "--check", "false", "--max-iterations", "1", "--json"),
    run("ask Which colour?", "--json", "--no-input"),
  ]);
  expect(jsonOf(limit)).toMatchObject({ schema: "aiwg.run/1", data: { state: "failed", reason: "limit_iterations", verified: false } });
  expect([failed.code, limit.code, asked.code]).toEqual([10, 12, 11]);
  const { mission_id: id } = jsonOf(asked).data as { mission_id: string };
  const watching = spawnAiwg(place, ["mc", "watch", id]);
  expect((await aiwg(place, ["mc", "abort", id])).code).toBe(0);
  expect((await watching).code).toBe(13);
});

test("dispatch --wait gives the outcome too; the log and the events can be read", async () => {
  const ran = await spawnAiwg(place, ["mc", "dispatch", "say hello out there", "--agent", "fake", "--wait", "--json"]);
  expect(ran.code).toBe(0);
  const { mission_id: id } = jsonOf(ran).data as { mission_id: string };
  expect((await aiwg(place, ["mc", "log", id])).stdout).toContain("hello out there");
  const events = (await aiwg(place, ["mc", "watch", id, "--jsonl"])).stdout.trim().split("\n");
  expect(events.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(
    expect.arrayContaining(["mission.queued", "mission.started", "mission.completed"]),
  );
  expect((await aiwg(place, ["mc", "watch", "--json"])).code).toBe(2);
});

test("a mission that no executor can take waits, and status says why, from serve", async () => {
  const { stdout } = await aiwg(place, ["mc", "dispatch", "x", "--agent", "nobody", "--no-repo"]);
  const status = await eventually(
    async () => {
      const data = jsonOf(await aiwg(place, ["mc", "status", stdout.trim(), "--json"])).data as { missions: { state: string; reason: string }[] };
      return data.missions[0]?.state === "queued" && data;
    },
    BOUND_MS,
    () => up.output(),
  );
  expect(status.missions[0]?.reason).toContain("no connected executor offers agent nobody");
  expect(jsonOf(await aiwg(place, ["mc", "abort", stdout.trim(), "--json"])).data).toMatchObject({ missions: [{ state: "aborted", by: "serve" }] });
});

// A `run` whose mission hangs until somebody ends it; resolves once it runs.
async function hanging(): Promise<{ child: ChildProcess; id: string; errors: () => string; exited: Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN, "run", "hang", "--agent", "fake", "--no-repo"], {
    cwd: place.work,
    env: { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  await eventually(
    () => errors.includes("turn 1 · agent"),
    BOUND_MS,
    () => `${out}${errors}\n${up.output()}`,
  );
  return { child, id: out.trim(), errors: () => errors, exited };
}

test("the first Ctrl-C leaves with 130 and says how to come back; the mission goes on", async () => {
  const { child, id, errors, exited } = await hanging();
  child.kill("SIGINT");
  expect(await exited).toBe(130);
  expect(errors()).toContain(`aiwg mc watch ${id}`);
  const client = createClient({ url: urlOf(place.home), token: tokenOf(place.home) });
  expect((await client.mission(id)).state).toBe("running");
  await client.abort(id);
});

test("a second Ctrl-C asks for the mission's end", async () => {
  const { child, id, errors, exited } = await hanging();
  child.kill("SIGINT");
  await eventually(() => errors().includes("Ctrl-C again"), BOUND_MS, errors);
  child.kill("SIGINT");
  expect(await exited).toBe(130);
  const client = createClient({ url: urlOf(place.home), token: tokenOf(place.home) });
  await eventually(async () => (await client.mission(id)).state === "aborted", BOUND_MS, errors);
});

test("SIGTERM leaves at once with 143", async () => {
  const { child, id, exited } = await hanging();
  child.kill("SIGTERM");
  expect(await exited).toBe(143);
  expect((await aiwg(place, ["mc", "abort", id])).code).toBe(0);
});

test("bridge and executor keep narrow tokens only: the admin token is in one private file", async () => {
  const kept = join(place.home, "state", "bridge-token.json");
  expect(statSync(kept).mode & 0o077).toBe(0);
  const { token, origin } = JSON.parse(readFileSync(kept, "utf8")) as { token: string; origin: string };
  expect(origin).toBe(urlOf(place.home));
  expect(token).not.toBe(tokenOf(place.home));
  const status = async (path: string): Promise<number> =>
    (await fetch(`${urlOf(place.home)}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await status("/api/v1/version"), await status("/api/v1/tokens")]).toEqual([200, 403]);
});

test("token show and token create; a created token has its role and no more", async () => {
  expect((await aiwg(place, ["token", "show"])).stdout.trim()).toBe(tokenOf(place.home));
  const created = jsonOf(await aiwg(place, ["token", "create", "--role", "read", "--ttl", "1h", "--json"])).data as { token: string };
  expect(created).toMatchObject({ role: "read", expires_at: expect.any(String) });
  const env = { AIWG_SERVE_URL: urlOf(place.home), AIWG_TOKEN: created.token };
  expect((await aiwg(place, ["token", "create", "--role", "read"], env)).code).toBe(5);
});

test("a named serve never gets the local token", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const without = await aiwg(place, ["token", "create", "--role", "read", "--json"], { AIWG_SERVE_URL: url });
  expect(jsonOf(without).error).toMatchObject({ code: "unreachable", message: expect.stringContaining("AIWG_TOKEN is not set") });
  const other = await aiwg(place, ["token", "create", "--role", "read", "--json"], { AIWG_SERVE_URL: url, AIWG_TOKEN: "mine" });
  expect(jsonOf(other).error).toMatchObject({ code: "unreachable", message: expect.stringContaining("another program") });
  expect([without.code, other.code, seen]).toEqual([6, 6, ["Bearer mine"]]);
  server.close();
});

test("bridge and executor wait for a serve that is away, follow it to another port, and stop with 0; stop --all finds them", async () => {
  const own = makePlace();
  const start = (...args: string[]): AiwgProcess => startAiwg(own.home, args, own.work);
  const bridge = start("mc", "bridge");
  const executor = start("executor", "--agent", "fake");
  const say = (): string => `${bridge.output()}\n${executor.output()}`;
  const dispatch = async (): Promise<string> => (await aiwg(own, ["mc", "dispatch", "say hi", "--agent", "fake", "--no-repo"])).stdout.trim();
  const isDone = async (id: string): Promise<boolean> => (await aiwg(own, ["mc", "status", id])).stdout.includes("✓ done");
  try {
    await eventually(() => /no serve runs here/.test(bridge.output()) && /waiting for serve/.test(executor.output()), BOUND_MS, say);
    const first = await dispatch();
    for (const id of [first, ""]) {
      const serve = start("serve", "--port", "0");
      const mission = id || (await dispatch());
      await eventually(() => isDone(mission), BOUND_MS, say);
      serve.child.kill("SIGINT");
      await once(serve.child, "exit");
      expect(serve.child.exitCode).toBe(0);
    }
    const stopped = jsonOf(await spawnAiwg(own, ["stop", "--all", "--json"])).data as { stopped: { pid: number }[] };
    expect(stopped.stopped.map(({ pid }) => pid).toSorted()).toEqual([bridge.child.pid, executor.child.pid].toSorted());
    await eventually(() => bridge.child.exitCode !== null && executor.child.exitCode !== null, BOUND_MS, say);
    expect([bridge.child.exitCode, executor.child.exitCode]).toEqual([0, 0]);
    expect(await spawnAiwg(own, ["stop", "--all"])).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing to stop") });
  } finally {
    await Promise.all([bridge.kill(), executor.kill()]);
    own.remove();
  }
}, 60_000);
