// What time and operators do to what is stored: questions that expire, archive, purge, numbers (contract §1, §2.2).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { purgedSchema } from "../../src/mission/wire/http.ts";
import { LinkClient } from "../support/link-client.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { problem, registerBody, startRig, until, type Reply, type Rig } from "./serve-rig.ts";

const DAY = 86_400_000;
let rig: Rig;
let link: LinkClient;
let executorToken: string;
const clock = new VirtualClock();

beforeAll(async () => {
  rig = await startRig({ clock, retentionDays: 2 });
  executorToken = String((await rig.post("/api/v1/executors/register", registerBody("x", { slots: 50 }))).body["token"]);
});
// A link of its own for each test: one does not survive that the clock jumps by hours.
beforeEach(async () => {
  link = await LinkClient.join(rig.serve.url, "x", executorToken);
});
afterEach(() => link.socket.terminate());
afterAll(() => rig.end());

const dispatch = (id: string, more: object = {}): Promise<Reply> =>
  rig.post("/api/v1/sessions/s/dispatch", { mission_id: id, objective: "x", ...more }, { headers: { prefer: "respond-async" } });
const missionOf = async (id: string): Promise<Record<string, unknown>> => (await rig.ask(`/api/v1/missions/${id}`)).body;
const inState = (id: string, state: string): Promise<true> =>
  until(`${id} ${state}`, async () => {
    clock.advance(1_000);
    return (await missionOf(id))["state"] === state;
  });

async function running(id: string): Promise<void> {
  await dispatch(id);
  await link.next("mission.dispatch", id);
  await link.say("mission.assigned", id, 1);
  await link.say("mission.started", id, 1);
}

test("a question that nobody answers in time takes its default, or suspends its mission and stops the run", async () => {
  const expires_at = new Date(clock.now() + 5_000).toISOString();
  for (const id of ["q-1", "q-2", "q-3"]) await running(id);
  await link.say("mission.hitl_required", "q-1", 1, { hitl_id: "h-1", prompt: "Go?", choices: ["yes", "no"], default: "no", expires_at });
  await link.say("mission.hitl_required", "q-2", 1, { hitl_id: "h-2", prompt: "Go?", choices: ["yes", "no"], default: "maybe", expires_at });
  await link.say("mission.hitl_required", "q-3", 1, { hitl_id: "h-3", prompt: "Go?" });
  const list = (await rig.ask("/api/v1/hitl")).body["hitl"] as Record<string, unknown>[];
  expect(list).toMatchObject([{ hitl_id: "h-1", default: "no", expires_at }, { hitl_id: "h-2", expires_at }, { hitl_id: "h-3" }]);
  expect(list[1]).not.toHaveProperty("default");
  await inState("q-1", "running");
  await inState("q-2", "suspended");
  expect((await link.next("mission.hitl_responded", "q-1")).data).toMatchObject({ hitl_id: "h-1", response: "no" });
  expect((await missionOf("q-2"))["reason"]).toContain("question_expired: Go?");
  expect((await link.next("executor.error", "q-2")).data).toMatchObject({ code: "stale_fence" });
  expect(problem(await rig.post("/api/v1/missions/q-2/hitl_response", { hitl_id: "h-2", response: "yes" }))).toBe("410 closed");
  expect((await missionOf("q-3"))["state"]).toBe("hitl_required");
  for (const id of ["q-1", "q-3"]) await link.say("mission.failed", id, 1, { reason: "agent_failed" });
});

test("a mission that ended long ago leaves the lists but can still be read, and can no longer be changed", async () => {
  await running("old-1");
  link.send({ event: "mission.log", mission_id: "old-1", attempt: 1, data: { offset: 0, text: "what it said\n" } });
  await link.say("mission.completed", "old-1", 1, { verified: true, commit: "cccc" });
  const before = await missionOf("old-1");
  const listed = async (): Promise<string[]> =>
    ((await rig.ask("/api/v1/missions?limit=500")).body["missions"] as { mission_id: string }[]).map((mission) => mission.mission_id);
  expect(await listed()).toContain("old-1");
  await until("the archive", async () => {
    clock.advance(DAY);
    return !(await listed()).includes("old-1");
  });
  expect(await missionOf("old-1")).toEqual({ ...before, archived: true });
  expect((await rig.ask("/api/v1/missions/old-1/log")).text).toBe("what it said\n");
  expect((await rig.ask("/api/v1/missions/old-1/events")).body).toEqual({ events: [] });
  for (const verb of ["abort", "pause", "resume"]) expect(problem(await rig.post(`/api/v1/missions/old-1/${verb}`, {}))).toBe("409 state_conflict");
  expect(problem(await rig.post("/api/v1/missions/old-1/retry", { mission_id: "old-1b" }))).toBe("409 state_conflict");
  expect((await dispatch("old-1")).body["idempotent_replayed"]).toBe(true);
  expect((await dispatch("next-1", { after: ["old-1"] })).body).toMatchObject({ status: expect.stringMatching(/assigned|queued/) as unknown });
  expect((await missionOf("next-1"))["reason"]).not.toContain("waits for");
});

test("a cursor older than what is kept is told to reset, but not on the events of a mission that is kept", async () => {
  await running("kept-1");
  const seq = Number((await missionOf("kept-1"))["seq"]);
  const opening = async (query: string): Promise<string> => {
    const stream = await rig.open(`/api/v1/events?${query}`);
    let text = "";
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    stream.on("error", () => undefined);
    await until("two messages", () => text.split("\n\n").length > 2);
    stream.destroy();
    return text;
  };
  expect(await opening("after=0")).toMatch(/^event: hello\n.*\n\nevent: reset\ndata: {"serve_id":"[^"]+","head":\d+}\n\n/);
  expect(await opening(`after=${seq - 1}`)).not.toContain("event: reset");
  const own = await opening("after=0&mission=kept-1");
  expect(own).not.toContain("event: reset");
  expect(own).toContain("event: mission.queued");
  expect(await opening("after=0&mission=old-1")).toContain("event: reset");
});

test("numbers are Prometheus text that counts what is there", async () => {
  await running("count-1");
  const { text, headers } = await rig.ask("/metrics");
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text.endsWith("\n")).toBe(true);
  const values = new Map<string, number>();
  const declared = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line);
    if (comment?.[1] === "TYPE") {
      expect(declared).not.toContain(comment[2]);
      expect(["gauge", "counter"]).toContain(comment[3]);
      declared.add(comment[2] ?? "");
    }
    if (comment) continue;
    const sample = /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line);
    expect(declared).toContain(sample?.[1]);
    expect(Number.isFinite(Number(sample?.[3]))).toBe(true);
    values.set(`${sample?.[1]}${sample?.[2] ?? ""}`, Number(sample?.[3]));
  }
  expect(values.get('aiwg_missions{state="running"}')).toBeGreaterThan(0);
  expect(values.get('aiwg_missions{state="running"}')).toBe(((await rig.ask("/api/v1/missions?state=running")).body["missions"] as unknown[]).length);
  expect(values.get('aiwg_missions{state="paused"}')).toBe(0);
  expect(Object.fromEntries(values)).toMatchObject({
    ...{ aiwg_executors_registered: 1, aiwg_executors_connected: 1, aiwg_executors_draining: 0, aiwg_links_open: 1, aiwg_slots: 50 },
    ...{ aiwg_questions_open: 0, aiwg_store_healthy: 1, aiwg_commit_failures_total: 0 },
  });
  expect(values.get("aiwg_commits_total")).toBeGreaterThan(0);
  expect(values.get("aiwg_commit_operations_total")).toBeGreaterThanOrEqual(values.get("aiwg_commits_total") ?? 0);
  expect(values.get("aiwg_events_total")).toBeGreaterThanOrEqual(Number((await missionOf("kept-1"))["seq"]));
});

test("what is purged is gone with its transcript, but its id is never taken for another mission", async () => {
  await running("gone-1");
  link.send({ event: "mission.log", mission_id: "gone-1", attempt: 1, data: { offset: 0, text: "secret\n" } });
  await link.say("mission.completed", "gone-1", 1);
  expect((await rig.post("/api/v1/purge", { older_than_s: 3_600 })).status).toBe(200);
  expect((await missionOf("gone-1"))["state"]).toBe("done");
  expect((await rig.ask("/api/v1/missions/old-1")).status).toBe(404);
  clock.advance(10_000);
  const reply = await rig.post("/api/v1/purge", { older_than_s: 5 });
  expect(purgedSchema.parse(reply.body)).toEqual(reply.body);
  expect(reply.body["purged"]).toBeGreaterThan(0);
  for (const path of ["", "/log", "/events", "/diff"]) expect(problem(await rig.ask(`/api/v1/missions/gone-1${path}`))).toBe("404 not_found");
  const again = await dispatch("gone-1");
  expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({ status: 202, replayed: "true" });
  expect(problem(await dispatch("gone-1", { completion: "else" }))).toBe("422 idempotency_key_reused");
  expect(problem(await rig.post("/api/v1/missions/gone-1/abort", {}))).toBe("409 state_conflict");
  expect((await missionOf("kept-1"))["state"]).toBe("running");
  expect(problem(await rig.post("/api/v1/purge", { older_than_s: -1 }))).toBe("400 invalid_request");
});

test("what only ended missions waited for is purged in the same call, and so is its retry; what an open one waits for stays", async () => {
  const fail = async (id: string): Promise<void> => {
    await link.next("mission.dispatch", id);
    await link.say("mission.assigned", id, 1);
    await link.say("mission.started", id, 1);
    await link.say("mission.failed", id, 1, { reason: "agent_failed" });
  };
  for (const id of ["first-1", "first-2"]) {
    await dispatch(id);
    await fail(id);
  }
  await rig.post("/api/v1/missions/first-1/retry", { mission_id: "first-1b" });
  await fail("first-1b");
  await dispatch("then-1", { after: ["first-1"] });
  await dispatch("then-2", { after: ["first-2"] });
  await rig.post("/api/v1/missions/then-1/abort", {});
  clock.advance(10_000);
  await rig.post("/api/v1/purge", { older_than_s: 5 });
  for (const id of ["first-1", "first-1b", "then-1"]) expect(problem(await rig.ask(`/api/v1/missions/${id}`))).toBe("404 not_found");
  expect(await missionOf("then-2")).toMatchObject({ state: "queued", reason: expect.stringContaining("first-2, which failed") as unknown });
  expect((await missionOf("first-2"))["state"]).toBe("failed");
});

test("tokens past their time leave the list", async () => {
  const { body } = await rig.post("/api/v1/tokens", { role: "read", ttl_s: 60 });
  const ids = async (): Promise<unknown[]> => ((await rig.ask("/api/v1/tokens")).body["tokens"] as { id: string }[]).map((token) => token.id);
  expect(await ids()).toContain(body["id"]);
  await until("the token to be forgotten", async () => {
    clock.advance(3_600_000);
    return !(await ids()).includes(body["id"]);
  });
});

test("seqs go on after a restart even where every event has left", async () => {
  const other = await startRig({ clock });
  const send = (id: string): Promise<Reply> =>
    other.post("/api/v1/sessions/s/dispatch", { mission_id: id, objective: "x" }, { headers: { prefer: "respond-async" } });
  await send("last");
  await other.post("/api/v1/missions/last/abort", {});
  const { seq } = (await other.ask("/api/v1/missions/last")).body;
  clock.advance(1_000);
  expect((await other.post("/api/v1/purge", { older_than_s: 0 })).body).toEqual({ purged: 1 });
  await other.serve.stop();
  const { startServe } = await import("../../src/serve/serve.ts");
  const { serveIn } = await import("./serve-rig.ts");
  const second = await startServe(serveIn(other.dir, clock));
  const response = await fetch(`${second.url}/metrics`, { headers: { authorization: `Bearer ${other.admin}` } });
  expect(await response.text()).toContain(`aiwg_events_total ${String(seq)}\n`);
  await second.stop();
  await other.end();
});
