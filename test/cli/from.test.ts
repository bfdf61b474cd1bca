import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { systemClock } from "../../src/core/time.ts";
import type { Queue } from "../../src/bridge/queue/queue.ts";
import { MAIN, type Ran, aiwg, jsonOf, makePlace, makeRepo } from "./rig.ts";

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

test("one bad line among many keeps all out, and every bad line is named with its number", async () => {
  const path = file({ objective: "good" }, { objective: " " }, "", "nope", { objective: "x", chekc: "true" }, { objective: "x", check: "a", checks: [] }, [1], {
    ...{ objective: "x", limits: { max_iterations: 0 } },
  });
  const ran = await from(path, "--no-repo");
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  for (const line of [/line 2: objective/, /line 4: .*not a JSON object/, /line 5: .*did you mean "check"/, /line 6: "check" and "checks"/, /line 7/])
    expect(ran.stderr).toMatch(line);
  expect(queued()).toBe(0);
  expect(jsonOf(await from(path, "--no-repo", "--json")).error?.errors).toContainEqual({ pointer: "line 4", message: "is not a JSON object" });
  // What only the schema sees is named by line too.
  expect((await from(file({ objective: "x" }, { objective: "y", limits: { max_iterations: 0 } }), "--no-repo")).stderr).toMatch(
    /line 2: limits\/max_iterations/,
  );
  expect(queued()).toBe(0);
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

test("missions that wait for each other in a circle are refused by name, a missing one at once", async () => {
  const ran = await from(file({ objective: "a", mission_id: "a", after: "b" }, { objective: "b", mission_id: "b", after: ["a"] }), "--no-repo");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toMatch(/wait for each other: a → b → a/);
  expect((await from(file({ objective: "a", after: "m-nobody" }), "--no-repo")).stderr).toMatch(/line 1: --after: there is no mission/);
  expect((await aiwg(place, ["mc", "dispatch", "x", "--no-repo", "--after", "m-nobody"])).code).toBe(3);
  expect(queued()).toBe(0);
});

test("--after takes a unique prefix and stores the whole id", async () => {
  const first = (await aiwg(place, ["mc", "dispatch", "one", "--no-repo"])).stdout.trim();
  const second = (await aiwg(place, ["mc", "dispatch", "two", "--no-repo", "--after", first.slice(0, 20)])).stdout.trim();
  expect(inQueue((queue) => queue.body(second)?.after)).toEqual([first]);
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
