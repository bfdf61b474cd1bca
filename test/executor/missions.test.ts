// An executor and the scripted agent against a fake link: what each life of a mission reports, leaves on branches and in the process table.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, HOST, makeRepo, openBench, repoAt } from "../support/fake-link-executor.ts";

test("a mission without checks is done, its work is on its branch, and nothing claims that it was verified", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "m-1", objective: "edit hello.txt hi there", agents: ["fake"], workspace: repoAt(repo) });
  const end = await bench.link.end("m-1");
  expect(end).toMatchObject({ event: "mission.completed", data: { verified: null, checks: [], exit_code: 0, branch: "aiwg/m-1" } });
  expect(git(repo, "show", "refs/heads/aiwg/m-1:hello.txt")).toBe("hi there");
  expect(git(repo, "log", "-1", "--format=%an %ae", "refs/heads/aiwg/m-1")).toBe("aiwg aiwg@localhost");
  expect(git(repo, "rev-parse", "refs/heads/aiwg/m-1")).toBe(end.data?.["commit"]);
  // The pin of the base is gone with its need: git would take it for the branch when a person types "aiwg/m-1".
  expect(git(repo, "rev-parse", "aiwg/m-1")).toBe(end.data?.["commit"]);
  expect(bench.link.reports("m-1").map((frame) => frame.event)).toEqual([
    "mission.assigned",
    "mission.started",
    "mission.progress",
    "mission.progress",
    "mission.completed",
  ]);
});

test("output of a failing check goes back to the agent, and the mission is done once the checks pass", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  bench.start();
  const objective = "1: edit state wrong\n2: edit state right";
  const checks = [{ run: "grep -q right state || { echo the state is $(cat state); exit 3; }" }];
  await bench.link.dispatch({ mission_id: "m-2", objective, checks, agents: ["fake"], workspace: repoAt(repo) });
  const end = await bench.link.end("m-2");
  expect(end).toMatchObject({ event: "mission.completed", data: { verified: true, checks: [{ passed: true, exit_code: 0 }] } });
  expect(git(repo, "show", "refs/heads/aiwg/m-2:state")).toBe("right");
  expect(bench.link.log("m-2")).toContain("the state is wrong");
});

test("a question is asked, answered once, and the agent goes on with the answer", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "m-3", objective: "ask Which colour?\nedit-answer colour.txt", agents: ["fake"] });
  const asked = await bench.link.report("m-3", "mission.hitl_required");
  expect(asked.data).toMatchObject({ prompt: "Which colour?" });
  const answer = { event: "mission.hitl_responded", mission_id: "m-3", attempt: 1, data: { hitl_id: asked.data?.["hitl_id"], response: "blue" } };
  bench.link.send(answer);
  bench.link.send(answer);
  const end = await bench.link.end("m-3");
  expect(end.event).toBe("mission.completed");
  expect(readFileSync(join(String(end.data?.["workspace"]), "colour.txt"), "utf8")).toBe("blue\n");
  expect(bench.link.reports("m-3").filter((frame) => frame.event === "mission.resumed")).toHaveLength(1);
});

test("a crash of the agent fails the mission and what it had made is on the branch", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "m-4", objective: "edit half.txt half\ncrash 7", agents: ["fake"], workspace: repoAt(repo) });
  expect(await bench.link.end("m-4")).toMatchObject({ event: "mission.failed", data: { reason: "agent_failed", exit_code: 7 } });
  expect(git(repo, "show", "refs/heads/aiwg/m-4:half.txt")).toBe("half");
});

test("an agent that lies is not believed: red checks use up the iterations", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  bench.start();
  const mission = { mission_id: "m-5", objective: "lie", checks: [{ run: ["test", "-e", "done.txt"] }], limits: { max_iterations: 2 } };
  await bench.link.dispatch({ ...mission, agents: ["fake"], workspace: repoAt(repo) });
  const end = await bench.link.end("m-5");
  expect(end).toMatchObject({ event: "mission.failed", data: { reason: "limit_iterations", checks: [{ passed: false, exit_code: 1 }] } });
  expect(git(repo, "rev-parse", "refs/heads/aiwg/m-5")).toBe(git(repo, "rev-parse", "main"));
});

test("a flood is cut in the transcript, visibly, and the mission still ends", async () => {
  await using bench = await openBench({ slots: 2 });
  bench.start();
  await bench.link.dispatch({ mission_id: "m-6", objective: "flood 20m\nsay after the flood", agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "m-6b", objective: "say calm", agents: ["fake"] });
  expect((await bench.link.end("m-6b")).event).toBe("mission.completed");
  expect((await bench.link.end("m-6")).event).toBe("mission.completed");
  expect(bench.link.log("m-6")).toMatch(/\[transcript cut: 16777216 bytes reached\]\n$/);
});

test("a check that hangs is ended at its timeout, and says so", async () => {
  await using bench = await openBench();
  bench.start();
  const mission = { mission_id: "m-7", objective: "say x", checks: [{ run: "echo begun; sleep 1000", timeout_s: 1 }], limits: { max_iterations: 1 } };
  await bench.link.dispatch({ ...mission, agents: ["fake"] });
  const end = await bench.link.end("m-7");
  expect(end).toMatchObject({
    event: "mission.failed",
    data: { reason: "limit_iterations", checks: [{ timed_out: true, exit_code: null, output: "begun\n" }] },
  });
});

test("limits on cost, tokens and time end a mission with their own reason", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "m-8", objective: "usage 10 2.5", limits: { cost_usd: 1 }, agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "m-9", objective: "usage 5000 0", limits: { tokens: 100 }, agents: ["fake"] });
  await bench.link.dispatch({ mission_id: "m-10", objective: "hang", limits: { wall_clock_s: 1 }, agents: ["fake"] });
  expect(await bench.link.end("m-8")).toMatchObject({ data: { reason: "limit_cost", cost_usd: 2.5, tokens_total: 10 } });
  expect(await bench.link.end("m-9")).toMatchObject({ data: { reason: "limit_tokens", tokens_total: 5000 } });
  expect(await bench.link.end("m-10")).toMatchObject({ data: { reason: "limit_wall_clock" } });
});

test("a command agent gets the prompt on stdin and its mission in variables", async () => {
  await using bench = await openBench({
    agents: { mine: { kind: "command", command: ["sh", "-c", "cat > prompt; env | grep ^AIWG_ | sort > vars; echo summed up"] } },
    env: { AIWG_TOKEN: "t-123456789" },
  });
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "M:8", objective: "do it", completion: "it is done", agents: ["mine"], workspace: repoAt(repo) });
  const end = await bench.link.end("M:8");
  expect(end).toMatchObject({ event: "mission.completed", data: { summary: "summed up" } });
  const branch = String(end.data?.["branch"]);
  expect(branch).toMatch(/^aiwg\/[a-z0-9-]{12}-[0-9a-f]{10}$/);
  expect(git(repo, "show", `refs/heads/${branch}:prompt`)).toMatch(/^do it\n\nIt is complete when: it is done\n/);
  const vars = git(repo, "show", `refs/heads/${branch}:vars`);
  expect(vars).toContain("AIWG_MISSION_ID=M:8\nAIWG_OBJECTIVE=do it");
  expect(vars).not.toContain("t-123456789");
});

test("an objective without verbs still leaves something to look at", async () => {
  await using bench = await openBench();
  const repo = makeRepo(bench.folder);
  bench.start();
  await bench.link.dispatch({ mission_id: "m-11", objective: "Please tidy up.", agents: ["fake"], workspace: repoAt(repo) });
  await bench.link.end("m-11");
  expect(git(repo, "show", "refs/heads/aiwg/m-11:AIWG-FAKE.md")).toBe("Please tidy up.");
  expect(existsSync(join(repo, "AIWG-FAKE.md"))).toBe(false);
});

test("an agent that cannot be started fails the mission and says why", async () => {
  await using bench = await openBench({ agents: { broken: { kind: "command", command: ["/nonexistent"] } } });
  const program = join(bench.folder, "broken");
  writeFileSync(program, "#!/nonexistent/interpreter\n", { mode: 0o755 });
  bench.start({ agents: { broken: { kind: "command", command: [program] } } });
  await bench.link.dispatch({ mission_id: "m-12", objective: "x", agents: ["broken"] });
  expect((await bench.link.end("m-12")).data).toMatchObject({ reason: "agent_failed", error: expect.stringContaining("could not be started: ") });
});

test("missions beyond the slots wait for their turn, and only agents that are there are offered", async () => {
  await using bench = await openBench({
    slots: 1,
    agents: { absent: { kind: "command", command: ["no-such-program"] }, mine: { kind: "command", command: ["true"], capabilities: ["x-fast"] } },
  });
  bench.start();
  for (const id of ["q-1", "q-2"]) await bench.link.dispatch({ mission_id: id, objective: "think 300ms", agents: ["fake"] });
  await bench.link.end("q-2");
  const order = bench.link
    .reports()
    .filter((frame) => /started|completed/.test(frame.event))
    .map((frame) => `${frame.mission_id} ${frame.event}`);
  expect(order).toEqual(["q-1 mission.started", "q-1 mission.completed", "q-2 mission.started", "q-2 mission.completed"]);
  const { capabilities } = bench.link.registrations[0]?.body ?? {};
  expect(capabilities).toEqual(expect.arrayContaining(["runtime:mine", "runtime:fake", "x-fast", `host:${HOST}`, "hitl", "resumable", "isolation:none"]));
  expect(capabilities).not.toContain("runtime:absent");
});

test("a newer attempt of a mission ends the older one before it starts", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "n-1", objective: "hang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("n-1").includes("outside of the group"), "a deaf agent");
  await bench.link.dispatch({ mission_id: "n-1", objective: "say second", agents: ["fake"] }, 2);
  expect((await bench.link.end("n-1", 2)).event).toBe("mission.completed");
  expect(
    bench.link
      .reports("n-1")
      .filter((frame) => frame.attempt === 1)
      .map((frame) => frame.event),
  ).not.toContain("mission.failed");
});
