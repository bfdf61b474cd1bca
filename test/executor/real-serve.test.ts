// An executor and the real serve: enrolment, the whole life of a mission, and either of them going away and coming back.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { expect, test } from "vitest";
import { silentLog } from "../../src/core/node/log.ts";
import type { Target } from "../../src/core/target.ts";
import { systemClock } from "../../src/core/time.ts";
import type { Mission, Question } from "../../src/mission/wire/http.ts";
import { startServe } from "../../src/serve/serve.ts";
import { git, HOST, makeRepo, openBench, processesWith } from "../support/fake-link-executor.ts";

async function openWorld() {
  const bench = await openBench();
  const tokenPath = join(bench.folder, "token");
  const start = () =>
    startServe({
      ...{ storePath: join(bench.folder, "serve.db"), tokenPath, serveFilePath: join(bench.folder, "serve.json"), port: 0, bind: "127.0.0.1" },
      ...{ leaseTtlMs: 1_500, holdTtlMs: 60_000, version: "0", clock: systemClock, log: silentLog },
    });
  let serve = await start();
  const listeners = new Set<() => void>();
  const token = (): string => readFileSync(tokenPath, "utf8").trim();
  const target = {
    resolve: (): Promise<Target> => Promise.resolve({ url: serve.url, token: token() }),
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json", prefer: "respond-async" };
    const response = await fetch(`${serve.url}${path}`, { method, headers, ...init });
    const text = await response.text();
    const answer: unknown = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text;
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const until = async <T>(read: () => Promise<T | undefined>, what: string): Promise<T> => {
    for (const deadline = Date.now() + 25_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 40))) {
      const found = await read();
      if (found !== undefined) return found;
    }
    throw new Error(`waited in vain for ${what}`);
  };
  const mission = (id: string): Promise<Mission> => call("GET", `/api/v1/missions/${id}`) as Promise<Mission>;
  return {
    bench,
    target,
    call,
    until,
    url: () => serve.url,
    dispatch: (body: object) => call("POST", "/api/v1/sessions/s-1/dispatch", body),
    mission,
    inState: (id: string, ...states: string[]) =>
      until(
        async () => {
          const found = await mission(id);
          return states.includes(found.state) ? found : undefined;
        },
        `${id} in ${states.join(" or ")}`,
      ),
    async restart(): Promise<void> {
      await serve.stop();
      serve = await start();
      for (const listener of listeners) listener();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await bench[Symbol.asyncDispose]();
      await serve.stop();
    },
  };
}

test("dispatch, question, checks and result travel through the real serve", async () => {
  await using world = await openWorld();
  const repo = makeRepo(world.bench.folder);
  world.bench.start({ target: world.target });
  const objective = "1: edit state wrong\n2: ask Right?\n2: edit-answer state\nusage 7 0.5";
  const workspace = { repo: { path: repo, host_id: HOST }, base: git(repo, "rev-parse", "HEAD") };
  await world.dispatch({ mission_id: "m-1", objective, agents: ["fake"], checks: [{ run: "grep -q right state" }], workspace });
  await world.inState("m-1", "hitl_required");
  const { hitl } = (await world.call("GET", "/api/v1/hitl?state=open")) as { hitl: Question[] };
  expect(hitl).toMatchObject([{ mission_id: "m-1", prompt: "Right?" }]);
  await world.call("POST", "/api/v1/missions/m-1/hitl_response", { hitl_id: hitl[0]?.hitl_id, response: "right" });
  const done = await world.inState("m-1", "done", "failed");
  const commit = git(repo, "rev-parse", "refs/heads/aiwg/m-1");
  expect(done).toMatchObject({ state: "done", agent: "fake", result: { verified: true, tokens_total: 14, cost_usd: 1, branch: "aiwg/m-1", commit } });
  expect(git(repo, "show", "refs/heads/aiwg/m-1:state")).toBe("right");
});

test("serve restarted on another port is found again, and the run goes on", async () => {
  await using world = await openWorld();
  world.bench.start({ target: world.target });
  await world.dispatch({ mission_id: "m-1", objective: "think 1500ms\nsay survived", agents: ["fake"] });
  await world.inState("m-1", "running");
  await world.restart();
  const done = await world.inState("m-1", "done", "failed", "suspended");
  expect(done).toMatchObject({ state: "done", attempts_started: 1 });
});

test("an abort through serve leaves the mission aborted", async () => {
  await using world = await openWorld();
  world.bench.start({ target: world.target });
  await world.dispatch({ mission_id: "m-1", objective: "hang --deaf", agents: ["fake"] });
  await world.inState("m-1", "running");
  await world.call("POST", "/api/v1/missions/m-1/abort", {});
  await world.inState("m-1", "aborted");
});

test("a mission that may be retried is run again after its executor was killed; one that may not is held", async () => {
  await using world = await openWorld();
  const spawnExecutor = () => world.bench.spawn({ url: world.url(), token: readFileSync(join(world.bench.folder, "token"), "utf8").trim() });
  const first = spawnExecutor();
  await world.dispatch({ mission_id: "m-1", objective: "think 1s\nsay x", agents: ["fake"], on_lost: "retry" });
  await world.dispatch({ mission_id: "m-2", objective: "think 1s\nsay x", agents: ["fake"] });
  await Promise.all([world.inState("m-1", "running"), world.inState("m-2", "running")]);
  first.kill("SIGKILL");
  await once(first, "exit");
  spawnExecutor();
  expect(await world.inState("m-1", "done", "failed", "suspended")).toMatchObject({ state: "done", attempts_started: 2 });
  await world.inState("m-2", "suspended");
});

test("a graceful stop suspends a mission, and it goes on by itself when the executor is back", async () => {
  await using world = await openWorld();
  const executor = world.bench.start({ target: world.target });
  await world.dispatch({ mission_id: "m-1", objective: "think 1s\nedit x.txt x", agents: ["fake"] });
  await world.inState("m-1", "running");
  await executor.stop();
  expect(await world.inState("m-1", "suspended")).toMatchObject({ reason: expect.stringContaining("executor_shutdown") });
  world.bench.start({ target: world.target });
  expect(await world.inState("m-1", "done", "failed")).toMatchObject({ state: "done", attempts_started: 2 });
});

test("pause, diff and resume travel through the real serve", async () => {
  await using world = await openWorld();
  const repo = makeRepo(world.bench.folder);
  world.bench.start({ target: world.target });
  const workspace = { repo: { path: repo, host_id: HOST }, base: git(repo, "rev-parse", "HEAD") };
  const objective = "1: edit a.txt a\n1: think 1s\n2: edit done.txt yes";
  await world.dispatch({ mission_id: "m-1", objective, agents: ["fake"], checks: [{ run: "test -e done.txt" }], workspace });
  await world.inState("m-1", "running");
  await world.call("POST", "/api/v1/missions/m-1/pause", {});
  await world.inState("m-1", "paused");
  expect(await world.call("GET", "/api/v1/missions/m-1/diff")).toContain("+++ b/a.txt\n");
  await world.call("POST", "/api/v1/missions/m-1/resume", {});
  expect(await world.inState("m-1", "done", "failed")).toMatchObject({ state: "done", attempts_started: 1 });
  expect(await world.call("GET", "/api/v1/missions/m-1/diff")).toContain("+++ b/done.txt\n");
});

test("a question that expires suspends the mission, ends its agent, and a resume goes on in the same workspace and session", async () => {
  await using world = await openWorld();
  world.bench.start({ target: world.target });
  const objective = "edit kept.txt work\nask --expires 3s Still there?\nedit-answer answer.txt";
  await world.dispatch({ mission_id: "m-1", objective, agents: ["fake"] });
  const held = await world.inState("m-1", "suspended");
  expect(held.reason).toContain("question_expired");
  await world.until(() => Promise.resolve(processesWith("AIWG_MISSION_ID=m-1").length === 0 || undefined), "the end of the agent");
  await world.call("POST", "/api/v1/missions/m-1/resume", {});
  const open = await world.until(async () => {
    const { hitl } = (await world.call("GET", "/api/v1/hitl?state=open")) as { hitl: Question[] };
    return hitl[0];
  }, "the question again");
  await world.call("POST", "/api/v1/missions/m-1/hitl_response", { hitl_id: open.hitl_id, response: "yes" });
  expect(await world.inState("m-1", "done", "failed")).toMatchObject({ state: "done", attempts_started: 2 });
  const root = join(world.bench.folder, "workspaces", "m-1");
  expect(readFileSync(join(root, "answer.txt"), "utf8")).toBe("yes\n");
});

test("a mission suspended by a graceful stop goes on elsewhere from what was committed", async () => {
  await using world = await openWorld();
  const repo = makeRepo(world.bench.folder);
  const executor = world.bench.start({ target: world.target });
  const workspace = { repo: { path: repo, host_id: HOST }, base: git(repo, "rev-parse", "HEAD") };
  // The second attempt finds the file that the first one made.
  await world.dispatch({ mission_id: "m-1", objective: "go", agents: ["twice"], workspace });
  await world.inState("m-1", "queued");
  await executor.stop();
  const twice = { kind: "command", command: ["sh", "-c", "test -e first.txt && exit 0; echo 1 > first.txt; sleep 1000"] } as const;
  const first = world.bench.start({ target: world.target, executorId: "e-2", agents: { twice } });
  await world.inState("m-1", "running");
  await world.until(() => Promise.resolve(existsSync(join(world.bench.folder, "workspaces", "m-1", "first.txt")) || undefined), "work");
  await first.stop();
  await world.inState("m-1", "suspended");
  world.bench.start({ target: world.target, executorId: "e-3", agents: { twice } });
  await world.call("POST", "/api/v1/missions/m-1/resume", { elsewhere: true });
  expect(await world.inState("m-1", "done", "failed")).toMatchObject({ state: "done", executor_id: "e-3", attempts_started: 2 });
  expect(git(repo, "show", "refs/heads/aiwg/m-1:first.txt")).toBe("1");
});

test("an executor that serve drains ends by itself and is not given more", async () => {
  await using world = await openWorld();
  const executor = world.bench.start({ target: world.target });
  await world.dispatch({ mission_id: "m-1", objective: "think 500ms\nsay x", agents: ["fake"] });
  await world.inState("m-1", "running");
  await world.call("POST", "/api/v1/executors/e-1/drain", {});
  await world.dispatch({ mission_id: "m-2", objective: "say x", agents: ["fake"] });
  await executor.done;
  expect((await world.mission("m-1")).state).toBe("done");
  expect(await world.mission("m-2")).toMatchObject({ state: "queued" });
});
