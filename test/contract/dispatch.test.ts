// Every row of contract §2.1 through a real socket.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectExecutor, registerBody, problem, startRig, until, type Ask, type Reply, type Rig } from "./serve-rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());

const ASYNC = { prefer: "respond-async" };
// Nobody offers what a mission needs unless the test says so: slots stay free for the tests that fill them.
const mission = (id: string, more: object = {}): object => ({ mission_id: id, objective: "do it", executor_filter: { capabilities: ["unoffered"] }, ...more });
const dispatch = (body: unknown, headers: Ask["headers"] = ASYNC, session = "s1"): Promise<Reply> =>
  rig.post(`/api/v1/sessions/${session}/dispatch`, body, { headers });

describe("accepted", () => {
  test("respond-async stores a mission that nobody can take and says where it is", async () => {
    const reply = await dispatch(mission("q-1"));
    expect(reply.status).toBe(202);
    expect(reply.body).toEqual({
      mission_id: "q-1",
      session_id: "s1",
      status: "queued",
      executor_id: null,
      attempt: 0,
      dispatch_path: null,
      idempotent_replayed: false,
    });
    expect(reply.headers).toMatchObject({ location: "/api/v1/missions/q-1", "preference-applied": "respond-async" });
    expect(reply.headers["idempotent-replayed"]).toBeUndefined();
    expect((await rig.ask("/api/v1/missions/q-1")).body).toMatchObject({ state: "queued", reason: "no executor connected" });
  });

  test("the preference is found among others, in any case", async () => {
    expect((await dispatch(mission("q-2"), { prefer: 'return=minimal; x="respond-async, no", Respond-Async; wait=10' })).status).toBe(202);
    expect(problem(await dispatch(mission("q-3"), { prefer: 'handling="respond-async"' }))).toBe("503 no_executor_available");
  });

  test("a free matching executor is assigned at once, with or without respond-async", async () => {
    const executor = await connectExecutor(rig, "free-1", { capabilities: ["runtime:command", "gpu"], slots: 2 });
    const wants = { executor_filter: { capabilities: ["gpu"] } };
    for (const [id, headers] of [
      ["a-1", {}],
      ["a-2", ASYNC],
    ] as const) {
      const reply = await dispatch(mission(id, wants), headers);
      expect(reply.status).toBe(202);
      expect(reply.body).toMatchObject({ status: "assigned", executor_id: "free-1", attempt: 1, dispatch_path: "ws" });
      expect(reply.headers["preference-applied"]).toBeUndefined();
    }
    const busy = await dispatch(mission("a-3", wants), {});
    expect(busy.status).toBe(202);
    expect(busy.body).toMatchObject({ status: "queued", executor_id: null, attempt: 0 });
    expect(busy.headers["preference-applied"]).toBeUndefined();
    await executor.close();
  });

  test("unknown members are kept as metadata and traceparent does not disturb", async () => {
    const reply = await dispatch(mission("q-4", { from_prior_art: [1], metadata: { a: 1 } }), { ...ASYNC, traceparent: "nonsense" });
    expect(reply.status).toBe(202);
  });
});

describe("identity", () => {
  test("the same id and payload replays byte for byte under any key and member order, but for one member", async () => {
    const first = await dispatch({ ...mission("r-1"), metadata: { a: 1, b: 2 } }, { ...ASYNC, "idempotency-key": '"k-r-1"' });
    for (const headers of [{ ...ASYNC, "idempotency-key": '"k-r-1"' }, { "idempotency-key": "another" }, {}]) {
      const again = await dispatch({ metadata: { b: 2, a: 1 }, ...mission("r-1") }, headers);
      expect(again.status).toBe(202);
      expect(again.headers["idempotent-replayed"]).toBe("true");
      expect(again.text).toBe(first.text.replace('"idempotent_replayed":false', '"idempotent_replayed":true'));
    }
  });

  test("the same id with another payload or another session is refused", async () => {
    await dispatch(mission("r-2"));
    expect(problem(await dispatch(mission("r-2", { completion: "done" })))).toBe("422 idempotency_key_reused");
    expect(problem(await dispatch(mission("r-2"), ASYNC, "s2"))).toBe("422 idempotency_key_reused");
  });

  test("the same key for another mission is refused", async () => {
    await dispatch(mission("r-3"), { ...ASYNC, "idempotency-key": '"shared"' });
    expect(problem(await dispatch(mission("r-4"), { ...ASYNC, "idempotency-key": "shared" }))).toBe("422 idempotency_key_reused");
    expect((await rig.ask("/api/v1/missions/r-4")).status).toBe(404);
  });

  test("twenty at once store one mission", async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => dispatch(mission("r-5"))));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([202]));
    expect(replies.filter((reply) => reply.body["idempotent_replayed"] === false)).toHaveLength(1);
  });

  test("a mission aborted before it arrived stays aborted", async () => {
    const abort = await rig.post("/api/v1/missions/t-1/abort", { reason: "changed my mind" });
    expect(abort).toMatchObject({ status: 202, body: { mission_id: "t-1", state: "aborted" } });
    expect(problem(await dispatch(mission("t-1")))).toBe("409 tombstone");
  });
});

describe("refused", () => {
  test("no token, a wrong one, a role that is too small", async () => {
    const path = "/api/v1/sessions/s1/dispatch";
    const none = await rig.post(path, mission("x-1"), { token: null });
    expect(problem(none)).toBe("401 unauthorized");
    expect(none.headers["www-authenticate"]).toBe('Bearer realm="aiwg"');
    expect(problem(await rig.post(path, mission("x-1"), { token: "wrong" }))).toBe("401 unauthorized");
    expect(problem(await rig.post(path, mission("x-1"), { headers: { authorization: "Basic eDp5" } }))).toBe("401 unauthorized");
    const { token } = await rig.mint("read");
    expect(problem(await rig.post(path, mission("x-1"), { token }))).toBe("403 forbidden");
  });

  test("an executor that is not registered is 404 without respond-async and waits with it", async () => {
    const pinned = { executor_filter: { executor_id: "nobody" } };
    expect(problem(await dispatch(mission("x-2", pinned), {}))).toBe("404 executor_not_found");
    expect((await rig.ask("/api/v1/missions/x-2")).status).toBe(404);
    expect((await dispatch(mission("x-2", pinned))).status).toBe(202);
    expect((await rig.ask("/api/v1/missions/x-2")).body["reason"]).toContain("nobody");
  });

  test("no connected executor that matches is 503 with Retry-After, and nothing is stored for the retry to replay", async () => {
    const wants = { executor_filter: { capabilities: ["quantum"] } };
    for (let i = 0; i < 2; i++) {
      const reply = await dispatch(mission("x-3", wants), { "idempotency-key": '"x-3"' });
      expect(problem(reply)).toBe("503 no_executor_available");
      expect(Number(reply.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    }
    expect((await rig.ask("/api/v1/missions/x-3")).status).toBe(404);
    const executor = await connectExecutor(rig, "late", { capabilities: ["runtime:command", "quantum"] });
    const reply = await dispatch(mission("x-3", wants), { "idempotency-key": '"x-3"' });
    expect(reply.body).toMatchObject({ status: "assigned", executor_id: "late", idempotent_replayed: false });
    await executor.close();
  });

  test("a registered executor that is not connected does not match", async () => {
    await rig.post("/api/v1/executors/register", registerBody("asleep"));
    expect(problem(await dispatch(mission("x-4", { executor_filter: { executor_id: "asleep" } }), {}))).toBe("503 no_executor_available");
  });

  test("a mission that would wait for itself is 422", async () => {
    expect(problem(await dispatch(mission("x-5", { after: ["x-5"] })))).toBe("422 dependency_cycle");
  });

  test("a secret that is not named like a variable is refused", async () => {
    const reply = await dispatch(mission("x-6", { secrets: ["not a name"] }));
    expect(problem(reply)).toBe("400 invalid_request");
    expect(reply.body["errors"]).toMatchObject([{ pointer: "/secrets/0" }]);
  });

  test.each([
    ["empty", '""'],
    ["unclosed", '"abc'],
    ["a list", '"a", "b"'],
    ["two words", "a b"],
    ["too long", "k".repeat(256)],
    ["a bad escape", String.raw`"a\n"`],
  ])("a key that is %s is 400", async (_what, key) => {
    expect(problem(await dispatch(mission("x-6"), { ...ASYNC, "idempotency-key": key }))).toBe("400 invalid_request");
  });

  test("all wrong places of a body are named", async () => {
    const reply = await dispatch({ mission_id: "..", objective: "", checks: [{ run: [] }], priority: "urgent", limits: { cost_usd: -1 } });
    expect(problem(reply)).toBe("400 invalid_request");
    const pointers = (reply.body["errors"] as { pointer: string }[]).map((issue) => issue.pointer);
    expect(pointers).toEqual(expect.arrayContaining(["/mission_id", "/objective", "/checks/0/run", "/priority", "/limits/cost_usd"]));
  });
});

test("authentication is judged before syntax, syntax before identity", async () => {
  const path = "/api/v1/sessions/s1/dispatch";
  expect(problem(await rig.ask(path, { method: "POST", token: null, raw: "{", headers: { "content-type": "application/json" } }))).toBe("401 unauthorized");
  await dispatch(mission("o-1"));
  expect(problem(await dispatch({ mission_id: "o-1", objective: 7 }))).toBe("400 invalid_request");
});

test("what was answered 202 is there after a restart", async () => {
  const other = await startRig();
  await other.post("/api/v1/sessions/s/dispatch", mission("keep-1"), { headers: ASYNC });
  await other.serve.stop();
  const { startServe } = await import("../../src/serve/serve.ts");
  const { serveIn } = await import("./serve-rig.ts");
  const second = await startServe(serveIn(other.dir));
  expect(second.serveId).toBe(other.serve.serveId);
  const answer = await until("the mission", async () => {
    const response = await fetch(`${second.url}/api/v1/missions/keep-1`, { headers: { authorization: `Bearer ${other.admin}` } });
    return response.ok ? ((await response.json()) as { state: string }) : undefined;
  });
  expect(answer.state).toBe("queued");
  await second.stop();
  await other.end();
});
