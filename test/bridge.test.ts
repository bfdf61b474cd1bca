// The bridge between a real queue file and a serve over real sockets: delivery, judgement of answers, following events.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BridgeWorld, project } from "./support/bridge-world.ts";
import { FakeServe, problem } from "./support/fake-serve.ts";

let serve: FakeServe;
let world: BridgeWorld;
beforeEach(async () => {
  serve = await new FakeServe().start();
  world = new BridgeWorld({ url: serve.url, token: serve.token });
});
afterEach(async () => {
  await world.close();
  await serve.stop();
});

const until = { timeout: 10_000, interval: 10 };

test("what was queued before the bridge started is sent, by priority, then age, one session each", async () => {
  const body = (id: string, priority: "low" | "normal" | "high" | "critical") => ({ body: { mission_id: id, objective: id, priority } });
  world.queue.enqueue({ project, missions: [body("a", "low"), body("b", "normal"), body("c", "critical"), body("d", "normal"), body("e", "high")] });
  world.start({ concurrency: 1 });
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 5 });
  expect(serve.dispatches().map((request) => JSON.parse(request.body).mission_id)).toEqual(["c", "e", "b", "d", "a"]);
  const [first] = serve.dispatches();
  expect(first?.headers).toMatchObject({ "idempotency-key": '"c"', prefer: "respond-async", authorization: `Bearer ${serve.token}` });
  expect(JSON.parse(first?.body ?? "")).toMatchObject({ project });
});

test("a mission queued while the bridge runs is sent without waiting for the poll", async () => {
  world.start({ pollIntervalMs: 600_000 });
  await expect.poll(() => world.queue.bridge().fault, until).toBeNull();
  for (const id of ["one", "two", "three"]) {
    world.add(id);
    await expect.poll(() => world.state(id), until).toBe("queued");
  }
});

test("nor does one that another process queued, whose write is noticed before it is committed", async () => {
  world.start({ pollIntervalMs: 600_000 });
  await expect.poll(() => world.queue.bridge().fault, until).toBeNull();
  for (const name of Array.from({ length: 10 }, (_, n) => `writer-${n}`)) {
    const writer = fork(join(import.meta.dirname, "support", "enqueue-process.ts"), [world.path, name, "1"], { stdio: "ignore" });
    expect(await once(writer, "exit")).toEqual([0, null]);
    await expect.poll(() => world.state(`${name}-0`), until).toBe("queued");
  }
});

test("serve's states are mirrored, with reason, owner and result, until the end", async () => {
  world.start();
  world.add("m-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "queued", reason: "no executor connected", serve_id: "serve-1" });
  serve.move("m-1", "running", "mission.started", "running on e-1");
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "running", attempt: 1 });
  const result = { verified: true, checks: [], exit_code: 0, summary: "ok", tokens_total: 1, cost_usd: null, branch: "aiwg/m-1", commit: "abc" };
  serve.move("m-1", "done", "mission.completed", "checks passed", { result });
  await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "done", reason: "checks passed", result });
});

test.each(["invalid_request", "too_large", "idempotency_key_reused", "executor_not_found"] as const)(
  "%s fails the mission at once, with the reason",
  async (code) => {
    serve.script = (request) => (request.path.endsWith("/dispatch") ? problem(code, "because") : undefined);
    world.start();
    world.add("m-1");
    await expect.poll(() => world.mission("m-1"), until).toMatchObject({ state: "failed", reason: `serve answered ${code}: because` });
    expect(serve.dispatches()).toHaveLength(1);
  },
);

test("a cut connection is no failure: the same key is sent again and the mission is there once", async () => {
  let cuts = 0;
  serve.script = (request) => (request.path.endsWith("/dispatch") && cuts++ < 3 ? "accept-then-cut" : undefined);
  world.start();
  world.add("m-1");
  await expect.poll(() => world.state("m-1"), until).toBe("queued");
  expect(serve.missions.size).toBe(1);
  expect(new Set(serve.dispatches().map((request) => request.headers["idempotency-key"]))).toEqual(new Set(['"m-1"']));
});

test("a refusal after an attempt of unknown outcome is settled by what serve knows", async () => {
  const tries = new Map<string, number>();
  serve.script = (request) => {
    if (!request.path.endsWith("/dispatch")) return undefined;
    const { mission_id: id } = JSON.parse(request.body) as { mission_id: string };
    const n = (tries.get(id) ?? 0) + 1;
    tries.set(id, n);
    if (n > 1) return problem("invalid_request", "no");
    return id === "arrived" ? "accept-then-cut" : "cut";
  };
  // Serve says nothing of it on the stream: the events are lost with the cut.
  serve.muted = true;
  world.add("arrived", "lost");
  world.start();
  await expect.poll(() => world.mission("arrived"), until).toMatchObject({ state: "queued", reason: "no executor connected" });
  await expect.poll(() => world.mission("lost"), until).toMatchObject({ state: "failed", reason: "serve answered invalid_request: no" });
});

test("a session that serve pauses holds what waits here, and lets it go again when serve resumes it", async () => {
  world.start();
  world.add("first");
  await expect.poll(() => world.state("first"), until).toBe("queued");
  const session = world.mission("first").session_id;
  serve.moveSession(session, "paused");
  await expect.poll(() => world.queue.sessions()[0]?.state, until).toBe("paused");
  world.queue.enqueue({ project, session, missions: [{ body: { mission_id: "second", objective: "x" } }] });
  expect(world.mission("second")).toMatchObject({ state: "pending", held: true, reason: "its session is paused" });
  serve.moveSession(session, "active");
  await expect.poll(() => world.state("second"), until).toBe("queued");
});

test("what is released, moved or let go with its session is sent at once, without waiting for the poll", async () => {
  world.add("a", "b");
  const session = world.queue.sessions()[0]?.session_id ?? "";
  world.queue.hold("a");
  world.queue.setSessionState(session, "paused");
  world.start({ pollIntervalMs: 600_000 });
  await expect.poll(() => world.queue.bridge().fault, until).toBeNull();
  world.queue.setSessionState(session, "active");
  await expect.poll(() => world.state("b"), until).toBe("queued");
  expect(world.state("a")).toBe("pending");
  world.queue.release("a");
  await expect.poll(() => world.state("a"), until).toBe("queued");
});

test("a thousand missions arrive once each, over no more connections than are allowed", async () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `m-${n}`);
  world.add(...ids);
  world.start({ concurrency: 8 });
  await expect.poll(() => world.queue.counts({}), until).toEqual({ queued: 1_000 });
  expect(serve.dispatches()).toHaveLength(1_000);
  expect(serve.mostAtOnce).toBeLessThanOrEqual(8);
});

test("stopping leaves what was taken but not yet sent pending, as if it had never been taken", async () => {
  let answer = (): void => undefined;
  const held = new Promise<undefined>((resolve) => {
    answer = () => resolve(undefined);
  });
  let n = 0;
  serve.script = (request) => (request.path.endsWith("/dispatch") && n++ > 0 ? held : undefined);
  world.add(...Array.from({ length: 10 }, (_, i) => `m-${i}`));
  const bridge = world.start({ concurrency: 2 });
  await expect.poll(() => serve.dispatches().length, until).toBe(3);
  const stopped = bridge.stop();
  answer();
  await stopped;
  expect(world.queue.counts({})).toEqual({ queued: 3, pending: 7 });
});
