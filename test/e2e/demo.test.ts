import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Client, createClient } from "../../src/client/client.ts";
import type { ServeEvent } from "../../src/mission/wire/events.ts";
import { MAIN, git, jsonOf, makePlace, makeRepo, spawnAiwg } from "../cli/rig.ts";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";

// The five lives that `aiwg demo` shows, lived here without it: the test itself kills, answers and aborts, and asks serve's
// events, git and the process table whether they were real. Then the demo itself, watched from outside.
const BOUND_MS = 40_000;

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

// Live processes whose environment has this text; the kernel shows what a process was started with.
function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, "utf8");
        return !state.includes(") Z ") && readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function eventsOf(client: Client): Promise<ServeEvent[]> {
  const events: ServeEvent[] = [];
  const enough = new AbortController();
  let head = 0;
  for await (const item of client.events({ after: 0 }, enough.signal)) {
    if (item.kind === "hello") head = item.head;
    else if (item.kind === "event") events.push(item.event);
    if ((events.at(-1)?.seq ?? 0) >= head) enough.abort();
  }
  return events;
}

function clientOf(home: string): Client {
  const { url } = JSON.parse(readFileSync(join(home, "state", "serve.json"), "utf8")) as { url: string };
  return createClient({ url, token: readFileSync(join(home, "state", "token"), "utf8").trim() });
}

const onLinux = existsSync("/proc/self/environ");

test.skipIf(!onLinux)(
  "five missions live real lives: done, fixed, answered, aborted, and recovered from kill -9",
  async () => {
    const head = makeRepo(place.work);
    const start = (...args: string[]): AiwgProcess => startAiwg(place.home, args, place.work);
    const running = [
      start("serve", "--port", "0", "--lease-ttl", "3s"),
      start("mc", "bridge"),
      start("executor", "--id", "one", "--agent", "fake", "--slots", "4"),
    ];
    let two = start("executor", "--id", "two", "--agent", "fake");
    const say = (): string => [...running, two].map((p) => p.output().slice(-1_000)).join("\n---\n");
    try {
      const queue = async (objective: string, ...args: string[]): Promise<string> => {
        const ran = await spawnAiwg(place, ["mc", "dispatch", objective, "--agent", "fake", ...args, "--json"]);
        return (jsonOf(ran).data as { mission_id: string }).mission_id;
      };
      const plain = await queue("edit hello.txt hello", "--executor", "one", "--check", "test -s hello.txt");
      const fixed = await queue("1: edit n.txt 1\n2: edit n.txt 2", "--executor", "one", "--check", "grep -qx 2 n.txt || { echo want 2; exit 1; }");
      const asked = await queue("ask Which colour?\nedit-answer colour.txt", "--executor", "one", "--check", "grep -qx blue colour.txt");
      const aborted = await queue("edit half.txt half\nhang --deaf", "--executor", "one");
      const killed = await queue("think 3s\nedit back.txt again", "--executor", "two", "--on-lost", "retry", "--check", "test -s back.txt");
      await eventually(() => existsSync(join(place.home, "state", "serve.json")), BOUND_MS, say);
      const client = clientOf(place.home);
      const state = (id: string): Promise<string> =>
        client.mission(id).then(
          (mission) => mission.state,
          () => "unknown",
        );
      const agents = (id: string): number[] => processesWith(`AIWG_MISSION_ID=${id}`);

      // kill -9 in the middle of a run, by us.
      const before = await eventually(() => (agents(killed).length > 0 ? agents(killed) : false), BOUND_MS, say);
      await two.kill();
      expect(existsSync(`/proc/${two.child.pid}`)).toBe(false);
      await eventually(
        () => agents(killed).length === 0,
        10_000,
        () => `the agents ${before.join()} outlived their executor`,
      );
      two = start("executor", "--id", "two", "--agent", "fake");

      await eventually(async () => (await state(asked)) === "hitl_required", BOUND_MS, say);
      expect(agents(asked).length).toBeGreaterThan(0);
      const question = (await client.questions()).find(({ mission_id }) => mission_id === asked);
      expect(question?.prompt).toBe("Which colour?");
      await client.answer(asked, question?.hitl_id ?? "", "blue");
      await expect(client.answer(asked, question?.hitl_id ?? "", "red")).rejects.toMatchObject({ code: "already_answered" });

      // The agent is deaf to SIGTERM and has a child outside of its group.
      await eventually(async () => (await state(aborted)) === "running" && agents(aborted).length >= 2, BOUND_MS, say);
      await client.abort(aborted);
      await eventually(async () => (await state(aborted)) === "aborted", BOUND_MS, say);
      expect(agents(aborted)).toEqual([]);

      const after = await eventually(() => (agents(killed).length > 0 ? agents(killed) : false), BOUND_MS, say);
      expect(after.filter((pid) => before.includes(pid))).toEqual([]);
      for (const id of [plain, fixed, asked, killed]) await eventually(async () => (await state(id)) === "done", BOUND_MS, say);

      const events = await eventsOf(client);
      const types = (id: string): string[] => events.filter((event) => event.mission_id === id && event.event !== "mission.progress").map(({ event }) => event);
      const count = (id: string, type: string): number => types(id).filter((event) => event === type).length;
      for (const id of [plain, fixed, asked, killed])
        expect([count(id, "mission.completed"), count(id, "mission.failed"), count(id, "mission.aborted")]).toEqual([1, 0, 0]);
      expect([count(aborted, "mission.aborted"), count(aborted, "mission.completed")]).toEqual([1, 0]);
      expect(types(asked)).toEqual(expect.arrayContaining(["mission.hitl_required", "mission.hitl_responded"]));
      const starts = events.filter((event) => event.mission_id === killed && event.event === "mission.started");
      expect(starts).toHaveLength(2);
      expect(Number(starts[1]?.attempt)).toBeGreaterThan(Number(starts[0]?.attempt));

      for (const [id, path, text] of [
        [plain, "hello.txt", "hello"],
        [fixed, "n.txt", "2"],
        [asked, "colour.txt", "blue"],
        [killed, "back.txt", "again"],
      ] as const) {
        const { result } = await client.mission(id);
        expect(result).toMatchObject({ verified: true, commit: expect.any(String) });
        expect(git(place.work, "rev-parse", `refs/heads/${result?.branch ?? ""}`)).toBe(result?.commit);
        expect(git(place.work, "show", `${result?.commit ?? ""}:${path}`)).toBe(text);
        expect(git(place.work, "log", "--format=%P", "-1", `${result?.commit ?? ""}`)).toBe(head);
      }
      expect([git(place.work, "rev-parse", "main"), git(place.work, "status", "--porcelain")]).toEqual([head, ""]);
    } finally {
      for (const p of [two, ...running.toReversed()]) await p.stop();
    }
    expect(processesWith(`AIWG_HOME=${place.home}`)).toEqual([]);
  },
  180_000,
);

const demoEnv = (): Record<string, string> => {
  const tmp = join(place.dir, "tmp");
  mkdirSync(tmp, { recursive: true });
  return { TMPDIR: tmp };
};

test("the demo's verdict is what a serve over its data, started afterwards, says too", async () => {
  const ran = await spawnAiwg(place, ["demo", "--keep", "--json"], demoEnv());
  const { data } = jsonOf(ran) as {
    data: { ok: boolean; seconds: number; folder: string; missions: { mission_id: string; state: string; branch: string | null; commit: string | null }[] };
  };
  expect([ran.code, data.ok]).toEqual([0, true]);
  expect(data.missions.map(({ state }) => state)).toEqual(["done", "done", "done", "aborted", "done"]);
  const home = join(data.folder, "home");
  if (onLinux) expect(processesWith(`AIWG_HOME=${home}`)).toEqual([]);
  const serve = startAiwg(home, ["serve", "--port", "0"]);
  try {
    await eventually(() => existsSync(join(home, "state", "serve.json")), BOUND_MS, serve.output);
    const events = await eventsOf(clientOf(home));
    for (const { mission_id: id, state, branch, commit } of data.missions) {
      const last = events.filter((event) => event.mission_id === id && event.state !== undefined).at(-1);
      expect(last?.state).toBe(state);
      if (branch !== null) expect(git(join(data.folder, "project"), "rev-parse", `refs/heads/${branch}`)).toBe(commit);
    }
  } finally {
    await serve.stop();
  }
}, 120_000);

test("a demo whose serve is killed by somebody else fails, leaves no process and no folder", async () => {
  const env = demoEnv();
  const child = spawn(process.execPath, [MAIN, "demo", "--json"], {
    cwd: place.work,
    env: { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const closed = once(child, "close");
  const folder = (): string | undefined => readdirSync(env["TMPDIR"] ?? "").find((name) => name.startsWith("aiwg-demo-"));
  const file = (): string => join(env["TMPDIR"] ?? "", folder() ?? "none", "home", "state", "serve.json");
  await eventually(
    () => existsSync(file()) && existsSync(join(file(), "..", "bridge-token.json")),
    BOUND_MS,
    () => out,
  );
  const home = join(file(), "..", "..");
  process.kill((JSON.parse(readFileSync(file(), "utf8")) as { pid: number }).pid, "SIGKILL");
  await closed;
  expect(child.exitCode).toBe(7);
  expect(JSON.parse(out)).toMatchObject({ error: { code: "internal", message: expect.stringContaining("serve ended by itself") } });
  expect(folder()).toBeUndefined();
  if (onLinux) expect(processesWith(`AIWG_HOME=${home}`)).toEqual([]);
}, 120_000);
