// The mirror law: whatever arrives, how often and in which order, the row ends as the greatest seq says; and what the
// bridge's side of the queue promises around it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownProcess } from "../../core/node/processes.ts";
import { systemClock } from "../../core/time.ts";
import { MISSION_STATES } from "../../mission/model.ts";
import { newsOfEvent, type MirroredState } from "./mirror.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import { openQueue } from "./open-queue.ts";
import type { Queue } from "./queue.ts";

const project = { id: "/repo/.git", name: "repo" };
let folder = "";
let queue: Queue;
let outbox: Outbox;
let n = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "aiwg-"));
  queue = openQueue(join(folder, "queue.db"), systemClock);
  outbox = openOutbox(queue.path, { clock: systemClock, onFatal: () => undefined });
  outbox.begin(ownProcess());
  await outbox.connect("serve-1", 0);
});
afterEach(() => {
  outbox.end();
  queue.close();
  rmSync(folder, { recursive: true, force: true });
});

const add = (count = 1): string[] => {
  const missions = Array.from({ length: count }, () => ({ body: { mission_id: `m-${n++}`, objective: "x" } }));
  return queue.enqueue({ project, missions }).map((row) => row.mission_id);
};
const accepted = { kind: "accepted", state: "queued", executorId: null, attempt: 0 } as const;
const again = { kind: "again", reason: "r", delayMs: 0, unknown: true, pending: false, declined: false } as const;
const news = (missionId: string, seq: number, state: MirroredState["state"]): MirroredState => ({
  ...{ mission_id: missionId, seq, state, reason: `seq ${seq}`, attempt: seq, executor_id: null, result: null },
});

type Step = { readonly kind: "event" | "read" | "settle"; readonly seq: number };

test("in any order and with any repeats, the greatest seq wins", async () => {
  // What serve says at each seq is one fact, however it arrives.
  const factAt = (seq: number): MirroredState["state"] => MISSION_STATES[(seq * 7) % MISSION_STATES.length] ?? "queued";
  const step: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom("event", "event", "read", "settle"), seq: fc.integer({ min: 1, max: 30 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.boolean(), async (steps, lost) => {
      const [id = ""] = add();
      await outbox.takeDue("serve-1", 100);
      for (const { kind, seq } of steps) {
        if (kind === "settle") await outbox.settle(id, lost ? again : accepted);
        else if (kind === "event") await outbox.applyEvents("serve-1", [news(id, seq, factAt(seq))], seq);
        else await outbox.applyRead("serve-1", news(id, seq, factAt(seq)));
      }
      const told = steps.filter((one) => one.kind !== "settle").map((one) => one.seq);
      const top = Math.max(0, ...told);
      const row = queue.mission(id);
      expect(row?.seq).toBe(top);
      expect(row?.state).toBe(top > 0 ? factAt(top) : lost ? "sent" : "queued");
    }),
    { numRuns: 150 },
  );
});

test("events of another serve, and of missions that are not here, change nothing", async () => {
  const [id = ""] = add();
  await outbox.takeDue("serve-1", 1);
  await outbox.applyEvents("serve-2", [news(id, 9, "done")], 9);
  await outbox.applyEvents("serve-1", [news("m-elsewhere", 9, "done")], 9);
  expect(queue.mission(id)).toMatchObject({ state: "sent", seq: 0 });
  expect(outbox.cursor("serve-1")).toMatchObject({ cursor: 9 });
});

test("a row in flight is taken once; after a crash it is due again, unless events had told of it", async () => {
  const [first = "", second = "", third = ""] = add(3);
  expect((await outbox.takeDue("serve-1", 2)).map((intent) => [intent.missionId, intent.attempt, intent.unknown])).toEqual([
    [first, 1, false],
    [second, 1, false],
  ]);
  expect((await outbox.takeDue("serve-1", 5)).map((intent) => intent.missionId)).toEqual([third]);
  await outbox.applyEvents("serve-1", [news(second, 4, "running")], 4);
  const other = openOutbox(queue.path, { clock: systemClock, onFatal: () => undefined });
  other.begin(ownProcess());
  expect((await other.takeDue("serve-1", 5)).map((intent) => [intent.missionId, intent.attempt, intent.unknown])).toEqual([
    [first, 2, true],
    [third, 2, true],
  ]);
  expect(queue.mission(second)).toMatchObject({ state: "running" });
  other.end();
});

test("an intent whose attempt ends after another serve has connected is not sent there", async () => {
  outbox.begin(ownProcess());
  await outbox.connect("serve-1", 0);
  const [id = ""] = add();
  await outbox.takeDue("serve-1", 1);
  await outbox.connect("serve-2", 0);
  await outbox.settle(id, again);
  expect(await outbox.takeDue("serve-2", 9)).toEqual([]);
  await outbox.connect("serve-1", 0);
  expect(await outbox.takeDue("serve-1", 9)).toMatchObject([{ missionId: id, unknown: true, wasSent: true }]);
});

test("a mission refused for good no longer hears of events under its id", async () => {
  const [id = ""] = add();
  await outbox.takeDue("serve-1", 1);
  await outbox.settle(id, { kind: "failed", reason: "serve answered idempotency_key_reused: taken" });
  await outbox.applyEvents("serve-1", [news(id, 9, "done")], 9);
  expect(queue.mission(id)).toMatchObject({ state: "failed", reason: "serve answered idempotency_key_reused: taken" });
});

test("a wait outlasts the bridge that set it, and not a clock that went back", async () => {
  let now = 1_000_000_000_000;
  const clock = { ...systemClock, now: () => now };
  const slow = openOutbox(queue.path, { clock, onFatal: () => undefined });
  const [id = ""] = add();
  await slow.takeDue("serve-1", 1);
  await slow.settle(id, { ...again, delayMs: 60_000 });
  expect([await slow.takeDue("serve-1", 1), slow.nextDue()]).toEqual([[], now + 60_000]);
  now -= 3_600_000;
  expect(await slow.takeDue("serve-1", 1)).toMatchObject([{ missionId: id, attempt: 2, unknown: true }]);
  slow.end();
});

test("an event without a state, or whose result is no result, is no reason to fall over", () => {
  const event = { seq: 1, event: "mission.completed", mission_id: "m", ts: "", data: { result: "odd" } } as const;
  expect(newsOfEvent(event)).toBeUndefined();
  expect(newsOfEvent({ ...event, state: "done" })).toMatchObject({ state: "done", result: null });
});

test("what is asked often is answered from an index, however many missions there are", () => {
  const db = new DatabaseSync(queue.path);
  const plan = (sql: string): string =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row["detail"]))
      .join("; ");
  const queries = [
    "SELECT n, id FROM mission WHERE phase = 1 ORDER BY priority DESC, n LIMIT 16",
    "SELECT min(next_due) AS at FROM mission WHERE phase = 2",
    "SELECT id FROM mission WHERE abort = 1 AND serve_id = 'x' ORDER BY n LIMIT 16",
    "SELECT * FROM mission WHERE project_id = 'x' ORDER BY n DESC LIMIT 1000",
    "SELECT * FROM mission WHERE +project_id = 'x' AND session_id = 'y' ORDER BY n DESC LIMIT 1000",
    "SELECT * FROM mission WHERE id >= 'x' AND id < 'x~' AND +project_id = 'y' ORDER BY id LIMIT 6",
    "UPDATE mission SET phase = 1 WHERE phase = 2 AND (next_due <= 5 OR next_due > 9)",
    "UPDATE mission SET phase = 1 WHERE phase = 3",
  ];
  const plans = queries.map(plan);
  db.close();
  for (const detail of plans) {
    expect(detail).toMatch(/USING (COVERING )?INDEX/);
    expect(detail).not.toContain("TEMP B-TREE");
  }
});

test("a queue that stays locked by another program is an error that names the file, and nothing is lost", () => {
  const holder = new DatabaseSync(queue.path);
  holder.exec("BEGIN IMMEDIATE");
  const write = () => queue.enqueue({ project, missions: [{ body: { objective: "x" } }] });
  expect(write).toThrow(expect.objectContaining({ code: "store_unavailable", message: expect.stringContaining(queue.path) }));
  expect(queue.counts({})).toEqual({});
  holder.close();
  write();
  expect(queue.counts({})).toEqual({ pending: 1 });
});
