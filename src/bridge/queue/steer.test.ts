// Steering what has not left the queue: holds, sessions, priority, dependencies, adoption, moving, cleaning.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../core/node/sqlite.ts";
import { systemClock } from "../../core/time.ts";
import type { Mission } from "../../mission/wire/http.ts";
import { openQueue } from "./open-queue.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { Queue } from "./queue.ts";
import { QUEUE_SCHEMA } from "./schema.ts";

const project = { id: "/repo/.git", name: "repo" };
let folder = "";
let queue: Queue;
let outbox: Outbox;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiwg-"));
  queue = openQueue(join(folder, "queue.db"), systemClock);
  outbox = openOutbox(queue.path, { clock: systemClock, onFatal: () => undefined });
});
afterEach(() => {
  outbox.end();
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

const failure = (code: string) => expect.objectContaining({ code });
const add = (...ids: readonly string[]): string => {
  const queued = queue.enqueue({ project, missions: ids.map((id) => ({ body: { mission_id: id, objective: `do ${id}` } })) });
  return queued[0]?.session_id ?? "";
};
const take = async (serveId = "serve-1"): Promise<string[]> => (await outbox.takeDue(serveId, 100)).map((intent) => intent.missionId);
const accepted = { kind: "accepted", state: "queued", executorId: null, attempt: 0 } as const;
const again = { kind: "again", reason: "cut", delayMs: 0, unknown: true, pending: false, declined: false } as const;
const mission = (id: string, more: Partial<Mission> = {}): Mission => ({
  ...{ mission_id: id, session_id: "s-serve", project: null, objective: `do ${id}`, completion: null, state: "queued", reason: "waits", seq: 3, attempt: 0 },
  ...{ attempts_started: 0, max_attempts: 3, executor_id: null, agent: null, priority: "normal", on_lost: "hold", abort_requested: false, held: false },
  ...{ created_at: "2026-01-01T00:00:00.000Z", updated_at: "2026-01-01T00:00:00.000Z", started_at: null, ended_at: null },
  ...more,
});

test("a held mission is not sent until it is released, and says who holds it", async () => {
  add("a", "b");
  expect(queue.hold("a", "wait for the review")).toMatchObject({
    outcome: "done",
    mission: { held: true, state: "pending", reason: "paused by a person: wait for the review" },
  });
  expect(await take()).toEqual(["b"]);
  expect(queue.release("a")).toMatchObject({ outcome: "done", mission: { held: false } });
  expect(await take()).toEqual(["a"]);
  expect(() => queue.hold("none")).toThrow(failure("not_found"));
});

test("a mission held while its POST is under way is held when it comes back, and serve is to be asked as well", async () => {
  add("a", "b");
  await take();
  expect(queue.hold("a").outcome).toBe("at_serve");
  await outbox.settle("a", again);
  expect(queue.mission("a")).toMatchObject({ held: true, state: "sent" });
  await outbox.settle("b", accepted);
  expect(queue.hold("b")).toMatchObject({ outcome: "at_serve", mission: { held: false } });
  expect(await take()).toEqual([]);
  queue.requestAbort("a");
  await outbox.abortTold("a", true);
  expect([queue.hold("a").outcome, queue.release("a").outcome, queue.setPriority("a", "low").outcome]).toEqual(Array(3).fill("already_ended"));
});

test("missions of a paused session wait with that reason, also new ones and those that come back; a resumed one lets them go", async () => {
  const session = add("flying");
  await take();
  const other = queue.startSession({ project, name: "other" }).session_id;
  add("elsewhere");
  expect(queue.setSessionState(session, "paused")).toMatchObject({ session_id: session, state: "paused" });
  queue.enqueue({ project, session, missions: [{ body: { mission_id: "late", objective: "x" } }] });
  await outbox.settle("flying", again);
  for (const id of ["flying", "late"]) expect(queue.mission(id)).toMatchObject({ held: true, reason: "its session is paused" });
  queue.hold("late");
  expect(await take()).toEqual(["elsewhere"]);
  queue.setSessionState(session, "active");
  expect(await take()).toEqual(["flying"]);
  queue.release("late");
  expect(await take()).toEqual(["late"]);
  expect(queue.sessions(project.id).map(({ session_id, state }) => [session_id, state])).toEqual([
    [other, "active"],
    [session, "active"],
  ]);
});

test("the newest active session takes new missions; a stopped one takes none, for ever", () => {
  const first = add("a");
  const second = queue.startSession({ project }).session_id;
  queue.setSessionState(second, "paused");
  expect(add("b")).toBe(first);
  queue.setSessionState(first, "stopped");
  expect(queue.mission("a")).toMatchObject({ held: true, reason: "its session is stopped" });
  expect(() => queue.setSessionState(first, "active")).toThrow(failure("state_conflict"));
  expect(() => queue.enqueue({ project, session: first, missions: [{ body: { objective: "x" } }] })).toThrow(failure("state_conflict"));
  expect([first, second]).not.toContain(add("c"));
  expect(queue.requestAbort("a").outcome).toBe("aborted");
});

test("serve's word on a session is mirrored; that it made one active by a dispatch undoes no pause of ours", async () => {
  const session = add("a");
  const state = () => queue.sessions(project.id)[0]?.state;
  await outbox.connect("serve-1", 0);
  const hear = (seq: number, to: "active" | "paused" | "stopped") => outbox.applyEvents("serve-1", [], seq, [{ session_id: session, state: to, seq }]);
  queue.setSessionState(session, "paused");
  await hear(1, "active");
  expect(state()).toBe("paused");
  await hear(2, "paused");
  await hear(3, "active");
  expect(state()).toBe("active");
  expect(await take()).toEqual(["a"]);
  await hear(3, "paused");
  expect(state()).toBe("active");
  await hear(4, "stopped");
  await hear(5, "active");
  expect(state()).toBe("stopped");
  await outbox.applyEvents("serve-1", [], 6, [{ session_id: "s-unknown", state: "paused", seq: 6 }]);
});

test("a priority may change until serve may have the mission; then rank and body agree, and a repeat of the dispatch is still one", async () => {
  add("a", "b", "c");
  expect(queue.setPriority("c", "critical")).toMatchObject({ outcome: "done", mission: { priority: "critical" } });
  expect(queue.enqueue({ project, missions: [{ body: { mission_id: "c", objective: "do c" } }] })).toMatchObject([{ replayed: true }]);
  const intents = await outbox.takeDue("serve-1", 100);
  expect(intents.map((intent) => intent.missionId)).toEqual(["c", "a", "b"]);
  expect(JSON.parse(intents[0]?.body ?? "")).toMatchObject({ mission_id: "c", priority: "critical" });
  expect(queue.setPriority("a", "high")).toMatchObject({ outcome: "at_serve", mission: { priority: "normal" } });
});

test("missions may wait for each other in one batch, but not in a circle", () => {
  const waits = (id: string, ...after: string[]) => ({ body: { mission_id: id, objective: "x", after } });
  queue.enqueue({ project, missions: [waits("c", "b"), waits("b", "a")] });
  expect(() => queue.enqueue({ project, missions: [waits("a", "z", "c")] })).toThrow(failure("dependency_cycle"));
  expect(() => queue.enqueue({ project, missions: [waits("self", "self")] })).toThrow(failure("dependency_cycle"));
  expect(queue.enqueue({ project, missions: [waits("a", "z")] })).toHaveLength(1);
  expect(queue.body("c")).toMatchObject({ after: ["b"] });
});

test("a retry that serve took is a row of its own, in the project of what it retries, and is mirrored like any other", async () => {
  queue.enqueue({ project, missions: [{ body: { mission_id: "old", objective: "do it", checks: [{ run: "true" }] } }] });
  const session_id = queue.mission("old")?.session_id ?? "";
  const retry = mission("new", { session_id, objective: "do it", retry_of: "old" });
  expect(queue.adopt(retry, "serve-1", { id: "/other", name: "other" })).toMatchObject({ mission_id: "new", project, state: "queued", reason: "waits" });
  expect(queue.body("new")).toMatchObject({ mission_id: "new", checks: [{ run: "true" }] });
  expect(queue.adopt({ ...retry, state: "running", seq: 9 }, "serve-1", project)).toMatchObject({ state: "running", seq: 9 });
  await outbox.applyEvents("serve-1", [{ ...{ mission_id: "new", seq: 10, state: "done", reason: "ok", attempt: 1, executor_id: null, result: null } }], 10);
  expect(queue.mission("new")).toMatchObject({ state: "done" });
  expect(queue.adopt(mission("foreign"), "serve-1", project)).toMatchObject({ project, session_id: "s-serve" });
  expect(await take()).toEqual(["old"]);
});

test("moving unbinds what the old serve is not known to have; the rest only by force; and says what it did", async () => {
  add("taken", "maybe", "flying");
  await take();
  await outbox.settle("taken", accepted);
  await outbox.settle("maybe", again);
  add("fresh", "gone");
  queue.requestAbort("gone");
  const ids = ["taken", "maybe", "flying", "fresh", "gone"];
  const plan = queue.move(ids, { dryRun: true });
  expect(plan.map(({ outcome, may_run_there }) => [outcome, may_run_there])).toEqual([
    ["accepted", true],
    ["moved", true],
    ["in_flight", false],
    ["not_bound", false],
    ["ended", false],
  ]);
  expect(queue.mission("maybe")).toMatchObject({ state: "sent", serve_id: "serve-1" });
  expect(queue.move(ids)).toEqual(plan);
  expect(queue.mission("maybe")).toMatchObject({ state: "pending", serve_id: null });
  expect(queue.move(["taken"], { force: true })).toMatchObject([{ outcome: "moved", from: "serve-1", may_run_there: true }]);
  await outbox.applyEvents("serve-1", [{ ...{ mission_id: "taken", seq: 10, state: "done", reason: "", attempt: 1, executor_id: null, result: null } }], 10);
  expect(await take("serve-2")).toEqual(["taken", "maybe", "fresh"]);
});

test("cleaning removes what ended long enough ago, keeps what serve has still to hear, and first says what it would remove", async () => {
  const session = add("a", "b", "c");
  await take();
  for (const id of ["a", "b"]) await outbox.settle(id, { kind: "failed", reason: "no" });
  queue.setSessionState(session, "stopped");
  const endedBefore = Date.now() + 1_000;
  expect(queue.clean({ endedBefore: 0 })).toEqual({ missions: [], sessions: [] });
  expect(queue.clean({ endedBefore, project: "/other" })).toEqual({ missions: [], sessions: [] });
  expect(queue.clean({ endedBefore, project: project.id, dryRun: true })).toEqual({ missions: ["a", "b"], sessions: [] });
  expect(queue.clean({ endedBefore, session })).toEqual({ missions: ["a", "b"], sessions: [] });
  expect(queue.mission("a")).toBeUndefined();
  expect(queue.counts({})).toEqual({ sent: 1 });
  await outbox.settle("c", { kind: "failed", reason: "no" });
  expect(queue.clean({ endedBefore })).toEqual({ missions: ["c"], sessions: [session] });
  expect([queue.counts({}), queue.sessions()]).toEqual([{}, []]);
});

test("a purged mission leaves its identity: the same again is answered as what it was, anything else is refused, for request ids too", async () => {
  const typed = { objective: "typed" };
  const ask = (objective: string) => queue.enqueue({ project, session: "night", missions: [{ body: { objective }, requestId: "r1", typed }] });
  const night = queue.startSession({ project, name: "night" }).session_id;
  const session = add("a", "b");
  const exported = [...queue.exportMissions({ session })].join("\n");
  const [byRequest] = ask("typed");
  queue.setPriority("a", "high");
  for (const id of ["a", "b", byRequest?.mission_id ?? ""]) queue.requestAbort(id);
  queue.setSessionState(night, "stopped");
  queue.clean({ endedBefore: Date.now() + 1_000 });
  expect(queue.mission("a")).toBeUndefined();

  const again = { mission_id: "a", session_id: session, state: "aborted", replayed: true, purged: true };
  expect(queue.enqueue({ project, missions: [{ body: { mission_id: "a", objective: "do a" } }] })).toEqual([again]);
  expect(() => queue.enqueue({ project, missions: [{ body: { mission_id: "a", objective: "other" } }] })).toThrow(failure("idempotency_key_reused"));
  expect(ask("typed")).toEqual([{ ...byRequest, state: "aborted", replayed: true, purged: true }]);
  expect(() => queue.enqueue({ project, missions: [{ body: { objective: "other" }, requestId: "r1" }] })).toThrow(failure("state_conflict"));

  expect(queue.importMissions(project, exported)).toMatchObject({ missions: [{ outcome: "known" }, { outcome: "known" }], notes: [/purged/, /purged/] });
  expect(() => queue.importMissions(project, exported.replaceAll('"do a"', '"other"'))).toThrow(failure("idempotency_key_reused"));
  expect(queue.counts({})).toEqual({});
});

test("a mission that was refused while its abort was asked for has nothing left to be told, and is cleaned", async () => {
  add("a");
  await take();
  expect(queue.requestAbort("a").outcome).toBe("requested");
  await outbox.settle("a", { kind: "failed", reason: "invalid_request" });
  expect(outbox.abortsDue("serve-1", 9)).toEqual([]);
  expect(queue.clean({ endedBefore: Date.now() + 1_000 }).missions).toEqual(["a"]);
});

test("a row of an older version that holds half of a character is purged like any other, and its id stays its own", () => {
  add("half", "whole");
  const db = openDatabase(queue.path, QUEUE_SCHEMA);
  db.prepare("UPDATE payload SET body = ? WHERE mission_id = 'half'").run('{"mission_id":"half","objective":"x \\ud800 y"}');
  db.close();
  const queueAgain = () => queue.enqueue({ project, missions: [{ body: { mission_id: "half", objective: "x" } }] });
  expect(queueAgain).toThrow(failure("idempotency_key_reused"));
  for (const id of ["half", "whole"]) queue.requestAbort(id);
  expect(queue.clean({ endedBefore: Date.now() + 1_000 }).missions).toEqual(["half", "whole"]);
  expect(queueAgain).toThrow(failure("idempotency_key_reused"));
});

test("what waits for a purged mission knows how it ended", async () => {
  add("a", "b");
  await take();
  for (const [id, state] of [
    ["a", "done"],
    ["b", "failed"],
  ] as const)
    await outbox.applyEvents("serve-1", [{ mission_id: id, seq: id === "a" ? 1 : 2, state, reason: "", attempt: 1, executor_id: null, result: null }], 2);
  queue.clean({ endedBefore: Date.now() + 1_000 });
  for (const id of ["a", "b"]) queue.enqueue({ project, missions: [{ body: { mission_id: `after-${id}`, objective: "x", after: [id] } }] });
  // Also where the serve that had it is the one that answers: it was purged there too.
  const [sent] = await outbox.takeDue("serve-1", 9);
  expect([sent?.missionId, JSON.parse(sent?.body ?? "")]).toEqual(["after-a", expect.not.objectContaining({ after: expect.anything() })]);
  expect(queue.mission("after-b")).toMatchObject({ state: "pending", reason: expect.stringContaining("waits for b, which failed") });
});

test("a file of the first version is brought up to date with what is in it", async () => {
  const path = join(folder, "old.db");
  const old = openDatabase(path, { ...QUEUE_SCHEMA, migrations: QUEUE_SCHEMA.migrations.slice(0, 1) });
  old.exec(`INSERT INTO session(id, project_id, project_name, created_at) VALUES ('s-1', 'p', 'p', 1);
    INSERT INTO mission(id, session_id, project_id, project_name, objective, priority, state, created_at, updated_at)
      VALUES ('a', 's-1', 'p', 'p', 'x', 1, 'pending', 1, 1), ('b', 's-1', 'p', 'p', 'x', 1, 'done', 1, 1);
    INSERT INTO payload VALUES ('a', '{"mission_id":"a","objective":"x","after":["z"]}'), ('b', '{"mission_id":"b","objective":"x","after":null}')`);
  old.close();
  const now = openQueue(path, systemClock);
  expect(now.counts({ project: "p" })).toEqual({ pending: 1, done: 1 });
  expect(now.sessions()).toMatchObject([{ session_id: "s-1", state: "active" }]);
  const circle = { body: { mission_id: "z", objective: "x", after: ["a"] } };
  expect(() => now.enqueue({ project: { id: "p", name: "p" }, missions: [circle] })).toThrow(failure("dependency_cycle"));
  now.close();
});

test("ten thousand missions are queued in one call, or none of them", () => {
  const missions = Array.from({ length: 10_000 }, (_, n) => ({ body: { objective: `mission ${n}` } }));
  expect(() => queue.enqueue({ project, missions: [...missions, { body: { objective: "" } }] })).toThrow(/mission 10001 is not valid/);
  expect(queue.counts({})).toEqual({});
  expect(new Set(queue.enqueue({ project, missions }).map((one) => one.mission_id)).size).toBe(10_000);
  expect(queue.counts({ project: project.id })).toEqual({ pending: 10_000 });
});
