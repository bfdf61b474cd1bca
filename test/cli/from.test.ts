import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { systemClock } from "../../src/core/time.ts";
import type { Queue } from "../../src/bridge/queue/queue.ts";
import { MAIN, type Ran, aiwg, git, jsonOf, makePlace, makeRepo } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

function inQueue<T>(look: (queue: Queue) => T): T {
  const queue = openQueue(join(place.home, "state", "queue.db"), systemClock);
  try {
    return look(queue);
  } finally {
    queue.close();
  }
}
const queued = (): number => inQueue((queue) => queue.counts({}).pending ?? 0);
const file = (...lines: readonly unknown[]): string => {
  const path = join(place.work, "missions.jsonl");
  writeFileSync(path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return path;
};
const from = (...args: readonly string[]): Promise<Ran> => aiwg(place, ["mc", "dispatch", "--from", ...args]);

test("10,000 missions are queued by one call; a repeat of the same ids queues none twice", async () => {
  const path = file(...Array.from({ length: 10_000 }, (_, i) => ({ mission_id: `m-${i}`, objective: `mission ${i}`, check: "true" })));
  const ran = await from(path, "--no-repo");
  expect(ran.code).toBe(0);
  expect(ran.stdout.trim().split("\n")).toHaveLength(10_000);
  expect(queued()).toBe(10_000);
  const again = await from(path, "--no-repo");
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("10000 of them were there already");
  expect(queued()).toBe(10_000);
});

test("all that is wrong with a file is said in one go, by file and line, and nothing is queued", async () => {
  const path = file(
    ...[{ objective: "good" }, { objective: " " }, "", "nope", { objective: "x", chekc: "true", limits: { max_iterations: 0 } }],
    ...[{ objective: "x", check: "a", checks: [] }, [1], { objective: "x", limits: { max_iterations: 0 } }],
    ...[
      { objective: "x", mission_id: "a b" },
      { mission_id: "twice", objective: "" },
      { objective: "x", mission_id: "twice" },
    ],
    ...[
      { objective: "x", mission_id: "c1", after: "c2" },
      { objective: "x", mission_id: "c2", after: "c1" },
    ],
    ...[
      { objective: "x", mission_id: "d1", after: ["d1"] },
      { objective: "x", after: "not an id" },
    ],
  );
  const ran = await from(path, "--no-repo");
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  const said = ran.stderr
    .split("\n")
    .filter((line) => line.startsWith(`    ${path}:`))
    .map((line) => line.slice(path.length + 5));
  for (const line of [
    ...[/^2: objective/, /^4: .*not a JSON object/, /^5: .*did you mean "check"/, /^5: limits\/max_iterations/, /^6: "check" and "checks"/, /^7: is not/],
    ...[/^8: limits\/max_iterations/, /^9: mission_id/, /^10: objective/, /^11: mission_id "twice" stands on line 10/, /^12: .*c1 → c2 → c1/],
    ...[/^14: .*d1 → d1/, /^15: after: .*not an id/],
  ])
    expect(said).toContainEqual(expect.stringMatching(line));
  expect(said).toEqual(said.toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b)));
  expect(ran.stderr).toContain("12 lines of");
  expect(queued()).toBe(0);
  expect(jsonOf(await from(path, "--no-repo", "--json")).error?.errors).toContainEqual({ pointer: `${path}:4`, message: "is not a JSON object" });
});

test("a circle has the same code within a file as between two, where it is all that is wrong", async () => {
  const circle = [
    { objective: "x", mission_id: "c1", after: "c2" },
    { objective: "x", mission_id: "c2", after: "c1" },
  ];
  const within = await from(file(...circle), "--no-repo", "--json");
  expect([within.code, jsonOf(within).error?.code]).toEqual([2, "dependency_cycle"]);
  expect(jsonOf(await from(file(...circle, " ", "nope"), "--no-repo", "--json")).error?.code).toBe("usage");
  expect(queued()).toBe(0);
  await from(file(circle[0]), "--no-repo");
  const between = await from(file(circle[1]), "--no-repo", "--json");
  expect([between.code, jsonOf(between).error?.code]).toEqual([2, "dependency_cycle"]);
});

test("half of a character and a line that serve would refuse for its size are said with all the rest; a text about escapes is fine", async () => {
  const long = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`m${i}`, "x".repeat(50_000)]));
  const path = file('{"objective":"x \\ud800 y"}', { objective: "x", metadata: long }, { objective: " " }, { objective: "say \\ud800" });
  const ran = await from(path, "--no-repo");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/:1: a text in it has half of a surrogate pair[^]*:2: it has \d+ bytes; serve takes at most 524288[^]*:3: objective/);
  expect(ran.stderr).not.toContain(":4:");
  expect(await aiwg(place, ["mc", "dispatch", "x \ud800 y", "--no-repo"])).toMatchObject({ code: 2 });
  expect(queued()).toBe(0);
});

test("a member that stands twice on a line is a fault, however deep: nobody would know which of the two counts", async () => {
  const path = file('{"objective":"x","check":"a","check":"b"}', '{"objective":"x","limits":{"tokens":1,"tokens":2}}', {
    objective: "x",
    metadata: { objective: 1 },
  });
  const ran = await from(path, "--no-repo");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/:1: "check" is set twice\n.*:2: "limits\.tokens" is set twice\n/);
  expect(ran.stderr).not.toContain(":3:");
  expect(queued()).toBe(0);
});

test("of very many faults twenty are shown and the others counted; --json has all", async () => {
  const path = file(...Array.from({ length: 100 }, () => "nope"));
  const { stderr } = await from(path, "--no-repo");
  expect(stderr.match(/is not a JSON object/g)).toHaveLength(20);
  expect(stderr).toContain("… and 80 more");
  expect(jsonOf(await from(path, "--no-repo", "--json")).error?.errors).toHaveLength(100);
});

test("what only the queue knows to be wrong is said by line too, of every line", async () => {
  await from(file({ objective: "a", mission_id: "a" }, { objective: "b", "request-id": "r" }), "--no-repo");
  const path = file({ objective: "other", mission_id: "a" }, { objective: "fine" }, { objective: "other", "request-id": "r" });
  const ran = await from(path, "--no-repo");
  expect(ran.code).toBe(4);
  expect(ran.stderr).toMatch(new RegExp(`${path}:1: mission a is already queued[^]*${path}:3: request id "r"`));
  expect(queued()).toBe(2);
});

test("a file that was queued before gives the same missions, though HEAD has moved on and more ids begin alike", async () => {
  makeRepo(place.work);
  const path = file({ objective: "a", mission_id: "a", after: "later" }, { objective: "b", "request-id": "r", after: "lat" });
  const first = await from(path);
  expect(first.stderr).toContain(`${path}:1: --after later: no such mission is known here`);
  git(place.work, "commit", "-q", "--allow-empty", "-m", "HEAD moves on");
  await from(file({ objective: "x", mission_id: "later-1", "no-repo": true }, { objective: "x", mission_id: "later-2", "no-repo": true }));
  file({ objective: "a", mission_id: "a", after: "later" }, { objective: "b", "request-id": "r", after: "lat" });
  expect(await from(path)).toMatchObject({ code: 0, stdout: first.stdout });
});

test("a line speaks in long flags or in members of the body; flags beside --from are defaults", async () => {
  const commit = makeRepo(place.work);
  const path = file(
    { objective: "flags", check: ["a", "b"], agent: "claude,fake", "max-iterations": 3, "wall-clock": "2m", "on-lost": "retry", priority: "high" },
    { objective: "members", mission_id: "m-own", checks: [{ run: ["x"], timeout_s: 5 }], limits: { tokens: 7 }, agents: ["fake"], after: ["m-later"] },
    { objective: "later", mission_id: "m-later", "no-repo": true },
  );
  const ran = await from(path, "--json", "--check", "default", "--completion", "all of it");
  const { data } = jsonOf(ran) as { data: { missions: { mission_id: string }[]; passed_over: number } };
  const bodies = inQueue((queue) => data.missions.map(({ mission_id }) => queue.body(mission_id)));
  expect(bodies[0]).toMatchObject({
    ...{
      checks: [{ run: "a" }, { run: "b" }],
      agents: ["claude", "fake"],
      limits: { max_iterations: 3, wall_clock_s: 120 },
      on_lost: "retry",
      priority: "high",
    },
    ...{ completion: "all of it", workspace: { base: commit } },
  });
  expect(bodies[1]).toMatchObject({ mission_id: "m-own", checks: [{ run: ["x"], timeout_s: 5 }], limits: { tokens: 7 }, agents: ["fake"], after: ["m-later"] });
  expect(bodies[2]).toMatchObject({ checks: [{ run: "default" }] });
  expect(bodies[2]?.workspace).toBeUndefined();
});

test("--after takes a unique prefix of a known mission and says which; any other id is still to come, and is said to be unknown", async () => {
  const dispatch = (...args: string[]): Promise<Ran> => aiwg(place, ["mc", "dispatch", ...args, "--no-repo"]);
  const afterOf = (ran: Ran): unknown => inQueue((queue) => queue.body(ran.stdout.trim())?.after);
  await from(
    file({ objective: "x", mission_id: "build-10" }, { objective: "x", mission_id: "test-1" }, { objective: "x", mission_id: "test-11" }),
    "--no-repo",
  );
  const prefix = await dispatch("two", "--after", "build-1");
  expect(afterOf(prefix)).toEqual(["build-10"]);
  expect(prefix.stderr).toContain("--after build-1: waits for build-10");
  // A whole id is itself, though another begins with it.
  const whole = await dispatch("x", "--after", "test-1");
  expect([afterOf(whole), whole.stderr.includes("--after")]).toEqual([["test-1"], false]);
  const unknown = await dispatch("x", "--after", "m-nobody");
  expect(unknown).toMatchObject({ code: 0, stderr: expect.stringContaining("--after m-nobody: no such mission is known here; it waits until one comes") });
  expect(afterOf(unknown)).toEqual(["m-nobody"]);
  expect(await dispatch("x", "--after", "test-")).toMatchObject({ code: 2, stderr: expect.stringContaining("test-1, test-11") });
  const session = inQueue((queue) => queue.mission("test-1")?.session_id ?? "");
  expect(await dispatch("x", "--after", session)).toMatchObject({ code: 2, stderr: expect.stringContaining("is a session") });
  // In a file the ids of the file come first, and a slip is likely one of them.
  const path = file({ objective: "x", mission_id: "build-1" }, { objective: "x", mission_id: "b", after: "build-1" }, { objective: "x", after: "biuld-1" });
  const ran = await from(path, "--no-repo");
  expect(inQueue((queue) => queue.body("b")?.after)).toEqual(["build-1"]);
  expect(ran.stderr).toContain(`${path}:3: --after biuld-1: no such mission is known here; it waits until one comes (did you mean build-1?)`);
});

test("a repeat with a request id is the same mission, though its prefix stands for several by now", async () => {
  const again = (): Promise<Ran> => aiwg(place, ["mc", "dispatch", "x", "--no-repo", "--after", "build-", "--request-id", "r"]);
  await from(file({ objective: "x", mission_id: "build-1" }), "--no-repo");
  const first = await again();
  await from(file({ objective: "x", mission_id: "build-2" }), "--no-repo");
  expect(await again()).toMatchObject({ code: 0, stdout: first.stdout });
});

test("stdin is a file too, and --dry-run shows the bodies and queues nothing", async () => {
  const child = spawn(process.execPath, [MAIN, "mc", "dispatch", "--from", "-", "--no-repo", "--dry-run"], {
    cwd: place.work,
    env: { PATH: process.env["PATH"], AIWG_HOME: place.home },
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stdin.end('{"objective":"from a pipe"}\n');
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ objective: "from a pipe" });
  expect(queued()).toBe(0);
});
