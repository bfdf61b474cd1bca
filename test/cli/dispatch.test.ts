import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { hostId } from "../../src/core/node/host-id.ts";
import { systemClock } from "../../src/core/time.ts";
import type { DispatchBody } from "../../src/mission/wire/dispatch.ts";
import { MAIN, type Ran, aiwg, git, jsonOf, makePlace, makeRepo, spawnAiwg } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const queueFile = (): string => join(place.home, "state", "queue.db");
function bodyOf(id: string): DispatchBody {
  const queue = openQueue(queueFile(), systemClock);
  const body = queue.body(id);
  queue.close();
  if (!body) throw new Error(`no body of ${id}`);
  return body;
}
const dispatch = (...args: string[]): Promise<Ran> => aiwg(place, ["mc", "dispatch", ...args]);
const idOf = (ran: Ran): string => ran.stdout.trim();

test("dispatch works with nothing else running: the bare id on stdout, what it waits for on stderr", async () => {
  const ran = await spawnAiwg(place, ["mc", "dispatch", "say hello"]);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^m-[0-9a-f-]{36}\n$/) });
  expect(ran.stderr).toMatch(/no bridge is running[^]*aiwg mc watch m-/);
  expect(bodyOf(idOf(ran))).toMatchObject({ mission_id: idOf(ran), objective: "say hello" });
});

test("an id that was printed survives the process being killed at that very moment", async () => {
  const child = spawn(process.execPath, [MAIN, "mc", "dispatch", "hello", "--no-repo"], {
    cwd: place.work,
    env: { PATH: process.env["PATH"], AIWG_HOME: place.home },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(bodyOf(printed.toString().trim())).toMatchObject({ objective: "hello" });
});

test("--json gives exactly the three members of the contract, and status its own", async () => {
  const { data, schema } = jsonOf(await dispatch("x", "--no-repo", "--json")) as { schema: string; data: { mission_id: string; session_id: string } };
  expect(schema).toBe("aiwg.dispatch/1");
  expect(data).toEqual({ mission_id: expect.stringMatching(/^m-/), session_id: expect.stringMatching(/^s-/), state: "pending" });
  const status = jsonOf(await aiwg(place, ["mc", "status", data.session_id, "--json"]));
  expect(status).toMatchObject({
    schema: "aiwg.status/1",
    data: {
      session: data.session_id,
      counts: { pending: 1 },
      missions: [{ id: data.mission_id, state: "pending", reason: "no bridge is running", attempt: 0, executor_id: null }],
    },
  });
  expect(jsonOf(await aiwg(place, ["mc", "status", "--json"])).data).toMatchObject({ session: null, counts: { pending: 1 } });
});

test("every flag ends up in the body", async () => {
  const args = [
    "--completion",
    "it is done",
    "--check",
    "npm test",
    "--check=true",
    "--agent",
    "a,b",
    "--priority",
    "high",
    "--needs",
    "gpu",
    "--executor",
    "e1",
  ];
  const ran = await dispatch("x", ...args, "--max-iterations", "3", "--wall-clock", "90s", "--budget-usd", "1.5", "--on-lost", "retry", "--no-repo");
  expect(bodyOf(idOf(ran))).toMatchObject({
    completion: "it is done",
    checks: [{ run: "npm test" }, { run: "true" }],
    agents: ["a", "b"],
    priority: "high",
    executor_filter: { executor_id: "e1", capabilities: ["gpu"] },
    limits: { max_iterations: 3, wall_clock_s: 90, cost_usd: 1.5 },
    on_lost: "retry",
  });
  expect(bodyOf(idOf(ran))).not.toHaveProperty("workspace");
});

test("missions go to the newest session of the project, or to the one named by id, prefix or name", async () => {
  const { stdout } = await aiwg(place, ["mc", "start", "nightly"]);
  const session = stdout.trim();
  const sessionOf = async (...args: string[]): Promise<string> =>
    (jsonOf(await dispatch(...args, "--no-repo", "--json")).data as { session_id: string }).session_id;
  expect(await sessionOf("a")).toBe(session);
  await aiwg(place, ["mc", "start"]);
  expect(await sessionOf("b")).not.toBe(session);
  for (const name of ["nightly", session, session.slice(0, -4)]) expect(await sessionOf(name, "c")).toBe(session);
  expect(await dispatch("weekly", "c", "--no-repo")).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining('no session "weekly"') });
  expect(jsonOf(await aiwg(place, ["mc", "list", "--json"])).data).toMatchObject({
    sessions: [{ counts: { pending: 1 } }, { name: "nightly", counts: { pending: 4 } }],
  });
});

test("a request id makes a repeat print the same mission; other arguments are a conflict", async () => {
  const repo = makeRepo(place.work);
  const first = await dispatch("x", "--request-id", "r1", "--check", "true");
  git(place.work, "commit", "-q", "--allow-empty", "-m", "HEAD moves on");
  const second = await dispatch("x", "--request-id", "r1", "--check", "true");
  expect(idOf(second)).toBe(idOf(first));
  expect(bodyOf(idOf(first)).workspace).toMatchObject({ base: repo });
  const other = await dispatch("y", "--request-id", "r1", "--check", "true", "--json");
  expect(other.code).toBe(4);
  expect(jsonOf(other).error).toMatchObject({ code: "state_conflict" });

  // So it is once the mission is purged; following it says at once how it ended.
  await aiwg(place, ["mc", "abort", idOf(first)]);
  const queue = openQueue(queueFile(), systemClock);
  queue.clean({ endedBefore: Date.now() + 1_000 });
  queue.close();
  expect(await dispatch("x", "--request-id", "r1", "--check", "true")).toMatchObject({
    code: 0,
    stdout: first.stdout,
    stderr: expect.stringContaining("purged"),
  });
  expect(await dispatch("x", "--request-id", "r1", "--check", "true", "--wait")).toMatchObject({ code: 13 });
  expect((await dispatch("y", "--request-id", "r1", "--check", "true")).code).toBe(4);
});

test("a unique prefix is enough; one that stands for several names them; a foreign one is not found", async () => {
  const [a, b] = [idOf(await dispatch("a", "--no-repo")), idOf(await dispatch("b", "--no-repo"))];
  expect(jsonOf(await aiwg(place, ["mc", "abort", a.slice(0, -2), "--json"])).data).toMatchObject({ missions: [{ mission_id: a, state: "aborted" }] });
  const several = await aiwg(place, ["mc", "status", "m-"]);
  expect(several).toMatchObject({ code: 2, stdout: "" });
  expect(several.stderr).toContain(b);
  expect((await aiwg(place, ["mc", "status", "m-nope"])).code).toBe(3);
});

test("a pending mission is aborted in the queue, again without harm; it cannot be resumed and has no log", async () => {
  const id = idOf(await dispatch("a", "--no-repo"));
  expect((await aiwg(place, ["mc", "resume", id])).code).toBe(4);
  expect((await aiwg(place, ["mc", "log", id])).code).toBe(3);
  for (let i = 0; i < 2; i++) expect(jsonOf(await aiwg(place, ["mc", "abort", id, "--json"])).data).toMatchObject({ missions: [{ state: "aborted" }] });
});

test("a session of thousands is aborted in few steps, between which a person may interrupt", async () => {
  const path = join(place.work, "many.jsonl");
  writeFileSync(path, Array.from({ length: 2_500 }, (_, i) => `{"mission_id":"m-${i}","objective":"x"}\n`).join(""));
  await dispatch("--from", path, "--no-repo");
  const queue = openQueue(queueFile(), systemClock);
  const session = queue.mission("m-0")?.session_id ?? "";
  const seen = new Set<number>();
  const watching = setInterval(() => seen.add(queue.counts({ session }).aborted ?? 0), 0);
  const ran = await aiwg(place, ["mc", "abort", session, "--json"]);
  clearInterval(watching);
  expect(queue.counts({ session })).toEqual({ aborted: 2_500 });
  queue.close();
  expect((jsonOf(ran).data as { missions: unknown[] }).missions).toHaveLength(2_500);
  const between = [...seen].filter((n) => n > 0 && n < 2_500);
  expect(between.length).toBeGreaterThan(0);
  expect(between.length).toBeLessThan(10);
});

test("inside a repository the workspace is pinned to HEAD's commit on this host, and a dirty tree is said", async () => {
  const head = makeRepo(place.work);
  expect((await dispatch("clean")).stderr).not.toContain("uncommitted");
  writeFileSync(join(place.work, "new.txt"), "n");
  mkdirSync(join(place.work, "sub"));
  const ran = await aiwg({ ...place, work: join(place.work, "sub") }, ["mc", "dispatch", "x"]);
  expect(ran.stderr).toMatch(/1 uncommitted path in .* will not be seen/);
  expect(bodyOf(idOf(ran)).workspace).toEqual({ repo: { path: place.work, host_id: hostId() }, base: head });
});

test("--base names a commit, --repo another repository or a URL as it is; impossible ones are refused", async () => {
  const head = makeRepo(place.work);
  git(place.work, "commit", "-q", "--allow-empty", "-m", "second");
  const other = makeRepo(join(place.dir, "other"));
  expect(bodyOf(idOf(await dispatch("x", "--base", "HEAD~1"))).workspace).toMatchObject({ base: head });
  expect(bodyOf(idOf(await dispatch("x", "--repo", "../other"))).workspace).toMatchObject({ repo: { path: join(place.dir, "other") }, base: other });
  expect(bodyOf(idOf(await dispatch("x", "--repo", "https://example.invalid/r.git"))).workspace).toEqual({ repo: { url: "https://example.invalid/r.git" } });
  for (const [args, message] of [
    [["--base", "nope"], /--base: .* no commit named "nope"/],
    [["--repo", "../nowhere"], /--repo: there is no/],
    [["--repo", "https://u:secret@example.invalid/r.git"], /--repo: the URL holds a password/],
    [["--repo", "https://example.invalid/r.git", "--base", "main"], /full commit id/],
    [["--no-repo", "--repo", "."], /exclude each other/],
  ] as const) {
    const ran = await dispatch("x", ...args);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain("secret");
  }
});

test("a repository without commits is refused, naming --no-repo, and nothing is queued", async () => {
  git(place.work, "init", "-q");
  const ran = await dispatch("x");
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("--no-repo");
  expect((await dispatch("x", "--no-repo")).code).toBe(0);
  expect(jsonOf(await aiwg(place, ["mc", "status", "--json"])).data).toMatchObject({ counts: { pending: 1 } });
});

test("unicode survives; an objective too long for serve is refused before it is queued", async () => {
  const objective = "naïve 测试 🚀\nsecond line";
  expect(bodyOf(idOf(await dispatch(objective, "--no-repo"))).objective).toBe(objective);
  expect(await dispatch("x".repeat(65 * 1024), "--no-repo")).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("64 KiB") });
});

const spoil: readonly (readonly [string, () => void, number, string])[] = [
  [
    "of a later version",
    () => {
      const db = new DatabaseSync(queueFile());
      db.exec("PRAGMA user_version = 99");
      db.close();
    },
    2,
    "store_version",
  ],
  [
    "of another program",
    () => {
      const db = new DatabaseSync(queueFile());
      db.exec("PRAGMA application_id = 7");
      db.close();
    },
    6,
    "store_corrupt",
  ],
  ["cut off", () => truncateSync(queueFile(), 1_000), 6, "store_corrupt"],
  [
    "that is no database",
    () => writeFileSync(queueFile(), "not a database at all, but long enough to have a header of a hundred bytes, which is what is looked at first\n"),
    6,
    "store_corrupt",
  ],
];
for (const [what, ruin, code, name] of spoil) {
  test(`a queue file ${what} is refused by name and left as it is`, async () => {
    await dispatch("x", "--no-repo");
    ruin();
    const before = readFileSync(queueFile());
    for (const args of [
      ["mc", "dispatch", "y", "--no-repo", "--json"],
      ["mc", "status", "--json"],
      ["mc", "bridge", "--json"],
    ]) {
      const ran = await aiwg(place, args);
      expect(jsonOf(ran).error).toMatchObject({ code: name, message: expect.stringContaining(queueFile()) });
      expect(ran.code).toBe(code);
    }
    expect(readFileSync(queueFile()).equals(before)).toBe(true);
  });
}

test.skipIf(!existsSync("/proc/self"))("a queue that cannot be written is unavailable, not a crash", async () => {
  const ran = await dispatch("x", "--no-repo", "--queue", "/proc/self/queue.db", "--json");
  expect(jsonOf(ran).error).toMatchObject({ code: "store_unavailable" });
  expect(ran.code).toBe(6);
});

test("a queue named by --queue is another one", async () => {
  await dispatch("x", "--no-repo", "--queue", "mine.db");
  expect(existsSync(join(place.work, "mine.db"))).toBe(true);
  expect(jsonOf(await aiwg(place, ["mc", "status", "--json"])).data).toMatchObject({ missions: [] });
  expect(jsonOf(await aiwg(place, ["mc", "status", "--queue", "mine.db", "--json"])).data).toMatchObject({ counts: { pending: 1 } });
});

test("defaults of the project's config are used, and a flag wins over them", async () => {
  mkdirSync(join(place.work, ".aiwg"));
  writeFileSync(join(place.work, ".aiwg", "aiwg.jsonc"), `{"mission": {"agents": ["p"], "wall_clock": "10m"}}`);
  expect(bodyOf(idOf(await dispatch("x", "--no-repo")))).toMatchObject({ agents: ["p"], limits: { wall_clock_s: 600 } });
  expect(bodyOf(idOf(await dispatch("x", "--no-repo", "--agent", "f")))).toMatchObject({ agents: ["f"] });
  appendFileSync(join(place.work, ".aiwg", "aiwg.jsonc"), "}");
  expect((await dispatch("x", "--no-repo")).code).toBe(2);
});
