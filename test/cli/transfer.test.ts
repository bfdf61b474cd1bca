import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { systemClock } from "../../src/core/time.ts";
import { aiwg, jsonOf, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
let other: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
  other = makePlace();
});
afterEach(() => {
  place.remove();
  other.remove();
});

type Status = {
  readonly counts: Record<string, number>;
  readonly missions: readonly { readonly id: string; readonly state: string; readonly session_id: string }[];
};
const status = async (at: typeof place, ...args: string[]): Promise<Status> => jsonOf(await aiwg(at, ["mc", "status", "--json", ...args])).data as Status;

test("an export is taken in elsewhere with ids, sessions and bodies; a repeat changes nothing; the way back is the same text", async () => {
  await aiwg(place, ["mc", "start", "nightly"]);
  const first = (await aiwg(place, ["mc", "dispatch", "nightly", "one \u009b2J two", "--no-repo", "--check", "true", "--priority", "high"])).stdout.trim();
  const second = (await aiwg(place, ["mc", "dispatch", "nightly", "two", "--no-repo", "--after", first])).stdout.trim();
  const exported = await aiwg(place, ["mc", "export"]);
  expect(exported.code).toBe(0);
  expect(exported.stdout).not.toContain("\u009b");
  const file = join(other.work, "export.jsonl");
  writeFileSync(file, exported.stdout);

  const looked = await aiwg(other, ["mc", "import", file, "--dry-run"]);
  expect(looked.stdout).toContain(`${first}  queued`);
  expect((await status(other)).missions).toEqual([]);

  expect((await aiwg(other, ["mc", "import", file])).code).toBe(0);
  expect((await aiwg(other, ["mc", "import", file])).stdout).toContain("here already");
  expect((await status(other, "nightly")).missions.map(({ id }) => id).toSorted()).toEqual([first, second].toSorted());
  const queue = openQueue(join(other.home, "state", "queue.db"), systemClock);
  expect(queue.body(second)).toMatchObject({ after: [first], objective: "two" });
  expect(queue.body(first)).toMatchObject({ objective: "one \u009b2J two", checks: [{ run: "true" }], priority: "high" });
  queue.close();
  const bodies = (text: string): unknown[] =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; body?: object })
      .filter(({ kind }) => kind === "mission")
      .map(({ body }) => ({ ...body, project: null }));
  expect(bodies((await aiwg(other, ["mc", "export", "nightly"])).stdout)).toEqual(bodies(exported.stdout));
});

test("dispatch --from reads an export too: what waited is queued under its id, what had ended is passed over", async () => {
  const waiting = (await aiwg(place, ["mc", "dispatch", "waits", "--no-repo"])).stdout.trim();
  const ended = (await aiwg(place, ["mc", "dispatch", "ended", "--no-repo"])).stdout.trim();
  await aiwg(place, ["mc", "abort", ended]);
  const file = join(other.work, "export.jsonl");
  writeFileSync(file, (await aiwg(place, ["mc", "export"])).stdout);
  const { data } = jsonOf(await aiwg(other, ["mc", "dispatch", "--from", file, "--json"])) as {
    data: { missions: { mission_id: string }[]; passed_over: number };
  };
  expect(data.missions.map(({ mission_id }) => mission_id)).toEqual([waiting]);
  expect(data.passed_over).toBe(1);
});

test("prior art's session.json comes in with its ids: what waited is queued, what ran is held until resumed, what ended is history", async () => {
  const file = join(place.work, "session.json");
  const mission = { completion: "y", loop: 0, maxIterations: 10, priority: "normal", mode: "direct" };
  const session = {
    id: "mc-mhx2jzzz-9b01aa",
    name: "Q1",
    state: "active",
    maxMissions: 10,
    createdAt: "2026-11-23T09:15:00.000Z",
    updatedAt: "2026-11-23T09:15:06.000Z",
  };
  const missions = [
    { ...mission, id: "m-a", objective: "waits", status: "queued" },
    { ...mission, id: "m-b", objective: "runs", status: "running", ralphPid: 40412 },
    { ...mission, id: "m-c", objective: "failed", status: "failed", failureReason: "unreachable" },
  ];
  writeFileSync(file, JSON.stringify({ ...session, mutationKeys: { "req-88": { action: "dispatch", target: "m-a" } }, missions }, undefined, 2));
  const ran = await aiwg(place, ["mc", "import", file]);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/m-a {2}queued\nm-b {2}held.*\nm-c {2}history/);
  expect((await status(place, session.id)).counts).toEqual({ pending: 1, suspended: 1, failed: 1 });
  expect((await aiwg(place, ["mc", "resume", "m-b"])).code).toBe(0);
  expect((await status(place, session.id)).counts).toEqual({ pending: 2, failed: 1 });
  // Nothing of it gets a workspace here.
  expect(readFileSync(file, "utf8")).toContain("m-a");
  const queue = openQueue(join(place.home, "state", "queue.db"), systemClock);
  expect(queue.body("m-a")).toMatchObject({ limits: { max_iterations: 10 }, completion: "y" });
  expect(queue.body("m-a")?.workspace).toBeUndefined();
  queue.close();
});

test("what is imported without a reason has one all the same, and a status that nobody knows is told as it was", async () => {
  const missions = ["completed", "aborted", "failed", "whatever"].map((status) => ({ id: `m-${status}`, objective: "x", status }));
  const file = join(place.work, "session.json");
  writeFileSync(file, JSON.stringify({ id: "s-old", createdAt: "2026-11-23T09:15:00.000Z", missions }));
  expect((await aiwg(place, ["mc", "import", file])).stderr).toContain('its status "whatever" is not known here');
  const { stdout } = await aiwg(place, ["mc", "status", "s-old"]);
  for (const [id, ended] of [
    ["m-completed", "done"],
    ["m-aborted", "aborted"],
    ["m-failed", "failed"],
  ])
    expect(stdout).toMatch(new RegExp(`${id} .*imported, ended as ${ended} elsewhere`));
  expect(stdout).toMatch(/m-whatever .*imported, was "whatever" elsewhere; resume it to send it/);
  expect((await aiwg(place, ["mc", "resume", "m-whatever"])).code).toBe(0);
});

test("a pending mission is held and let go in the queue alone, and move says what it cannot move", async () => {
  const id = (await aiwg(place, ["mc", "dispatch", "x", "--no-repo"])).stdout.trim();
  expect(await aiwg(place, ["mc", "pause", id, "--reason", "later"])).toMatchObject({ code: 0, stdout: expect.stringContaining("held") });
  expect((jsonOf(await aiwg(place, ["mc", "status", id, "--json"])).data as { missions: { reason: string }[] }).missions[0]?.reason).toContain("later");
  expect((await aiwg(place, ["mc", "resume", id])).code).toBe(0);
  expect((await aiwg(place, ["mc", "resume", id])).code).toBe(4);
  expect(await aiwg(place, ["mc", "move", id])).toMatchObject({ code: 4, stderr: expect.stringContaining("was sent to no serve yet") });
  expect((await aiwg(place, ["mc", "diff", id])).code).toBe(3);
  await aiwg(place, ["mc", "abort", id]);
  const again = await aiwg(place, ["mc", "retry", id]);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^m-/) });
  expect((await status(place)).counts).toEqual({ aborted: 1, pending: 1 });
  expect((await aiwg(place, ["mc", "export"])).stdout).toContain(`"retry_of":"${id}"`);
});

test("what failed in a session without serve is run again once, however often that is asked for", async () => {
  const at = { session_id: "s-1", created_at: "2026-01-01T00:00:00.000Z" };
  const failed = { ...at, kind: "mission", state: "failed", reason: "no", updated_at: at.created_at, body: { mission_id: "m-1", objective: "x" } };
  const file = join(place.work, "export.jsonl");
  writeFileSync(file, [{ ...at, kind: "session", id: "s-1", name: "night", state: "active" }, failed].map((line) => JSON.stringify(line)).join("\n"));
  await aiwg(place, ["mc", "import", file]);
  expect((await aiwg(place, ["mc", "retry", "night"])).stdout).toContain("again m-1");
  expect(await aiwg(place, ["mc", "retry", "night"])).toMatchObject({ code: 0, stdout: "" });
  // Nothing of it is any serve's to know, so nobody is told that none could be asked.
  expect((await aiwg(place, ["mc", "status"])).stderr).not.toContain("as the queue knows it");
  expect((await status(place)).counts).toEqual({ failed: 1, pending: 1 });
});
