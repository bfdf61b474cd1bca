// Missions and sessions steered through real sockets: hold, pause, retry, priority, dependencies, drain (contract §1, §2.2).
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dispatchAcceptedSchema } from "../../src/mission/wire/dispatch.ts";
import { controlSchema, executorSchema, missionSchema, sessionSchema } from "../../src/mission/wire/http.ts";
import { LinkClient } from "../support/link-client.ts";
import { problem, registerBody, startRig, until, type Reply, type Rig } from "./serve-rig.ts";

let rig: Rig;
const links: LinkClient[] = [];
const tokens = new Map<string, string>();
beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => {
  for (const link of links.splice(0)) link.socket.terminate();
});
afterAll(() => rig.end());

const ASYNC = { headers: { prefer: "respond-async" } };
// Each test has executors and missions of its own, kept apart by a capability.
const dispatch = (id: string, need: string, more: object = {}, session = "s"): Promise<Reply> =>
  rig.post(`/api/v1/sessions/${session}/dispatch`, { mission_id: id, objective: "x", executor_filter: { capabilities: [need] }, ...more }, ASYNC);
const missionOf = async (id: string): Promise<Record<string, unknown>> => (await rig.ask(`/api/v1/missions/${id}`)).body;
const control = (id: string, verb: string, body: object = {}): Promise<Reply> => rig.post(`/api/v1/missions/${id}/${verb}`, body);
const turn = (session: string, verb: string): Promise<Reply> => rig.ask(`/api/v1/sessions/${session}/${verb}`, { method: "POST" });

/** A connected executor that offers `need`; the same id again is a new link of it. */
async function join(id: string, need: string, owned: readonly object[] = []): Promise<LinkClient> {
  if (!tokens.has(id)) {
    const { body } = await rig.post("/api/v1/executors/register", registerBody(id, { capabilities: ["runtime:command", need], slots: 5 }));
    tokens.set(id, String(body["token"]));
  }
  const link = await LinkClient.join(rig.serve.url, id, tokens.get(id) ?? "", owned);
  links.push(link);
  return link;
}
async function start(link: LinkClient, id: string, attempt = 1): Promise<void> {
  await link.next("mission.dispatch", id);
  await link.say("mission.assigned", id, attempt);
  await link.say("mission.started", id, attempt);
}
const count = (link: LinkClient, event: string): number => link.frames.filter((frame) => frame.event === event).length;

describe("pause and resume of a mission", () => {
  test("a queued one is held with its reason, and not assigned before it is resumed", async () => {
    await dispatch("hold-1", "hold");
    const reply = await control("hold-1", "pause", { reason: "wait for the release" });
    expect(reply).toMatchObject({ status: 202, body: { mission_id: "hold-1", state: "queued" } });
    expect(controlSchema.parse(reply.body)).toEqual(reply.body);
    const link = await join("x-hold", "hold");
    expect(await missionOf("hold-1")).toMatchObject({ state: "queued", held: true, reason: "held (wait for the release)" });
    await dispatch("hold-2", "hold");
    await link.next("mission.dispatch", "hold-2");
    expect(count(link, "mission.dispatch")).toBe(0);
    expect((await control("hold-1", "resume")).status).toBe(202);
    await link.next("mission.dispatch", "hold-1");
    expect(await missionOf("hold-1")).toMatchObject({ state: "assigned", held: false });
  });

  test("a running one is asked of its executor, again after a reconnect, until a report confirms it", async () => {
    const first = await join("x-run", "run");
    await dispatch("run-1", "run");
    await start(first, "run-1");
    expect(await control("run-1", "pause")).toMatchObject({ status: 202, body: { state: "running" } });
    await first.next("mission.pause", "run-1");
    const link = await join("x-run", "run", [{ mission_id: "run-1", attempt: 1, state: "running" }]);
    await link.next("mission.pause", "run-1");
    await link.say("mission.paused", "run-1", 1);
    expect(await missionOf("run-1")).toMatchObject({ state: "paused", attempt: 1, executor_id: "x-run" });
    expect(await control("run-1", "resume")).toMatchObject({ status: 202, body: { state: "paused" } });
    await link.next("mission.resume", "run-1");
    await link.say("mission.resumed", "run-1", 1);
    expect(await missionOf("run-1")).toMatchObject({ state: "running" });
    await link.say("mission.completed", "run-1", 1);
    for (const verb of ["pause", "resume"]) expect(problem(await control("run-1", verb))).toBe("409 state_conflict");
  });

  test("one that is assigned but has not started is paused as soon as it runs", async () => {
    const link = await join("x-soon", "soon");
    await dispatch("soon-1", "soon");
    await link.next("mission.dispatch", "soon-1");
    expect(await control("soon-1", "pause")).toMatchObject({ status: 202, body: { state: "assigned" } });
    await link.say("mission.assigned", "soon-1", 1);
    expect(count(link, "mission.pause")).toBe(0);
    await link.say("mission.started", "soon-1", 1);
    await link.next("mission.pause", "soon-1");
  });

  test("an unknown one is 404, and the id of a retry must be an id", async () => {
    for (const verb of ["pause", "resume"]) expect(problem(await control("nobody", verb))).toBe("404 not_found");
    expect(problem(await control("nobody", "retry", { mission_id: "new" }))).toBe("404 not_found");
    expect(problem(await control("nobody", "retry", { mission_id: ".." }))).toBe("400 invalid_request");
    expect(problem(await control("nobody", "retry"))).toBe("400 invalid_request");
  });
});

describe("sessions", () => {
  test("a paused one assigns nothing and says why; resumed, it goes on", async () => {
    const link = await join("x-ses", "ses");
    await dispatch("ses-1", "ses", {}, "a");
    await start(link, "ses-1");
    const reply = await turn("a", "pause");
    expect(reply).toMatchObject({ status: 200, body: { session_id: "a", state: "paused", counts: { running: 1 } } });
    expect(sessionSchema.parse(reply.body)).toEqual(reply.body);
    expect((await dispatch("ses-2", "ses", {}, "a")).body).toMatchObject({ status: "queued", executor_id: null });
    expect(await missionOf("ses-2")).toMatchObject({ held: true, reason: "its session is paused" });
    expect((await control("ses-2", "resume")).body["detail"]).toContain("waits with its session a: resume the session");
    expect((await turn("a", "pause")).status).toBe(200);
    await link.say("mission.completed", "ses-1", 1);
    expect((await turn("a", "resume")).body["state"]).toBe("active");
    await link.next("mission.dispatch", "ses-2");
  });

  test("the list is cut into pages on demand; a limit or cursor that cannot be is refused", async () => {
    for (const session of ["p-1", "p-2", "p-3"]) await dispatch(`of-${session}`, "paging", {}, session);
    const first = await rig.ask("/api/v1/sessions?limit=2");
    expect(first.body["sessions"]).toHaveLength(2);
    const second = await rig.ask(`/api/v1/sessions?limit=1000&cursor=${String(first.body["next_cursor"])}`);
    expect(second.body["next_cursor"]).toBeNull();
    expect((await rig.ask("/api/v1/sessions")).body["sessions"]).toEqual([...(first.body["sessions"] as []), ...(second.body["sessions"] as [])]);
    for (const query of ["limit=0", "limit=1001", "cursor=bad", "page=2", "__proto__=1"])
      expect(problem(await rig.ask(`/api/v1/sessions?${query}`))).toBe("400 invalid_request");
  });

  test("a mission that waits with a stopped one is told another way, one that has ended that it has", async () => {
    for (const id of ["stop-a", "stop-b"]) await dispatch(id, "nothing", {}, "stopped");
    await turn("stopped", "stop");
    expect((await control("stop-a", "resume")).body["detail"]).toContain("session stopped, which is stopped: dispatch it anew in another session");
    await control("stop-b", "abort");
    expect((await control("stop-b", "resume")).body["detail"]).toBe('mission stop-b is aborted: "resume" is not possible');
  });

  test("a stopped one stays stopped", async () => {
    await dispatch("stop-1", "nothing", {}, "b");
    expect((await turn("b", "stop")).body["state"]).toBe("stopped");
    for (const verb of ["pause", "resume"]) expect(problem(await turn("b", verb))).toBe("409 state_conflict");
    expect(await missionOf("stop-1")).toMatchObject({ held: true, reason: "its session is stopped" });
  });

  test("one that serve does not know is 404", async () => {
    for (const verb of ["pause", "resume", "stop"]) expect(problem(await turn("nowhere", verb))).toBe("404 not_found");
  });
});

describe("retry", () => {
  test("is a new mission with the client's id; a repeat is a replay of the stored answer", async () => {
    await dispatch("old-1", "nothing", { completion: "it works" });
    expect(problem(await control("old-1", "retry", { mission_id: "new-1" }))).toBe("409 state_conflict");
    await control("old-1", "abort");
    const first = await control("old-1", "retry", { mission_id: "new-1" });
    expect(first).toMatchObject({ status: 202, body: { mission_id: "new-1", session_id: "s", status: "queued", idempotent_replayed: false } });
    expect(first.headers).toMatchObject({ location: "/api/v1/missions/new-1" });
    expect(dispatchAcceptedSchema.parse(first.body)).toEqual(first.body);
    const again = await control("old-1", "retry", { mission_id: "new-1" });
    expect({ status: again.status, text: again.text, replayed: again.headers["idempotent-replayed"] }).toEqual({
      status: 202,
      text: first.text.replace('"idempotent_replayed":false', '"idempotent_replayed":true'),
      replayed: "true",
    });
    expect(await missionOf("new-1")).toMatchObject({ retry_of: "old-1", completion: "it works", state: "queued" });
  });

  test("under the id of another mission, or of one aborted before it came, is refused", async () => {
    await dispatch("old-2", "nothing");
    await control("old-2", "abort");
    await dispatch("taken", "nothing");
    expect(problem(await control("old-2", "retry", { mission_id: "taken" }))).toBe("422 idempotency_key_reused");
    await control("ghost", "abort");
    expect(problem(await control("old-2", "retry", { mission_id: "ghost" }))).toBe("409 tombstone");
  });
});

describe("priority", () => {
  test("decides who is next, until the end", async () => {
    await dispatch("prio-1", "prio");
    await dispatch("prio-2", "prio");
    const reply = await rig.ask("/api/v1/missions/prio-2", { method: "PATCH", json: { priority: "critical" } });
    expect(reply).toMatchObject({ status: 200, body: { mission_id: "prio-2", priority: "critical" } });
    expect(missionSchema.parse(reply.body)).toEqual(reply.body);
    const link = await join("x-prio", "prio");
    await link.until(() => count(link, "mission.dispatch") === 2);
    expect(link.frames.filter((frame) => frame.event === "mission.dispatch").map((frame) => frame.mission_id)).toEqual(["prio-2", "prio-1"]);
  });

  test("nothing to change is no change; a bad value, an ended and an unknown mission are refused", async () => {
    await dispatch("prio-3", "nothing", { priority: "high" });
    expect((await rig.ask("/api/v1/missions/prio-3", { method: "PATCH", json: {} })).body).toMatchObject({ priority: "high" });
    expect(problem(await rig.ask("/api/v1/missions/prio-3", { method: "PATCH", json: { priority: "urgent" } }))).toBe("400 invalid_request");
    await control("prio-3", "abort");
    expect(problem(await rig.ask("/api/v1/missions/prio-3", { method: "PATCH", json: { priority: "low" } }))).toBe("409 state_conflict");
    for (const json of [{}, { priority: "low" }]) expect(problem(await rig.ask("/api/v1/missions/nobody", { method: "PATCH", json }))).toBe("404 not_found");
  });
});

describe("after", () => {
  test("a mission waits, says for what, and goes on from the commit of what it waited for", async () => {
    const link = await join("x-dep", "dep");
    const workspace = { repo: { url: "https://example.org/r.git" }, base: "aaaa" };
    await dispatch("dep-1", "dep", { workspace });
    const second = await dispatch("dep-2", "dep", { workspace, after: ["dep-unknown", "dep-1"] });
    expect(second.body).toMatchObject({ status: "queued", executor_id: null });
    expect(await missionOf("dep-2")).toMatchObject({ after: ["dep-unknown", "dep-1"], reason: "waits for dep-unknown (not known yet); dep-1" });
    await start(link, "dep-1");
    await link.say("mission.failed", "dep-1", 1, { reason: "check_failed" });
    expect((await missionOf("dep-2"))["reason"]).toContain("dep-1, which failed (check_failed)");
    await control("dep-1", "retry", { mission_id: "dep-1b" });
    await start(link, "dep-1b");
    await link.say("mission.completed", "dep-1b", 1, { commit: "cccc", branch: "aiwg/dep-1b" });
    expect((await missionOf("dep-2"))["reason"]).toBe("waits for dep-unknown (not known yet)");
    await dispatch("dep-unknown", "dep");
    await start(link, "dep-unknown");
    await link.say("mission.completed", "dep-unknown", 1);
    expect((await link.next("mission.dispatch", "dep-2")).data).toMatchObject({ workspace: { ...workspace, base: "cccc" } });
  });

  test("missions that would wait for each other are 422, naming the one that closes the ring", async () => {
    await dispatch("ring-1", "nothing", { after: ["ring-2"] });
    await dispatch("ring-2", "nothing", { after: ["ring-3"] });
    const reply = await dispatch("ring-3", "nothing", { after: ["ring-1"] });
    expect(problem(reply)).toBe("422 dependency_cycle");
    expect(reply.body["errors"]).toMatchObject([{ pointer: "/after" }]);
    expect((await rig.ask("/api/v1/missions/ring-3")).status).toBe(404);
  });
});

describe("drain", () => {
  test("a draining executor is told, is given nothing, and finishes what it has; registering again ends it", async () => {
    const first = await join("x-drain", "drain");
    await dispatch("drain-1", "drain");
    await start(first, "drain-1");
    const reply = await rig.ask("/api/v1/executors/x-drain/drain", { method: "POST" });
    expect(reply).toMatchObject({ status: 202, body: { executor_id: "x-drain", draining: true, connected: true, running: 1 } });
    expect(executorSchema.parse(reply.body)).toEqual(reply.body);
    await first.next("executor.drain");
    await dispatch("drain-2", "drain");
    expect((await missionOf("drain-2"))["reason"]).toBe("executor x-drain is draining");
    const link = await join("x-drain", "drain", [{ mission_id: "drain-1", attempt: 1, state: "running" }]);
    await link.next("executor.drain");
    await link.say("mission.completed", "drain-1", 1);
    expect(await missionOf("drain-1")).toMatchObject({ state: "done" });
    await rig.post("/api/v1/executors/register", registerBody("x-drain", { capabilities: ["runtime:command", "drain"] }), {
      token: tokens.get("x-drain") ?? "",
    });
    await link.next("mission.dispatch", "drain-2");
  });

  test("an unknown executor is 404", async () => {
    expect(problem(await rig.ask("/api/v1/executors/nobody/drain", { method: "POST" }))).toBe("404 executor_not_found");
  });
});

test("what ends an ownership ends an abort that was asked for", async () => {
  const link = await join("x-abort", "abort");
  for (const [id, event] of [
    ["abort-1", "mission.rejected"],
    ["abort-2", "mission.suspended"],
  ] as const) {
    await dispatch(id, "abort");
    if (event === "mission.suspended") await start(link, id);
    else await link.next("mission.dispatch", id);
    expect((await control(id, "abort", { reason: "enough" })).body).toMatchObject({ abort_requested: true });
    await link.say(event, id, 1, { reason: "executor_shutdown" });
    await until("the end", async () => (await missionOf(id))["state"] === "aborted");
    expect((await missionOf(id))["reason"]).toBe("enough");
  }
});
