// What a mission waits for that ended without the serve it is sent to: imported history, refused or aborted here, another serve.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../core/time.ts";
import type { MissionResult } from "../../mission/wire/http.ts";
import { openQueue } from "./open-queue.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import type { NewMission, Queue } from "./queue.ts";

const project = { id: "/repo/.git", name: "repo" };
const workspace = { repo: { path: "/repo", host_id: "h" }, base: "1".repeat(40) };
const commit = "2".repeat(40);
const result: MissionResult = { verified: true, checks: [], exit_code: 0, summary: null, tokens_total: null, cost_usd: null, branch: "aiwg/x", commit };
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

const importEnded = (...ended: readonly { readonly id: string; readonly state: string; readonly reason?: string }[]): void => {
  const created_at = "2026-01-02T03:04:05.000Z";
  const lines = [
    { kind: "session", id: "s-old", name: null, state: "stopped", created_at },
    ...ended.map(({ id, state, reason = "" }) => ({
      ...{ kind: "mission", session_id: "s-old", state, reason, result, created_at, updated_at: created_at },
      body: { mission_id: id, objective: "old", workspace },
    })),
  ];
  queue.importMissions(project, lines.map((line) => JSON.stringify(line)).join("\n"));
};
const add = (id: string, after: readonly string[], more: Partial<NewMission> = {}): void =>
  void queue.enqueue({ project, missions: [{ ...more, body: { mission_id: id, objective: "new", workspace, after: [...after] } }] });
const take = async (serve = "serve-1"): Promise<Map<string, { readonly after?: string[]; readonly workspace: { readonly base: string } }>> =>
  new Map((await outbox.takeDue(serve, 99)).map(({ missionId, body }) => [missionId, JSON.parse(body) as never]));

test("what imported history knows as done is met: serve is not told of it, the mission starts from its result, and the queue still shows it", async () => {
  importEnded({ id: "old-done", state: "done" });
  add("new", ["old-done"]);
  add("mixed", ["old-done", "not-here"]);
  const sent = await take();
  expect(sent.get("new")).toMatchObject({ workspace: { ...workspace, base: commit } });
  expect(sent.get("new")).not.toHaveProperty("after");
  expect(sent.get("mixed")).toMatchObject({ after: ["not-here"], workspace });
  expect(queue.body("new")).toMatchObject({ after: ["old-done"], workspace });
});

test("every attempt sends the same body, though what is known here has changed meanwhile", async () => {
  importEnded({ id: "old-done", state: "done" });
  add("waits", ["later", "old-done"]);
  const [first] = await outbox.takeDue("serve-1", 9);
  expect(JSON.parse(first?.body ?? "")).toMatchObject({ after: ["later"] });
  await outbox.settle("waits", { kind: "again", reason: "", delayMs: 0, unknown: true, pending: false, declined: false });
  importEnded({ id: "later", state: "done" });
  const [second] = await outbox.takeDue("serve-1", 9);
  expect(second?.body).toBe(first?.body);
});

test("what failed or was aborted without serve keeps its dependents here with that reason, until it is run again", async () => {
  importEnded({ id: "old-failed", state: "failed", reason: "check_failed" });
  add("gone", []);
  queue.requestAbort("gone");
  add("a", ["old-failed"]);
  add("b", ["gone"]);
  add("free", []);
  await outbox.connect("serve-1", 0);
  outbox.begin({ pid: process.pid, start: "" });
  expect([...(await take()).keys()]).toEqual(["free"]);
  expect(queue.mission("a")).toMatchObject({ state: "pending", held: false, reason: "waits for old-failed, which failed (check_failed)" });
  expect(queue.mission("b")).toMatchObject({ state: "pending", reason: expect.stringContaining("waits for gone, which was aborted") });
  expect(outbox.hasDue()).toBe(false);

  add("again", [], { retryOf: "old-failed" });
  expect((await take()).get("a")).toMatchObject({ after: ["again"] });
  // A person may end it, hold it and let it go while it waits.
  expect(queue.hold("b")).toMatchObject({ mission: { held: true } });
  expect(queue.release("b")).toMatchObject({ mission: { held: false, state: "pending" } });
  expect([...(await take()).keys()]).toEqual([]);
  expect(queue.requestAbort("b")).toMatchObject({ outcome: "aborted" });
});

test("what the serve itself has is named to it as it was typed; another serve hears of it only what it can know", async () => {
  add("first", []);
  await take();
  await outbox.settle("first", { kind: "accepted", state: "queued", executorId: null, attempt: 0 });
  await outbox.applyEvents(
    "serve-1",
    [{ mission_id: "first", seq: 1, state: "done", reason: "", attempt: 1, executor_id: "e", result: JSON.stringify(result) }],
    1,
  );
  add("second", ["first"]);
  expect((await take("serve-1")).get("second")).toMatchObject({ after: ["first"], workspace });
  await outbox.settle("second", { kind: "again", reason: "", delayMs: 0, unknown: false, pending: true, declined: false });
  expect(queue.move(["second"])).toMatchObject([{ outcome: "moved" }]);
  expect((await take("serve-2")).get("second")).toMatchObject({ workspace: { base: commit } });
});
