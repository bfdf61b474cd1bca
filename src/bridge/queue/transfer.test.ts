// Missions that leave one queue and enter another, and prior art's files: ids kept, nothing sent that had begun elsewhere.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../core/time.ts";
import { openQueue } from "./open-queue.ts";
import { openOutbox } from "./outbox.ts";
import type { Queue } from "./queue.ts";

const project = { id: "/repo/.git", name: "repo" };
let folder = "";
let queue: Queue;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "aiwg-"));
  queue = openQueue(join(folder, "queue.db"), systemClock);
});
afterEach(() => {
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

const base = { completion: "npm test", loop: 0, maxIterations: 10, priority: "normal", mode: "direct" };
const file = {
  ...{ id: "mc-mhx2jzzz-9b01aa", name: "Q1 export", state: "active", maxMissions: 10 },
  ...{ createdAt: "2026-11-23T09:15:00.000Z", updatedAt: "2026-11-23T09:15:06.000Z" },
  mutationKeys: { "req-88": { action: "dispatch", target: "m-1", updatedAt: "2026-11-23T09:15:00.500Z" } },
  missions: [
    { ...base, id: "m-1", objective: "stream the rows", status: "queued", maxTotalTokens: 5_000, maxTotalCost: 1.5, maxWallClockMinutes: 20, maxToolCalls: 0 },
    { ...base, id: "m-2", objective: "x", status: "assigned", priority: "high", executorId: "e-1", dispatchAttempts: 1, targetAgentId: "claude" },
    {
      ...base,
      id: "m-3",
      objective: "x",
      status: "failed",
      priority: "odd",
      failedAt: "2026-11-23T09:15:08.700Z",
      failureReason: "unreachable",
      failureMessage: "gone",
    },
    { ...base, id: "m-4", objective: "x", status: "running", loop: 3, ralphPid: 40_412, requiredCapabilities: ["gpu"], longRunning: true },
    { ...base, id: "m-5", objective: "x", status: "completed", summary: "all green", exitCode: 0, completedAt: "2026-11-23T10:00:00.000Z" },
    { ...base, id: "m-6", objective: "x", status: "cancelled", abortReason: "no longer wanted" },
    { ...base, id: "m-7", objective: "x", status: "quarantined", completion: undefined, metadata: { ticket: 7 } },
  ],
};

test("prior art's file comes in with its ids: what waited waits, what had begun is held, what ended is history; twice is once", async () => {
  const first = queue.importMissions(project, JSON.stringify(file, null, 2));
  expect(first.missions.map((one) => one.outcome)).toEqual(["queued", "held", "history", "held", "history", "history", "held"]);
  expect(first.sessions).toMatchObject([{ session_id: file.id, name: null, state: "active", project }]);
  expect(first.notes).toEqual([expect.stringContaining("quarantined"), expect.stringContaining("Q1 export")]);
  expect(queue.missions({ limit: 9 }).map(({ mission_id, state }) => [mission_id, state])).toEqual([
    ["m-7", "suspended"],
    ["m-6", "aborted"],
    ["m-5", "done"],
    ["m-4", "suspended"],
    ["m-3", "failed"],
    ["m-2", "suspended"],
    ["m-1", "pending"],
  ]);
  expect(queue.mission("m-3")).toMatchObject({ reason: "unreachable: gone", updated_at: "2026-11-23T09:15:08.700Z", priority: "normal" });
  expect(queue.mission("m-5")).toMatchObject({ reason: "all green", result: { verified: null, exit_code: 0, summary: "all green" } });
  expect(queue.mission("m-4")).toMatchObject({ held: true, reason: "imported, was running elsewhere; resume it to send it" });
  const again = queue.importMissions(project, JSON.stringify(file));
  expect(again.missions.every((one) => one.outcome === "known")).toBe(true);
  const outbox = openOutbox(queue.path, { clock: systemClock, onFatal: () => undefined });
  expect((await outbox.takeDue("serve-1", 99)).map((intent) => intent.missionId)).toEqual(["m-1"]);
  expect(outbox.openMissions(0, 99)).toEqual([]);
  expect(queue.release("m-4")).toMatchObject({ outcome: "done", mission: { state: "pending", held: false } });
  expect((await outbox.takeDue("serve-1", 99)).map((intent) => intent.missionId)).toEqual(["m-4"]);
  outbox.end();
});

test("fields of prior art that have a place take it, all others are kept under metadata, and no workspace is added", () => {
  queue.importMissions(project, JSON.stringify(file));
  expect(queue.body("m-1")).toEqual({
    ...{ mission_id: "m-1", objective: "stream the rows", completion: "npm test", priority: "normal", project },
    limits: { max_iterations: 10, tokens: 5_000, cost_usd: 1.5, wall_clock_s: 1_200 },
    metadata: { status: "queued", loop: 0, mode: "direct", maxToolCalls: 0 },
  });
  expect(queue.body("m-2")).toMatchObject({ executor_filter: { agent_id: "claude" }, metadata: { executorId: "e-1", dispatchAttempts: 1 } });
  expect(queue.body("m-3")).toMatchObject({ metadata: { priority: "odd" } });
  expect(queue.body("m-4")).toMatchObject({ long_running: true, executor_filter: { capabilities: ["gpu"] }, metadata: { ralphPid: 40_412 } });
  expect(queue.body("m-7")).toMatchObject({ metadata: { ticket: 7 } });
  const use = () => queue.enqueue({ project, missions: [{ body: { objective: "stream the rows" }, requestId: "req-88" }] });
  expect(use).toThrow(expect.objectContaining({ code: "state_conflict", message: expect.stringContaining("m-1") }));
});

test("an export enters another queue as it was, and the same queue as nothing new", () => {
  queue.importMissions(project, JSON.stringify(file));
  queue.startSession({ project, name: "night" });
  queue.enqueue({ project, session: "night", missions: Array.from({ length: 300 }, (_, n) => ({ body: { objective: `do ${n}` } })) });
  queue.hold("m-1", "later");
  const lines = [...queue.exportMissions({ project: project.id })];
  expect(lines).toHaveLength(1 + 2 + 7 + 300);
  expect([...queue.exportMissions({ session: file.id })]).toHaveLength(1 + 1 + 7);
  const text = `${lines.join("\n")}\n`;
  expect(queue.importMissions(project, text).missions.every((one) => one.outcome === "known")).toBe(true);
  const other = openQueue(join(folder, "other.db"), systemClock);
  const elsewhere = { id: "/clone/.git", name: "clone" };
  other.importMissions(elsewhere, text);
  expect(other.counts({ project: elsewhere.id })).toEqual(queue.counts({}));
  expect(other.mission("m-1")).toMatchObject({ state: "pending", held: true, reason: "paused by a person: later", project: elsewhere });
  expect(other.mission("m-5")).toMatchObject({ state: "done", result: { summary: "all green" } });
  expect([...other.exportMissions({})].slice(0, 10)).toEqual(
    [...queue.exportMissions({})].slice(0, 10).map((line) => line.replaceAll("/repo/.git", "/clone/.git").replaceAll('"name":"repo"', '"name":"clone"')),
  );
  other.close();
});

test("records without dates count as of the import, say so, and take no new missions unless named; dated ones stand in their order", () => {
  const [own] = queue.enqueue({ project, missions: [{ body: { objective: "x" } }] });
  const { createdAt: _1, updatedAt: _2, ...undated } = file;
  const before = Date.now();
  const missions = [{ ...base, id: "u-1", objective: "x", status: "completed" }];
  const { notes } = queue.importMissions(project, JSON.stringify({ ...undated, id: "s-undated", name: undefined, missions }));
  expect(notes).toEqual([expect.stringContaining("s-undated has no date"), expect.stringContaining("u-1")]);
  const row = queue.mission("u-1");
  for (const at of [row?.created_at, row?.updated_at, queue.sessions()[0]?.created_at]) expect(Date.parse(at ?? "")).toBeGreaterThanOrEqual(before);
  // Its own date is the best that is known of a session; the date of a mission is better than none.
  queue.importMissions(
    project,
    JSON.stringify({ ...undated, id: "s-by-mission", name: undefined, missions: [{ ...missions[0], id: "u-2", completedAt: "2026-02-01T00:00:00.000Z" }] }),
  );
  expect(queue.sessions()[0]).toMatchObject({ session_id: "s-by-mission", created_at: "2026-02-01T00:00:00.000Z" });
  queue.importMissions(project, JSON.stringify({ ...undated, id: "s-ahead", name: undefined, createdAt: "2999-01-01T00:00:00.000Z", missions: [] }));

  expect(queue.enqueue({ project, missions: [{ body: { objective: "y" } }] })[0]?.session_id).toBe(own?.session_id);
  expect(queue.enqueue({ project, session: "s-undated", missions: [{ body: { objective: "z" } }] })[0]?.session_id).toBe("s-undated");
});

test("an import with anything wrong changes nothing and names the place", () => {
  const [good] = file.missions;
  const bad = (missions: readonly unknown[]) => () => queue.importMissions(project, JSON.stringify({ ...file, missions }));
  expect(bad([good, { ...good, id: "a b" }])).toThrow(/\/missions\/1\/id/);
  expect(bad([good, { ...good, id: "m-9", objective: "" }])).toThrow(/mission 2 \(m-9\).*objective/);
  expect(() => queue.importMissions(project, "nonsense")).toThrow(/line 1/);
  expect(() => queue.importMissions(project, '{"objective":"new"}')).toThrow(expect.objectContaining({ hint: expect.stringContaining("dispatch --from") }));
  expect(() => queue.importMissions(project, '{"kind":"aiwg.queue","version":2}')).toThrow(/version 2/);
  expect(queue.sessions()).toEqual([]);
  queue.importMissions(project, JSON.stringify(file));
  expect(bad([{ ...good, objective: "another" }])).toThrow(expect.objectContaining({ code: "idempotency_key_reused" }));
  expect(() => queue.importMissions({ id: "/other", name: "other" }, JSON.stringify(file))).toThrow(
    expect.objectContaining({ code: "idempotency_key_reused" }),
  );
});
