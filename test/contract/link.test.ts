import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../src/core/node/log.ts";
import { systemClock } from "../../src/core/time.ts";
import { startServe, type Serve } from "../../src/serve/serve.ts";
import { LinkClient, call, register } from "../support/link-client.ts";

let dir: string;
let serve: Serve;
let admin: string;
const opened: LinkClient[] = [];

const start = async (ttl: { leaseTtlMs?: number; holdTtlMs?: number } = {}): Promise<void> => {
  serve = await startServe({
    ...{ storePath: join(dir, "serve.db"), tokenPath: join(dir, "token"), serveFilePath: join(dir, "serve.json"), port: 0, bind: "127.0.0.1" },
    ...{ leaseTtlMs: 30_000, holdTtlMs: 900_000, version: "test", clock: systemClock, log: silentLog, ...ttl },
  });
  admin = readFileSync(join(dir, "token"), "utf8").trim();
};
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-link-"));
  await start();
});
afterEach(async () => {
  for (const link of opened.splice(0)) link.socket.terminate();
  await serve.stop();
  rmSync(dir, { recursive: true });
});

const join_ = async (id: string, token: string, owned: readonly unknown[] = [], epoch?: string): Promise<LinkClient> => {
  const link = await LinkClient.join(serve.url, id, token, owned, epoch);
  opened.push(link);
  return link;
};
const dispatch = (id: string, extra: Record<string, unknown> = {}) =>
  call(serve.url, admin, "POST", "/api/v1/sessions/s/dispatch", { mission_id: id, objective: "work", ...extra }, { Prefer: "respond-async" });
const mission = async (id: string) => (await call(serve.url, admin, "GET", `/api/v1/missions/${id}`)).body;
const eventually = async (id: string, state: string): Promise<Record<string, unknown>> => {
  for (let i = 0; i < 400; i++) {
    const body = await mission(id);
    if (body["state"] === state) return body;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`mission ${id} did not become ${state}: ${JSON.stringify(await mission(id))}`);
};

test("the link opens only for the executor's own token, at our name, from no foreign page", async () => {
  const own = await register(serve.url, admin, "x");
  const other = await register(serve.url, admin, "y");
  const attempt = (headers: Record<string, string>, id = "x") =>
    LinkClient.open(serve.url, id, headers).then(
      (link) => {
        opened.push(link);
        return "101";
      },
      (error: Error) => error.message,
    );
  expect(await attempt({})).toBe("401");
  expect(await attempt({ Authorization: "Bearer nonsense" })).toBe("401");
  expect(await attempt({ Authorization: `Bearer ${admin}` })).toBe("403");
  expect(await attempt({ Authorization: `Bearer ${other}` })).toBe("403");
  expect(await attempt({ Authorization: `Bearer ${own}`, Host: "evil.example" })).toBe("421");
  expect(await attempt({ Authorization: `Bearer ${own}`, Origin: "https://evil.example" })).toBe("403");
  expect(await attempt({ Authorization: `Bearer ${own}`, Origin: "null" })).toBe("403");
  expect(await attempt({ Authorization: `Bearer ${own}` }, "..%2fx")).toBe("400");
  expect(await attempt({ Authorization: `Bearer ${own}` })).toBe("101");
});

test("a mission goes from dispatch over the link to done, with its result", async () => {
  const link = await join_("x", await register(serve.url, admin, "x"));
  const answer = await dispatch("m", { checks: [{ run: "true" }], agents: ["claude"] });
  expect(answer).toMatchObject({ status: 202, body: { status: "assigned", executor_id: "x", attempt: 1, dispatch_path: "ws" } });
  const frame = await link.next("mission.dispatch");
  expect(frame).toMatchObject({
    executor_id: "x",
    mission_id: "m",
    attempt: 1,
    data: { mission_id: "m", objective: "work", session_id: "s", checks: [{ run: "true" }], lease_ttl_ms: 30_000 },
  });
  await link.say("mission.assigned", "m", 1);
  expect(await mission("m")).toMatchObject({ state: "assigned" });
  await link.say("mission.started", "m", 1, { agent_runtime: "claude" });
  await link.say("mission.progress", "m", 1, { phase: "testing", summary: "almost" });
  link.send({ event: "mission.log", mission_id: "m", attempt: 1, data: { offset: 0, text: "hello\n" } });
  const checks = [{ run: "true", exit_code: 0, passed: true }];
  await link.say("mission.completed", "m", 1, { verified: true, exit_code: 0, tokens_total: 12, cost_usd: 0.5, branch: "aiwg/m", commit: "abc", checks });
  expect(await mission("m")).toMatchObject({
    state: "done",
    reason: "checks passed",
    attempt: 2,
    executor_id: "x",
    agent: "claude",
    result: { verified: true, checks, tokens_total: 12, cost_usd: 0.5, branch: "aiwg/m", commit: "abc", exit_code: 0, summary: null },
  });
});

test("frames before the resync, unreadable frames and foreign ids are refused; with a src_seq they are consumed", async () => {
  const link = await LinkClient.open(serve.url, "x", { Authorization: `Bearer ${await register(serve.url, admin, "x")}` });
  opened.push(link);
  link.send({ event: "executor.heartbeat", data: { n: 1, owned: [] } });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame" });
  link.send({ event: "executor.resync", data: { epoch: "e", owned: [] } });
  await link.next("executor.resynced");
  link.socket.send("{not json");
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame" });
  link.socket.send(Buffer.from([1, 2, 3]));
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame" });
  link.send({ event: "mission.nonsense", mission_id: "m", attempt: 1, src_seq: 1 });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame", src_seq: 1 });
  expect((await link.next("executor.ack")).data).toEqual({ src_seq: 1 });
  link.send({ event: "mission.failed", executor_id: "x", mission_id: "m", attempt: 1, src_seq: 2, data: {} });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame", src_seq: 2 });
  link.send({ event: "mission.started", executor_id: "other", mission_id: "m", attempt: 1, src_seq: 3 });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "bad_frame", src_seq: 3 });
  link.send({ event: "mission.started", mission_id: "m", attempt: 1, src_seq: 4 });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "not_owner", src_seq: 4 });
  await link.until(() => link.frames.some((frame) => frame.event === "executor.ack" && frame.data["src_seq"] === 4));
});

test("a frame over 1 MiB closes the link", async () => {
  const link = await join_("x", await register(serve.url, admin, "x"));
  link.socket.send(`{"event":"${"x".repeat(1024 * 1024)}"}`);
  await link.until(() => link.closed !== undefined);
  expect(link.closed?.code).toBe(1009);
});

test("a stale fence and an impossible state are told and change nothing", async () => {
  const link = await join_("x", await register(serve.url, admin, "x"));
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  await link.say("mission.completed", "m", 1);
  expect((await link.next("executor.error")).data).toMatchObject({ code: "state_conflict" });
  await link.say("mission.started", "m", 9);
  expect(await link.next("executor.error")).toMatchObject({ mission_id: "m", attempt: 9, data: { code: "stale_fence" } });
  expect(await mission("m")).toMatchObject({ state: "assigned", attempt: 1 });
});

test("commands are repeated after every resync until a report confirms them", async () => {
  const token = await register(serve.url, admin, "x");
  let link = await join_("x", token, [], "epoch");
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  await link.say("mission.started", "m", 1);
  await link.say("mission.hitl_required", "m", 1, { hitl_id: "q", prompt: "Which?" });
  await link.close();

  expect((await call(serve.url, admin, "POST", "/api/v1/missions/m/hitl_response", { hitl_id: "q", response: "blue" })).status).toBe(200);
  const owned = [{ mission_id: "m", attempt: 1, state: "hitl_required" }];
  for (let i = 0; i < 2; i++) {
    link = await join_("x", token, owned, "epoch");
    expect((await link.next("mission.hitl_responded")).data).toMatchObject({ hitl_id: "q", response: "blue" });
    if (i === 0) await link.close();
  }
  link.report("mission.resumed", "m", 1, {}, 4);
  await link.until(() => link.frames.some((frame) => frame.event === "executor.ack"));

  expect((await call(serve.url, admin, "POST", "/api/v1/missions/m/abort", {})).body).toEqual({ mission_id: "m", state: "running", abort_requested: true });
  await link.next("mission.abort");
  await link.close();
  link = await join_("x", token, owned, "epoch");
  await link.next("mission.abort");
  expect(link.frames.filter((frame) => frame.event === "mission.hitl_responded")).toEqual([]);
  link.report("mission.aborted", "m", 1, {}, 5);
  expect(await eventually("m", "aborted")).toMatchObject({ reason: "aborted by operator" });
});

test("a completion stands however little or much it says; only its own members are required", async () => {
  const link = await join_("x", await register(serve.url, admin, "x", { slots: 3 }));
  const data = [
    { verified: true, checks: [{ run: "npm test", passed: true }] },
    { summary: "x".repeat(70_000), tokens_total: "many" },
    { exit_code: 1.5, checks: "none" },
  ];
  for (const [i, said] of data.entries()) {
    await dispatch(`m${i}`);
    await link.next("mission.dispatch", `m${i}`);
    await link.say("mission.assigned", `m${i}`, 1);
    await link.say("mission.started", `m${i}`, 1);
    await link.say("mission.completed", `m${i}`, 1, said);
    expect(await mission(`m${i}`)).toMatchObject({ state: "done" });
  }
  link.send({ src_seq: 10, mission_id: "m0", attempt: 1 });
  link.send({ event: 5, src_seq: 11 });
  await link.until(() => link.frames.some((frame) => frame.event === "executor.ack" && frame.data["src_seq"] === 11));
});

test("a link that was replaced is not heard any more", async () => {
  const token = await register(serve.url, admin, "x");
  const old = await join_("x", token, [], "epoch");
  await dispatch("m");
  await old.next("mission.dispatch");
  await old.say("mission.assigned", "m", 1);
  await old.say("mission.started", "m", 1);
  // The old socket never learns that it was closed, and goes on talking.
  Reflect.get(old.socket, "_socket").pause();
  const young = await join_("x", token, [{ mission_id: "m", attempt: 1 }], "epoch");
  old.send({ event: "executor.resync", data: { epoch: "epoch", owned: [] } });
  old.send({ event: "mission.failed", mission_id: "m", attempt: 1, src_seq: 3, data: { reason: "agent_failed" } });
  young.report("mission.progress", "m", 1, {}, 4);
  await young.until(() => young.frames.some((frame) => frame.event === "executor.ack"));
  expect(await mission("m")).toMatchObject({ state: "running", attempt: 1 });
});

test("a shutdown that was announced while serve was away counts once its executor is back", async () => {
  const token = await register(serve.url, admin, "x");
  const link = await join_("x", token, [], "epoch");
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  await link.say("mission.started", "m", 1);
  await link.close();
  const before = new Date(Date.now() - 5_000).toISOString();
  const back = await LinkClient.open(serve.url, "x", { Authorization: `Bearer ${token}` }, "epoch");
  opened.push(back);
  back.send({ event: "executor.resync", ts: new Date().toISOString(), data: { epoch: "epoch", owned: [{ mission_id: "m", attempt: 1 }] } });
  await back.next("executor.resynced");
  back.send({ event: "mission.suspended", ts: before, mission_id: "m", attempt: 1, src_seq: 3, data: { reason: "executor_shutdown" } });
  expect((await back.next("mission.dispatch", "m")).attempt).toBe(3);
});

test("the newest link of an executor wins, and the old one's end does not mark it offline", async () => {
  const token = await register(serve.url, admin, "x");
  const old = await join_("x", token);
  const young = await join_("x", token);
  await old.until(() => old.closed !== undefined);
  expect(old.closed?.code).toBe(4000);
  expect((await call(serve.url, admin, "GET", "/api/v1/executors/x")).body).toMatchObject({ connected: true });
  await dispatch("m");
  await young.next("mission.dispatch", "m");
  await young.close();
  for (let i = 0; i < 200 && (await call(serve.url, admin, "GET", "/api/v1/executors/x")).body["connected"] === true; i++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await call(serve.url, admin, "GET", "/api/v1/executors/x")).body).toMatchObject({ connected: false });
});

test("heartbeats renew what is owned and refuse what is not; without them the run is lost to its owner", async () => {
  await serve.stop();
  await start({ leaseTtlMs: 600, holdTtlMs: 600 });
  const token = await register(serve.url, admin, "x", { slots: 2 });
  const link = await join_("x", token);
  await dispatch("hold");
  await dispatch("retry", { on_lost: "retry" });
  for (const id of ["hold", "retry"]) {
    await link.next("mission.dispatch", id);
    await link.say("mission.assigned", id, 1);
    await link.say("mission.started", id, 1);
  }
  for (let n = 1; n <= 6; n++) {
    link.send({
      event: "executor.heartbeat",
      data: {
        n,
        owned: [
          { mission_id: "hold", attempt: 1 },
          { mission_id: "retry", attempt: 1 },
          { mission_id: "theirs", attempt: 3 },
        ],
      },
    });
    const { data } = await link.next("executor.renewed");
    expect(data).toMatchObject({
      n,
      leases: [
        { mission_id: "hold", attempt: 1, ttl_ms: 600 },
        { mission_id: "retry", attempt: 1, ttl_ms: 600 },
      ],
      refused: [{ mission_id: "theirs", attempt: 3 }],
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(await eventually("hold", "suspended")).toMatchObject({ attempt: 2 });
  const again = await link.next("mission.dispatch", "retry");
  expect(again.attempt).toBe(3);
  await link.say("mission.completed", "retry", 1, { verified: true });
  expect((await link.next("executor.error")).data).toMatchObject({ code: "stale_fence" });
});

test("after a restart of serve, what its owner still runs goes on under the same fence", async () => {
  const token = await register(serve.url, admin, "x");
  const link = await join_("x", token, [], "epoch");
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  await link.say("mission.started", "m", 1);
  await serve.stop();
  await link.until(() => link.closed !== undefined);
  expect(link.closed?.code).toBe(1001);
  await start();
  const back = await join_("x", token, [{ mission_id: "m", attempt: 1, state: "running" }], "epoch");
  back.report("mission.completed", "m", 1, { verified: null }, 3);
  expect(await eventually("m", "done")).toMatchObject({ attempt: 2 });
});

test("revoking an executor's registration closes its link and ends its runs", async () => {
  const link = await join_("x", await register(serve.url, admin, "x"));
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  expect((await call(serve.url, admin, "DELETE", "/api/v1/executors/x")).status).toBe(204);
  await link.until(() => link.closed !== undefined);
  await eventually("m", "suspended");
});

test("an executor of prior art that names only mission ids is understood", async () => {
  const token = await register(serve.url, admin, "x");
  const link = await join_("x", token);
  await dispatch("m");
  await link.next("mission.dispatch");
  await link.say("mission.assigned", "m", 1);
  await link.say("mission.started", "m", 1);
  await link.close();
  const old = await LinkClient.open(serve.url, "x", { Authorization: `Bearer ${token}` });
  opened.push(old);
  old.send({
    event: "executor.resync",
    executor_id: "x",
    ts: new Date().toISOString(),
    data: { owned_mission_ids: ["m", "ghost"], protocol_version: "1.0.0" },
  });
  expect((await old.next("executor.resynced")).data).toMatchObject({ acked: 0, drop: [{ mission_id: "ghost" }] });
  await old.say("mission.reconnected", "m", 1, { checkpoint_id: "c" });
  expect(await mission("m")).toMatchObject({ state: "running", attempt: 1 });
});
