// What must not fail a mission: nobody, somebody else, a refused token behind serve's URL; another serve; lost events; a
// bridge that stops or is killed. Real sockets, files and processes.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BridgeWorld, hurriedClock } from "./support/bridge-world.ts";
import { FakeServe, problem, type Scripted } from "./support/fake-serve.ts";

let serve: FakeServe;
let world: BridgeWorld;
const children: ChildProcess[] = [];
beforeEach(async () => {
  serve = await new FakeServe().start();
  world = new BridgeWorld({ url: serve.url, token: serve.token });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await world.close();
  await serve.stop();
});

const until = { timeout: 15_000, interval: 10 };
const isDispatch = (request: { readonly path: string }): boolean => request.path.endsWith("/dispatch");

const FAULTS: readonly (readonly [string, Scripted, RegExp])[] = [
  ["a 401", problem("unauthorized"), /refused the token/],
  ["a 403", problem("forbidden"), /refused the token/],
  ["somebody else's 401", { status: 401, json: { error: "who are you" } }, /another program/],
  ["an HTML 502", { status: 502, text: "<html>Bad Gateway</html>" }, /another program/],
  ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, /another program/],
  ["an HTML page with 200", { status: 200, text: "<html>It works!</html>" }, /another program/],
  ["another program's JSON 400", { status: 400, json: { error: "bad" } }, /another program/],
];

test.each(FAULTS)("%s on every route fails nothing: all stay pending, say why, and go when it heals", async (_, answer, reason) => {
  serve.script = () => answer;
  const clock = hurriedClock(30_000);
  world.start({}, clock);
  world.add("m-1", "m-2", "m-3");
  await expect.poll(() => world.mission("m-2"), until).toMatchObject({ state: "pending", reason: expect.stringMatching(reason) });
  await expect.poll(() => clock.long.length, until).toBeGreaterThan(2);
  expect(serve.dispatches()).toHaveLength(0);
  serve.script = () => undefined;
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 3 });
  await expect.poll(() => world.queue.bridge().fault, until).toBeNull();
});

test.each([...FAULTS, ["a 415", problem("unsupported_media_type"), /unsupported_media_type/] as const])(
  "%s on dispatch alone fails nothing: one mission is tried per probe, the others wait with the reason",
  async (_, answer, reason) => {
    serve.script = (request) => (isDispatch(request) ? answer : undefined);
    const clock = hurriedClock(30_000);
    world.add("m-1", "m-2", "m-3");
    world.start({}, clock);
    for (const id of ["m-1", "m-2", "m-3"]) {
      await expect.poll(() => world.mission(id), until).toMatchObject({ state: "pending", reason: expect.stringMatching(reason) });
    }
    await expect.poll(() => clock.long.length, until).toBeGreaterThan(2);
    expect(serve.dispatches().length).toBeLessThanOrEqual(clock.long.length + 1);
    serve.script = () => undefined;
    await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 3 });
    await expect.poll(() => world.queue.bridge().fault, until).toBeNull();
  },
);

test("a fault is probed at once when the configuration changes", async () => {
  const right = { url: serve.url, token: serve.token };
  world.target.point({ ...right, token: "wrong" });
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1").reason, until).toBe("serve refused the token");
  world.target.point({ fault: "no serve is running" });
  await expect.poll(() => world.mission("m-1").reason, until).toBe("no serve is running");
  world.target.point(right);
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
});

test("nobody there, then somebody: missions wait with the reason and go when serve comes", async () => {
  await serve.stop();
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "pending", reason: expect.stringMatching(/does not answer.*ECONNREFUSED/) });
  await serve.start();
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
});

test("an overloaded serve is left alone for as long as it asks, and nothing fails", async () => {
  let refusals = 0;
  serve.script = (request) => (isDispatch(request) && refusals++ < 4 ? problem("store_unavailable", "disk full", { "Retry-After": "0" }) : undefined);
  world.add("m-1", "m-2", "m-3");
  world.start();
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 3 });
});

test("a mission that another request is still storing, or that conflicts, is tried again", async () => {
  let n = 0;
  serve.script = (request) => (isDispatch(request) && n++ < 3 ? problem(n % 2 ? "idempotency_conflict" : "state_conflict") : undefined);
  world.add("m-1");
  world.start();
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
});

test("without an executor a mission waits for ever, or fails after the attempts that --no-async allows", async () => {
  serve.script = (request) => (isDispatch(request) ? problem("no_executor_available", "none", { "Retry-After": "0" }) : undefined);
  const bridge = world.start({ maxAttempts: 3 });
  world.add("m-1");
  await expect.poll(() => world.mission("m-1").dispatch_attempts, until).toBeGreaterThan(4);
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "pending", reason: expect.stringContaining("no_executor_available") });
  await bridge.stop();
  world.start({ maxAttempts: 3, respondAsync: false });
  world.add("m-2");
  await expect.poll(() => world.mission("m-2"), until).toMatchObject({ state: "failed", dispatch_attempts: 3 });
  expect(serve.dispatches().at(-1)?.headers).not.toHaveProperty("prefer");
});

test("an abort after the intent is delivered to serve, which then refuses the mission for ever", async () => {
  serve.script = (request) => (isDispatch(request) ? "hang" : undefined);
  const bridge = world.start();
  world.add("m-1");
  await expect.poll(() => serve.dispatches().length, until).toBe(1);
  expect(world.queue.requestAbort("m-1").outcome).toBe("requested");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "aborted", reason: "aborted before it arrived at serve", abort_requested: true });
  expect(serve.missions.get("m-1")).toMatchObject({ state: "aborted" });
  serve.script = () => undefined;
  await serve.stop();
  await bridge.stop();
  expect(world.state("m-1")).toBe("aborted");
});

test("a tombstone is mirrored as aborted", async () => {
  serve.script = (request) => (isDispatch(request) ? problem("tombstone") : undefined);
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "aborted", reason: "aborted before it arrived at serve" });
});

test("an abort of an accepted mission that is asked for while serve is away reaches it later", async () => {
  world.start();
  world.add("m-1");
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
  serve.move("m-1", "running", "mission.started", "running on e-1");
  await expect.poll(() => world.state("m-1"), until).toBe("running");
  await serve.stop();
  expect(world.queue.requestAbort("m-1").outcome).toBe("requested");
  await serve.start();
  await expect.poll(() => serve.missions.get("m-1")?.abort_requested, until).toBe(true);
  serve.move("m-1", "aborted", "mission.aborted", "aborted on request");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "aborted", reason: "aborted on request" });
});

test("what happened while the bridge was down is mirrored from where it had stopped", async () => {
  const bridge = world.start();
  world.add("m-1", "m-2");
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 2 });
  await bridge.stop();
  expect(world.mission("m-1").reason).toBe("no executor connected");
  serve.move("m-1", "running", "mission.started");
  serve.move("m-1", "done", "mission.completed", "checks passed");
  world.start();
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "done", reason: "checks passed" });
  expect(serve.requests.filter((request) => request.path.startsWith("/api/v1/missions/"))).toHaveLength(0);
});

test("events that serve no longer has are made up for by reading, also when its seq went back", async () => {
  const bridge = world.start();
  world.add("m-1", "m-2", "m-3");
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 3 });
  serve.move("m-3", "running", "mission.started");
  await expect.poll(() => world.state("m-3"), until).toBe("running");
  await bridge.stop();
  serve.moveSilently("m-1", "done", "checks passed");
  serve.missions.delete("m-2");
  Object.assign(serve.missions.get("m-3") ?? {}, { state: "suspended", reason: "restored from a backup", seq: 1 });
  serve.keptFrom = serve.head;
  world.start();
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "done", reason: "checks passed" });
  await expect.poll(() => world.mission("m-2"), until).toMatchObject({ state: "suspended", reason: "unknown_to_serve" });
  await expect.poll(() => world.mission("m-3"), until).toMatchObject({ state: "suspended", reason: "restored from a backup" });
});

test("another serve behind the URL gets no intent that is bound to the first; both are followed when they are there", async () => {
  serve.script = (request) => (isDispatch(request) && request.body.includes("bound") ? "cut" : undefined);
  world.start();
  world.add("accepted", "given-up", "bound");
  await expect.poll(() => ["accepted", "given-up", "bound"].map((id) => world.state(id)), until).toEqual(["queued", "queued", "sent"]);
  const other = await new FakeServe("serve-2").start();
  world.target.point({ url: other.url, token: other.token });
  await expect.poll(() => world.queue.bridge(), until).toMatchObject({ serve_id: "serve-2", fault: null });
  world.add("fresh");
  await expect.poll(() => world.mission("fresh"), until).toMatchObject({ state: "queued", serve_id: "serve-2" });
  await expect.poll(() => world.mission("bound"), until).toMatchObject({ state: "sent", serve_id: "serve-1", reason: expect.stringContaining("serve-2") });
  await expect.poll(() => world.mission("accepted"), until).toMatchObject({ state: "suspended", reason: "unknown_to_serve" });
  expect(other.dispatches().map((request) => JSON.parse(request.body).mission_id)).toEqual(["fresh"]);
  await expect.poll(() => world.state("given-up"), until).toBe("suspended");
  expect(world.queue.requestAbort("given-up")).toMatchObject({ outcome: "aborted", mission: { reason: "aborted while serve did not know it" } });
  serve.script = () => undefined;
  world.target.point({ url: serve.url, token: serve.token });
  await expect.poll(() => [world.state("accepted"), world.state("bound")], until).toEqual(["queued", "queued"]);
  await expect.poll(() => serve.missions.get("given-up")?.state, until).toBe("aborted");
  await other.stop();
});

test("what the present serve has is not moved away from it, and an abort of what was moved is told to the serve that comes", async () => {
  serve.script = (request) => (isDispatch(request) && request.body.includes("bound") ? "cut" : undefined);
  const bridge = world.start();
  world.add("taken", "bound");
  await expect.poll(() => ["taken", "bound"].map((id) => world.state(id)), until).toEqual(["queued", "sent"]);
  expect(world.queue.move(["taken", "bound"], { force: true })).toMatchObject([{ outcome: "accepted" }, { outcome: expect.stringMatching(/there|in_flight/) }]);
  expect(world.mission("taken")).toMatchObject({ state: "queued", serve_id: "serve-1" });
  await bridge.stop();
  expect(world.queue.move(["taken", "bound"], { force: true, present: "serve-2" })).toMatchObject([{ outcome: "moved" }, { outcome: "moved" }]);
  for (const id of ["taken", "bound"]) expect(world.queue.requestAbort(id)).toMatchObject({ outcome: "requested", mission: { state: "pending" } });
  // The first came back after all.
  serve.script = () => undefined;
  world.start();
  await expect.poll(() => ["taken", "bound"].map((id) => world.state(id)), until).toEqual(["aborted", "aborted"]);
  expect(serve.missions.get("taken")?.state).toBe("aborted");
  expect(serve.dispatches().filter(({ body }) => body.includes("taken"))).toHaveLength(1);
});

test("a mission that its own serve has forgotten can be sent there once more", async () => {
  const bridge = world.start();
  world.add("m-1", "m-2");
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 2 });
  await bridge.stop();
  serve.missions.delete("m-1");
  serve.move("m-2", "running", "mission.started");
  serve.keptFrom = serve.head;
  world.start();
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "suspended", reason: "unknown_to_serve" });
  expect(world.queue.move(["m-1"], { force: true })).toMatchObject([{ outcome: "moved" }]);
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
});

test("a second bridge on a queue is refused, and the holder named; once it stops there is room", async () => {
  const first = world.start();
  expect(() => world.start()).toThrow(expect.objectContaining({ code: "lock_held", message: expect.stringContaining(String(process.pid)) }));
  expect(world.queue.bridge()).toMatchObject({ running: true, pid: process.pid });
  await first.stop();
  await first.done;
  expect(world.queue.bridge()).toMatchObject({ running: false });
  await world.start().stop();
});

test("stopping lets a POST in flight finish, and leaves one that is not answered due under the same key", async () => {
  let answer = (): void => undefined;
  const held = new Promise<undefined>((resolve) => {
    answer = () => resolve(undefined);
  });
  serve.script = (request) => (isDispatch(request) ? (request.body.includes("slow") ? held : undefined) : undefined);
  const bridge = world.start();
  world.add("slow");
  await expect.poll(() => serve.dispatches().length, until).toBe(1);
  const stopped = bridge.stop();
  answer();
  await stopped;
  expect(world.state("slow")).toBe("queued");

  serve.script = (request) => (isDispatch(request) ? "hang" : undefined);
  const second = world.start({}, hurriedClock(5_000));
  world.add("stuck");
  await expect.poll(() => serve.dispatches().length, until).toBe(2);
  world.add("never-taken");
  await second.stop();
  expect([world.state("stuck"), world.state("never-taken")]).toEqual(["sent", "pending"]);
  serve.script = () => undefined;
  world.start();
  await expect.poll(() => [world.state("stuck"), world.state("never-taken")], until).toEqual(["queued", "queued"]);
});

const program = (name: string): string => fileURLToPath(new URL(`./support/${name}`, import.meta.url));

test("killed between intent and settlement, the mission is sent again under its key and is there once", async () => {
  serve.script = (request) => (isDispatch(request) ? (request.body.includes("arrived") ? "accept-then-hang" : "hang") : undefined);
  // Else an event would tell the bridge what the answer did not.
  serve.muted = true;
  world.add("arrived", "not-arrived");
  const child = fork(program("bridge-process.ts"), [world.path, serve.url, serve.token], { stdio: "ignore" });
  children.push(child);
  // One mission probes the line, so only the first is out; serve has it, the bridge does not know.
  await expect.poll(() => serve.dispatches().length, until).toBe(1);
  await expect.poll(() => world.state("arrived"), until).toBe("sent");
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => world.queue.bridge().running, until).toBe(false);
  expect(world.mission("arrived")).toMatchObject({ state: "sent", serve_id: "serve-1", reason: expect.stringContaining("no bridge is running") });
  serve.muted = false;
  serve.script = () => undefined;
  world.start();
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 2 });
  expect([...serve.missions.keys()].toSorted()).toEqual(["arrived", "not-arrived"]);
  expect(serve.dispatches().filter((request) => request.headers["idempotency-key"] === '"arrived"')).toHaveLength(2);
});

test("processes that queue at the same time lose and double nothing, and share one session", async () => {
  const each = 60;
  const writers = ["a", "b", "c"].map((name) => fork(program("enqueue-process.ts"), [world.path, name, String(each)], { stdio: "ignore" }));
  children.push(...writers);
  const codes = await Promise.all(writers.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual([0, 0, 0]);
  // Each writer's own missions, and one for each request id that all of them used.
  expect(world.queue.counts({})).toEqual({ pending: 4 * each });
  expect(world.queue.sessions()).toHaveLength(1);
});

test("a queue that may only be read is an error that names the file, and it stays as it was", async () => {
  world.add("m-1");
  world.queue.close();
  chmodSync(world.path, 0o444);
  chmodSync(world.folder, 0o555);
  const child = fork(program("enqueue-process.ts"), [world.path, "a", "1", "unprivileged"], { stdio: ["ignore", "pipe", "ignore", "ipc"] });
  children.push(child);
  const said: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => said.push(chunk));
  await once(child, "close");
  expect(Buffer.concat(said).toString()).toMatch(/^store_unavailable: .*queue\.db.*readonly/);
  chmodSync(world.folder, 0o755);
  chmodSync(world.path, 0o644);
  world.reopen();
  expect(world.queue.counts({})).toEqual({ pending: 1 });
});
