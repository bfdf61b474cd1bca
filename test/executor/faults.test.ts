// What an executor does when something is killed, stopped, cut or lost: nothing lives on, nothing is reported twice, no work is thrown away.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signal } from "../../src/core/node/processes.ts";
import { type Bench, openBench, processesWith } from "../support/fake-link-executor.ts";

const environOf = (pid: number): string[] => readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
/** The processes that carry the run's mark, found by the mission id in an agent's environment. */
async function runMark(bench: Bench, missionId: string): Promise<string> {
  const pid = await bench.link.until(() => processesWith(`AIWG_MISSION_ID=${missionId}`)[0], `an agent of ${missionId}`);
  return environOf(pid).find((entry) => entry.startsWith("AIWG_RUN=")) ?? "";
}
const noneLeft = (bench: Bench, mark: string): Promise<true> => bench.link.until(() => processesWith(mark).length === 0, "the end of all processes");

test("abort ends an agent that ignores TERM and a child that left the group, and keeps the workspace", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "deaf-1", objective: "edit work.txt kept\nhang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("deaf-1").includes("outside of the group"), "a deaf agent");
  const mark = await runMark(bench, "deaf-1");
  expect(processesWith(mark).length).toBeGreaterThanOrEqual(3); // supervisor, agent, its child
  bench.link.send({ event: "mission.abort", mission_id: "deaf-1", attempt: 1, data: { reason: "enough" } });
  const end = await bench.link.end("deaf-1");
  expect(end).toMatchObject({ event: "mission.aborted", data: { reason: "enough", aborted_by: "operator" } });
  expect(processesWith(mark)).toEqual([]);
  expect(readFileSync(join(String(end.data?.["workspace"]), "work.txt"), "utf8")).toBe("kept\n");
});

test("a process that forked twice into a session of its own and ignores TERM is ended too, on abort and after a turn", async () => {
  const escape = `(setsid sh -c 'trap "" TERM HUP; sleep 1000; true' >/dev/null 2>&1 &); echo escaped; [ "$AIWG_MISSION_ID" = esc-2 ] || sleep 1000`;
  await using bench = await openBench({ agents: { sh: { kind: "command", command: ["sh", "-c", escape] } } });
  bench.start();
  await bench.link.dispatch({ mission_id: "esc-1", objective: "x", agents: ["sh"] });
  await bench.link.until(() => bench.link.log("esc-1").includes("escaped"), "an escaped process");
  const mark = await runMark(bench, "esc-1");
  bench.link.send({ event: "mission.abort", mission_id: "esc-1", attempt: 1, data: {} });
  await bench.link.end("esc-1");
  expect(processesWith(mark)).toEqual([]);
  await bench.link.dispatch({ mission_id: "esc-2", objective: "x", agents: ["sh"] });
  expect((await bench.link.end("esc-2")).event).toBe("mission.completed");
  expect(processesWith("AIWG_MISSION_ID=esc-")).toEqual([]);
});

test("an executor killed with SIGKILL leaves no agent behind, and started again it does not own the run any more", async () => {
  await using bench = await openBench();
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "kill-1", objective: "edit work.txt kept\nhang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("kill-1").includes("outside of the group"), "a deaf agent");
  const mark = await runMark(bench, "kill-1");
  first.kill("SIGKILL");
  await noneLeft(bench, mark);
  const before = bench.link.frames.length;
  bench.spawn();
  // A report that was not acknowledged when the executor died makes it list the run once more first.
  await bench.link.until(
    () => bench.link.frames.slice(before).some((frame) => frame.event === "executor.resync" && frame.data.owned?.length === 0),
    "a resync without the run",
  );
  expect(readFileSync(join(bench.folder, "workspaces", "kill-1", "work.txt"), "utf8")).toBe("kept\n");
});

test("an executor started at once after SIGKILL ends what is left before it says anything", async () => {
  await using bench = await openBench();
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "kill-2", objective: "hang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("kill-2").includes("outside of the group"), "a deaf agent");
  const mark = await runMark(bench, "kill-2");
  const before = bench.link.frames.length;
  first.kill("SIGKILL");
  await once(first, "exit");
  bench.spawn();
  await bench.link.until(() => bench.link.frames.slice(before).some((frame) => frame.event === "executor.resync"), "a resync");
  expect(processesWith(mark)).toEqual([]);
});

test("reports that were not acknowledged before a SIGKILL are sent again, and then the lost run is announced", async () => {
  await using bench = await openBench();
  const first = bench.spawn();
  await bench.link.dispatch({ mission_id: "kill-3", objective: "hang", agents: ["fake"] });
  await bench.link.report("kill-3", "mission.assigned");
  bench.link.behave.ack = true;
  await bench.link.until(() => {
    bench.link.behave.ack = false;
    return bench.link.reports("kill-3").some((frame) => frame.event === "mission.started");
  }, "a start");
  first.kill("SIGKILL");
  await once(first, "exit");
  bench.link.behave.ack = true;
  const before = bench.link.frames.length;
  bench.spawn();
  const resyncs = await bench.link.until(() => {
    const found = bench.link.frames.slice(before).filter((frame) => frame.event === "executor.resync");
    return found.length >= 2 && found;
  }, "two resyncs");
  expect(resyncs[0]).toMatchObject({ data: { owned: [{ mission_id: "kill-3", attempt: 1 }] } });
  expect(resyncs[1]).toMatchObject({ data: { owned: [] } });
});

test("a supervisor killed with SIGKILL takes nothing with it that the executor does not end", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "sup-1", objective: "hang --deaf", agents: ["fake"] });
  await bench.link.until(() => bench.link.log("sup-1").includes("outside of the group"), "a deaf agent");
  const mark = await runMark(bench, "sup-1");
  const supervisor = processesWith(mark).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("supervisor-main"));
  process.kill(supervisor ?? 0, "SIGKILL");
  expect(await bench.link.end("sup-1")).toMatchObject({ event: "mission.failed", data: { reason: "agent_failed" } });
  expect(processesWith(mark)).toEqual([]);
});

test("an executor stopped for longer than its lease finds its agent dead, and says nothing about it", async () => {
  await using bench = await openBench({ leaseTtlMs: 1_500 });
  const child = bench.spawn();
  await bench.link.dispatch({ mission_id: "stop-1", objective: "flood 400m\nhang --deaf", agents: ["fake"] });
  const mark = await runMark(bench, "stop-1");
  child.kill("SIGSTOP");
  await noneLeft(bench, mark);
  const before = bench.link.frames.length;
  child.kill("SIGCONT");
  await bench.link.until(
    () => bench.link.frames.slice(before).some((frame) => frame.event === "executor.heartbeat" && frame.data.owned?.length === 0),
    "a heartbeat without the run",
  );
  expect(bench.link.reports("stop-1").filter((frame) => /failed|completed|suspended/.test(frame.event))).toEqual([]);
});

test("a run whose lease is not renewed is ended before the lease is over", async () => {
  await using bench = await openBench({ leaseTtlMs: 1_500 });
  bench.start();
  await bench.link.dispatch({ mission_id: "lease-1", objective: "hang --deaf", agents: ["fake"] });
  const mark = await runMark(bench, "lease-1");
  bench.link.behave.renew = false;
  await noneLeft(bench, mark);
  expect(bench.link.reports("lease-1").map((frame) => frame.event)).not.toContain("mission.failed");
  const last = await bench.link.until(() => bench.link.frames.filter((frame) => frame.event === "executor.resync")[1], "a new resync");
  expect(last).toMatchObject({ data: { owned: [] } });
});

test("renewals keep a run alive for many leases", async () => {
  await using bench = await openBench({ leaseTtlMs: 900 });
  bench.start();
  await bench.link.dispatch({ mission_id: "lease-2", objective: "think 3s\nsay awake", agents: ["fake"] });
  expect((await bench.link.end("lease-2")).event).toBe("mission.completed");
});

test("after a cut the reports that were not acknowledged come again, with the same numbers, and the agent goes on", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.dispatch({ mission_id: "cut-1", objective: "think 700ms\nsay through", agents: ["fake"] });
  await bench.link.report("cut-1", "mission.started");
  bench.link.behave.ack = false;
  bench.link.cut();
  await bench.link.end("cut-1");
  bench.link.cut();
  bench.link.behave.ack = true;
  await bench.link.until(() => bench.link.reports("cut-1").filter((frame) => frame.event === "mission.completed").length === 2, "the report again");
  const completed = bench.link.reports("cut-1").filter((frame) => frame.event === "mission.completed");
  expect(new Set(completed.map((frame) => frame.src_seq)).size).toBe(1);
  const connections = bench.link.connections();
  bench.link.cut();
  await bench.link.until(() => bench.link.connections() > connections && bench.link.isConnected(), "a new link");
  await bench.link.dispatch({ mission_id: "cut-2", objective: "say x", agents: ["fake"] });
  await bench.link.end("cut-2");
  expect(bench.link.reports("cut-1").filter((frame) => frame.event === "mission.completed")).toHaveLength(2);
  expect(bench.link.log("cut-1")).toContain("through");
});

test("a run that serve calls stale or dropped is ended and not spoken of", async () => {
  await using bench = await openBench();
  bench.start();
  for (const id of ["stale-1", "stale-2"]) await bench.link.dispatch({ mission_id: id, objective: "hang", agents: ["fake"] });
  const marks = [await runMark(bench, "stale-1"), await runMark(bench, "stale-2")];
  bench.link.send({ event: "executor.error", mission_id: "stale-1", attempt: 1, data: { code: "stale_fence", detail: "fence is 2" } });
  // Before the cut: a connection that is reset takes what was not read yet with it.
  await noneLeft(bench, marks[0] ?? "");
  bench.link.behave.drop = [{ mission_id: "stale-2", attempt: 1, reason: "stale_fence" }];
  bench.link.cut();
  await noneLeft(bench, marks[1] ?? "");
  expect(bench.link.reports().filter((frame) => /failed|aborted|suspended/.test(frame.event))).toEqual([]);
});

test("an abort of a run it never had is confirmed, and that attempt is refused when it comes later", async () => {
  await using bench = await openBench();
  bench.start();
  await bench.link.until(() => bench.link.isConnected(), "a link");
  bench.link.send({ event: "mission.abort", mission_id: "early-1", attempt: 3, data: { reason: null } });
  await bench.link.report("early-1", "mission.aborted");
  await bench.link.dispatch({ mission_id: "early-1", objective: "say x", agents: ["fake"] }, 3);
  await bench.link.report("early-1", "mission.rejected");
  await bench.link.dispatch({ mission_id: "early-1", objective: "say x", agents: ["fake"] }, 2);
  await bench.link.dispatch({ mission_id: "early-1", objective: "say x", agents: ["fake"] }, 4);
  expect(await bench.link.end("early-1", 4)).toMatchObject({ event: "mission.completed" });
  expect(bench.link.reports("early-1").filter((frame) => frame.attempt === 2)).toEqual([]);
});

test("a dispatch that is repeated is one run", async () => {
  await using bench = await openBench();
  bench.start();
  const mission = { mission_id: "twice-1", objective: "think 300ms\nsay x", agents: ["fake"] };
  await bench.link.dispatch(mission);
  await bench.link.dispatch(mission);
  await bench.link.report("twice-1", "mission.started");
  await bench.link.dispatch(mission);
  await bench.link.end("twice-1");
  expect(bench.link.reports("twice-1").filter((frame) => frame.event === "mission.started")).toHaveLength(1);
});

test("a graceful stop suspends what runs, keeps its work, and the next start goes on in the same workspace", async () => {
  await using bench = await openBench();
  const executor = bench.start();
  await bench.link.dispatch({ mission_id: "grace-1", objective: "edit first.txt one\nhang", agents: ["fake"] });
  await bench.link.until(() => existsSync(join(bench.folder, "workspaces", "grace-1", "first.txt")), "work");
  await executor.stop();
  const end = await bench.link.end("grace-1");
  expect(end).toMatchObject({ event: "mission.suspended", data: { reason: "executor_shutdown", session_id: expect.stringMatching(/^fake-/) } });
  const { workspace, session_id } = end.data ?? {};
  bench.start();
  await bench.link.until(() => bench.link.isConnected(), "a link");
  await bench.link.dispatch({ mission_id: "grace-1", objective: "edit second.txt two", agents: ["fake"], resume: { workspace, session_id } }, 2);
  expect(await bench.link.end("grace-1", 2)).toMatchObject({ event: "mission.completed", data: { workspace, session_id } });
  expect(readdirSync(String(workspace)).toSorted()).toEqual(["first.txt", "second.txt"]);
  expect(bench.link.registrations.map(({ token }) => token === bench.link.adminToken)).toEqual([true, false]);
});

test("an executor waits for a serve that is away and comes when it is there", async () => {
  await using bench = await openBench();
  let url = "http://127.0.0.1:1";
  let changed = (): void => {};
  bench.start({
    target: {
      resolve: () => Promise.resolve({ url, token: bench.link.adminToken }),
      subscribe(listener) {
        changed = listener;
        return () => {};
      },
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  url = bench.link.url;
  changed();
  await bench.link.until(() => bench.link.isConnected(), "a link");
});

test("a mission for an agent that is gone since is rejected, naming it", async () => {
  await using bench = await openBench({ agents: { gone: { kind: "command", command: ["/bin/true"] } } });
  const agents: Record<string, { kind: "command"; command: string[] }> = { gone: { kind: "command", command: ["/bin/true"] } };
  bench.start({ agents });
  await bench.link.until(() => bench.link.isConnected(), "a link");
  agents["gone"] = { kind: "command", command: ["/nonexistent/agent"] };
  await bench.link.dispatch({ mission_id: "gone-1", objective: "x", agents: ["gone"] });
  expect((await bench.link.report("gone-1", "mission.rejected")).data?.["reason"]).toMatch(/agent gone is not installed any more/);
});

test.each(["exec sleep 1000", "while :; do echo noise; sleep 0.05; done"])(
  "a turn and a check end with their process though an escaped one holds their output: %s",
  async (hold) => {
    // Neither of the group, nor the session, nor a descendant, nor marked.
    const escape = (name: string): string => `env -i setsid -f sh -c 'echo $$ > ${name}; ${hold}'; while [ ! -s ${name} ]; do sleep 0.05; done; echo said`;
    await using bench = await openBench({ agents: { sh: { kind: "command", command: ["sh", "-c", escape("turn.pid")] } } });
    bench.start();
    try {
      await bench.link.dispatch({ mission_id: "hold-1", objective: "x", agents: ["sh"], checks: [{ run: escape("check.pid") }] });
      const end = await bench.link.end("hold-1");
      expect(end).toMatchObject({ event: "mission.completed", data: { verified: true, checks: [{ output: expect.stringMatching(/said/) }] } });
    } finally {
      for (const name of ["turn.pid", "check.pid"]) {
        const file = join(bench.folder, "workspaces", "hold-1", name);
        if (existsSync(file)) signal(Number(readFileSync(file, "utf8")), "SIGKILL");
      }
    }
  },
);
