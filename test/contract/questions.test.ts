// Questions to people through real sockets: listed, answered exactly once, closed with their attempt (contract §1, §2.2).
import { afterAll, beforeAll, expect, test } from "vitest";
import { hitlAnsweredSchema, hitlListSchema } from "../../src/mission/wire/http.ts";
import { connectExecutor, problem, startRig, until, type Reply, type Rig, type TestExecutor } from "./serve-rig.ts";

let rig: Rig;
let executor: TestExecutor;
const frames: Record<string, unknown>[] = [];
let srcSeq = 0;

beforeAll(async () => {
  rig = await startRig();
  executor = await connectExecutor(rig, "asker", { slots: 100 });
  executor.socket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Record<string, unknown>));
});
afterAll(async () => {
  await executor.close();
  await rig.end();
});

function report(mission_id: string, event: string, data: object): void {
  srcSeq += 1;
  executor.socket.send(JSON.stringify({ event, executor_id: "asker", mission_id, attempt: 1, src_seq: srcSeq, ts: new Date().toISOString(), data }));
}
const stateOf = async (id: string): Promise<unknown> => (await rig.ask(`/api/v1/missions/${id}`)).body["state"];
const answer = (id: string, body: object): Promise<Reply> => rig.post(`/api/v1/missions/${id}/hitl_response`, body);

async function asked(id: string, question: object = {}): Promise<void> {
  await rig.post("/api/v1/sessions/s/dispatch", { mission_id: id, objective: "x" });
  report(id, "mission.assigned", {});
  report(id, "mission.started", {});
  report(id, "mission.hitl_required", { hitl_id: `q-${id}`, prompt: "Which one?", ...question });
  await until("the question", async () => (await stateOf(id)) === "hitl_required");
}

test("an open question is listed exactly, and gone once it is answered", async () => {
  await asked("m-1", { choices: ["red", "blue"], default: "red" });
  const list = await rig.ask("/api/v1/hitl?state=open");
  expect(hitlListSchema.parse(list.body)).toEqual(list.body);
  expect(list.body).toMatchObject({
    hitl: [{ hitl_id: "q-m-1", mission_id: "m-1", session_id: "s", prompt: "Which one?", choices: ["red", "blue"], default: "red" }],
  });
  expect(problem(await answer("m-1", { hitl_id: "q-m-1", response: "green" }))).toBe("422 invalid_answer");
  const reply = await answer("m-1", { hitl_id: "q-m-1", text: "blue" });
  expect(reply).toMatchObject({ status: 200, body: { mission_id: "m-1", hitl_id: "q-m-1", state: "running" } });
  expect(hitlAnsweredSchema.parse(reply.body)).toEqual(reply.body);
  expect((await rig.ask("/api/v1/hitl")).body).toEqual({ hitl: [] });
  await until("the answer at the executor", () =>
    frames.some((frame) => frame["event"] === "mission.hitl_responded" && JSON.stringify(frame).includes('"blue"')),
  );
});

test("by the beginning of its id a question is found whatever became of it", async () => {
  await asked("like-1");
  await asked("like-2");
  await answer("like-1", { hitl_id: "q-like-1", response: "yes" });
  const found = await rig.ask("/api/v1/hitl?prefix=q-like");
  expect(hitlListSchema.parse(found.body)).toEqual(found.body);
  expect(found.body).toMatchObject({
    hitl: [
      { hitl_id: "q-like-1", state: "answered" },
      { hitl_id: "q-like-2", state: "open" },
    ],
  });
  expect((await rig.ask("/api/v1/hitl?prefix=q-like&state=open")).body).toMatchObject({ hitl: [{ hitl_id: "q-like-2" }] });
  expect((await rig.ask("/api/v1/hitl?prefix=like-1")).body).toEqual({ hitl: [] });
  await answer("like-2", { hitl_id: "q-like-2", response: "yes" });
});

test("of answers given at once exactly one counts", async () => {
  await asked("m-2");
  const replies = await Promise.all(Array.from({ length: 10 }, (_, i) => answer("m-2", { hitl_id: "q-m-2", response: `answer ${i}` })));
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
  expect(new Set(replies.filter((reply) => reply.status !== 200).map(problem))).toEqual(new Set(["409 already_answered"]));
});

test("a question whose mission went on without it is closed", async () => {
  await asked("m-3");
  report("m-3", "mission.failed", { reason: "agent_failed" });
  await until("the failure", async () => (await stateOf("m-3")) === "failed");
  expect(problem(await answer("m-3", { hitl_id: "q-m-3", response: "late" }))).toBe("410 closed");
  expect((await rig.ask("/api/v1/hitl")).body).toEqual({ hitl: [] });
});

test("an answer needs a question and a text", async () => {
  await asked("m-4");
  expect(problem(await answer("m-4", { hitl_id: "q-none", response: "x" }))).toBe("404 not_found");
  expect(problem(await answer("m-4", { hitl_id: "q-m-4" }))).toBe("400 invalid_request");
  expect(problem(await answer("m-1", { hitl_id: "q-m-4", response: "x" }))).toBe("404 not_found");
  expect(await stateOf("m-4")).toBe("hitl_required");
});

test("abort of an owned mission answers its present state and that it was asked", async () => {
  await asked("m-5");
  const reply = await rig.post("/api/v1/missions/m-5/abort", { reason: "enough" });
  expect(reply).toMatchObject({ status: 202, body: { mission_id: "m-5", state: "hitl_required", abort_requested: true } });
  await until("the command", () => frames.some((frame) => frame["event"] === "mission.abort" && frame["mission_id"] === "m-5"));
  report("m-5", "mission.aborted", { reason: "enough" });
  await until("the end", async () => (await stateOf("m-5")) === "aborted");
});

test("a suspended mission is resumed into the queue", async () => {
  await asked("m-6");
  report("m-6", "mission.suspended", { reason: "executor_shutdown" });
  await until("the suspension", async () => (await stateOf("m-6")) === "suspended");
  const reply = await rig.post("/api/v1/missions/m-6/resume", { elsewhere: true });
  expect(reply).toMatchObject({ status: 202, body: { mission_id: "m-6" } });
  expect(["queued", "assigned"]).toContain(reply.body["state"]);
});
