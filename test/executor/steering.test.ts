// What serve asks of a running executor: to pause, to go on, to drain; and questions with choices, a default and an end.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bench, openBench, processesWith } from "../support/fake-link-executor.ts";

const events = (bench: Bench, id: string): string[] => bench.link.reports(id).map((frame) => frame.event.replace("mission.", ""));
const command = (bench: Bench, event: string, id: string, attempt = 1): void => bench.link.send({ event, mission_id: id, attempt });
/** Two turns: the first one takes a moment and leaves a red check. */
const twoTurns = { objective: "1: think 500ms\n2: edit done.txt yes", agents: ["fake"], checks: [{ run: "test -e done.txt" }] };
const agentsOf = (id: string): number[] => processesWith(`AIWG_MISSION_ID=${id}`);

test("a pause waits for the end of the turn, keeps the run, and resume goes on from there", async () => {
  await using bench = await openBench({ leaseTtlMs: 900 });
  bench.start();
  await bench.link.dispatch({ mission_id: "p-1", ...twoTurns });
  await bench.link.report("p-1", "mission.started");
  for (let i = 0; i < 2; i++) command(bench, "mission.pause", "p-1");
  const paused = await bench.link.report("p-1", "mission.paused");
  expect(paused.data).toMatchObject({ workspace: join(bench.folder, "workspaces", "p-1"), session_id: expect.stringMatching(/^fake-/) });
  expect(agentsOf("p-1")).toEqual([]);
  // It is still owned, through several leases.
  const before = bench.link.frames.length;
  const beats = () => bench.link.frames.slice(before).filter((frame) => frame.event === "executor.heartbeat");
  await bench.link.until(() => beats().length >= 5, "five heartbeats");
  expect(beats().at(-1)?.data.owned).toMatchObject([{ mission_id: "p-1", attempt: 1, state: "paused" }]);
  command(bench, "mission.resume", "p-1");
  expect(await bench.link.end("p-1")).toMatchObject({ event: "mission.completed", data: { verified: true } });
  expect(events(bench, "p-1").filter((event) => /paused|resumed|completed/.test(event))).toEqual(["paused", "resumed", "completed"]);
});

test("a resume before the turn has ended takes the pause back, and says so", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "p-1", ...twoTurns });
  await bench.link.report("p-1", "mission.started");
  command(bench, "mission.pause", "p-1");
  command(bench, "mission.resume", "p-1");
  expect((await bench.link.end("p-1")).event).toBe("mission.completed");
  expect(events(bench, "p-1").filter((event) => /paused|resumed/.test(event))).toEqual(["resumed"]);
});

test("the wall clock stands still during a pause", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "p-1", ...twoTurns, limits: { wall_clock_s: 6 } });
  await bench.link.report("p-1", "mission.started");
  command(bench, "mission.pause", "p-1");
  await bench.link.report("p-1", "mission.paused");
  await new Promise((resolve) => setTimeout(resolve, 6_200));
  command(bench, "mission.resume", "p-1");
  expect((await bench.link.end("p-1")).event).toBe("mission.completed");
});

test("a paused run can be aborted", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "p-1", ...twoTurns });
  await bench.link.report("p-1", "mission.started");
  command(bench, "mission.pause", "p-1");
  await bench.link.report("p-1", "mission.paused");
  bench.link.send({ event: "mission.abort", mission_id: "p-1", attempt: 1, data: { reason: "enough" } });
  expect(await bench.link.end("p-1")).toMatchObject({ event: "mission.aborted", data: { reason: "enough" } });
});

test("an executor killed while a run is paused does not own it when it is back", async () => {
  await using bench = await openBench();
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "p-1", ...twoTurns });
  await bench.link.report("p-1", "mission.started");
  command(bench, "mission.pause", "p-1");
  await bench.link.report("p-1", "mission.paused");
  first.kill("SIGKILL");
  await once(first, "exit");
  const before = bench.link.frames.length;
  bench.spawn();
  await bench.link.until(
    () => bench.link.frames.slice(before).some((frame) => frame.event === "executor.resync" && frame.data.owned?.length === 0),
    "a resync without the run",
  );
});

test("a drained executor takes nothing new, finishes what runs, and its process ends with 0", async () => {
  await using bench = await openBench();
  const child = bench.spawn();
  await bench.link.dispatch({ mission_id: "d-1", objective: "ask Go on?", agents: ["fake"] });
  const asked = await bench.link.report("d-1", "mission.hitl_required");
  bench.link.send({ event: "executor.drain" });
  await bench.link.dispatch({ mission_id: "d-2", objective: "say x", agents: ["fake"] });
  expect((await bench.link.end("d-2")).data).toMatchObject({ reason: "the executor is draining" });
  const ended = once(child, "exit");
  bench.link.send({ event: "mission.hitl_responded", mission_id: "d-1", attempt: 1, data: { hitl_id: asked.data?.["hitl_id"], response: "yes" } });
  expect((await bench.link.end("d-1")).event).toBe("mission.completed");
  expect(await ended).toEqual([0, null]);
});

test("an idle executor that is drained ends at once", async () => {
  await using bench = await openBench();
  const executor = bench.start();
  await bench.link.until(() => bench.link.frames.some((frame) => frame.event === "executor.heartbeat"), "a link");
  bench.link.send({ event: "executor.drain" });
  await executor.done;
});

test("a question carries its choices, its default and when it ends", async () => {
  await using bench = await openBench();
  bench.start();
  const objective = "ask --choices red,blue --default blue --expires 1h Which colour?\nedit-answer colour.txt";
  await bench.link.dispatch({ mission_id: "q-1", objective, agents: ["fake"] });
  const asked = await bench.link.report("q-1", "mission.hitl_required");
  expect(asked.data).toMatchObject({ prompt: "Which colour?", choices: ["red", "blue"], default: "blue" });
  const left = Date.parse(String(asked.data?.["expires_at"])) - Date.now();
  expect(left).toBeGreaterThan(3_000_000);
  expect(left).toBeLessThanOrEqual(3_600_000);
  bench.link.send({ event: "mission.hitl_responded", mission_id: "q-1", attempt: 1, data: { hitl_id: asked.data?.["hitl_id"], response: "red" } });
  const end = await bench.link.end("q-1");
  expect(readFileSync(join(String(end.data?.["workspace"]), "colour.txt"), "utf8")).toBe("red\n");
});

test("a run whose question expired is ended by serve's word, and its next attempt goes on in the same workspace with the same session", async () => {
  await using bench = await openBench();
  bench.start();
  const objective = "edit kept.txt work\nask Which?\nedit-answer answer.txt";
  await bench.link.dispatch({ mission_id: "q-1", objective, agents: ["fake"] });
  await bench.link.report("q-1", "mission.hitl_required");
  bench.link.send({ event: "executor.error", mission_id: "q-1", attempt: 1, data: { code: "stale_fence", detail: "question_expired" } });
  await bench.link.until(() => agentsOf("q-1").length === 0, "the end of the agent");
  const session = await bench.link.until(() => bench.link.reports("q-1").find((frame) => frame.data && frame.data["session_id"]), "a session");
  const resume = { workspace: session.data?.["workspace"], session_id: session.data?.["session_id"] };
  await bench.link.dispatch({ mission_id: "q-1", objective, agents: ["fake"], resume }, 3);
  const again = await bench.link.until(
    () => bench.link.reports("q-1").find((frame) => frame.attempt === 3 && frame.event === "mission.hitl_required"),
    "the question again",
  );
  expect(existsSync(join(String(resume.workspace), "kept.txt"))).toBe(true);
  bench.link.send({ event: "mission.hitl_responded", mission_id: "q-1", attempt: 3, data: { hitl_id: again.data?.["hitl_id"], response: "b" } });
  expect(await bench.link.end("q-1", 3)).toMatchObject({ event: "mission.completed", data: resume });
  expect(readFileSync(join(String(resume.workspace), "answer.txt"), "utf8")).toBe("b\n");
});

test("a limit on tool calls stops the turn that goes over it, and is refused where the agent does not tell them", async () => {
  await using bench = await openBench({ agents: { sh: { kind: "command", command: ["true"] } } });
  bench.start();
  const limits = { tool_calls: 2 };
  await bench.link.dispatch({ mission_id: "t-1", objective: "tool a\ntool b\ntool c\nhang", limits, agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "t-2", objective: "tool a\ntool b", limits, agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "t-3", objective: "x", limits, agents: ["sh"] });
  expect(await bench.link.end("t-1")).toMatchObject({ event: "mission.failed", data: { reason: "limit_tool_calls" } });
  expect((await bench.link.end("t-2")).event).toBe("mission.completed");
  expect(await bench.link.end("t-3")).toMatchObject({ event: "mission.rejected", data: { reason: expect.stringContaining("agent sh does not tell") } });
});
