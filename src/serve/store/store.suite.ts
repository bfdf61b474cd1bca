// What every Store implementation must do with dispatches, ownership and what is read back, told through its interface alone. Must not know which one is under test.
import { describe, expect, test } from "vitest";
import type { ReportEvent, ReportFrame } from "../../mission/wire/frames.ts";
import { ADMIN, refusal, useStore, type StoreUnderTest } from "./suite-rig.ts";

export function storeSuite(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    const rig = useStore(create);
    const { send, join, say, start, stateOf } = rig;

    test("a dispatch without an executor is queued and says why it waits", async () => {
      const { response, replayed } = await send("m");
      expect({ response, replayed }).toEqual({
        response: { mission_id: "m", session_id: "s", status: "queued", executor_id: null, attempt: 0, dispatch_path: null, idempotent_replayed: false },
        replayed: false,
      });
      expect(await rig.store.mission("m")).toMatchObject({ state: "queued", reason: "no executor connected", attempt: 0, executor_id: null });
    });

    test("a dispatch with a free executor is assigned in the same transaction", async () => {
      await join("x");
      expect((await send("m", {}, { async: false })).response).toMatchObject({ status: "assigned", executor_id: "x", attempt: 1, dispatch_path: "ws" });
      expect(rig.effects.filter((e) => e.kind === "command")).toMatchObject([
        { executor_id: "x", command: { kind: "dispatch", run: { mission_id: "m", attempt: 1 } } },
      ]);
    });

    test("a busy executor that matches stores the mission even without respond-async", async () => {
      await join("x");
      await send("m1");
      expect((await send("m2", {}, { async: false })).response.status).toBe("queued");
      expect((await rig.store.mission("m2"))?.reason).toBe("1 of 1 slots busy");
    });

    test("without a matching executor nothing is stored", async () => {
      await expect(send("m", {}, { async: false })).rejects.toEqual(refusal("no_executor_available"));
      await expect(send("m", { executor_filter: { executor_id: "gone" } }, { async: false })).rejects.toEqual(refusal("executor_not_found"));
      expect(await rig.store.mission("m")).toBeUndefined();
      expect((await send("m")).replayed).toBe(false);
    });

    test("the same id and payload replays under any key; another payload or a used key is refused", async () => {
      const first = await send("m", {}, { key: "k1" });
      await join("x", 5);
      for (const key of ["k1", "k2", "m"])
        expect(await send("m", {}, { key })).toEqual({ response: { ...first.response, idempotent_replayed: true }, replayed: true });
      await expect(send("m", {}, { hash: "other" })).rejects.toEqual(refusal("idempotency_key_reused"));
      await expect(send("m2", {}, { key: "k1" })).rejects.toEqual(refusal("idempotency_key_reused"));
      await expect(send("m2", {}, { key: "k2" })).rejects.toEqual(refusal("idempotency_key_reused"));
      expect(await rig.store.mission("m2")).toBeUndefined();
    });

    test("many dispatches of one id at once store it once", async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => send("m")));
      expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
      expect((await rig.store.events(0, 100, { mission: "m" })).events.map((event) => event.event)).toEqual(["mission.queued"]);
    });

    test("an abort of an unknown id leaves a tombstone that a later dispatch meets", async () => {
      expect(await rig.store.abort("m", null)).toEqual({ mission_id: "m", state: "aborted" });
      await expect(send("m")).rejects.toEqual(refusal("tombstone"));
    });

    test("priority goes before age, age before id", async () => {
      await send("b");
      rig.clock.advance(5);
      await send("a");
      await send("high", { priority: "high" });
      await join("x", 2);
      expect(await rig.store.assignQueued(10)).toBe(2);
      expect([await stateOf("high"), await stateOf("b"), await stateOf("a")]).toEqual(["assigned", "assigned", "queued"]);
    });

    test("a slot that became free goes to who waited for it, not to the newest dispatch", async () => {
      await send("old");
      await join("x");
      expect((await send("new", { priority: "low" })).response).toMatchObject({ status: "queued", executor_id: null, attempt: 0 });
      expect([await stateOf("old"), await stateOf("new")]).toEqual(["assigned", "queued"]);
    });

    test("the least loaded matching executor is chosen, capabilities and pins are obeyed", async () => {
      await join("big", 4, ["runtime:claude", "gpu"]);
      await join("small", 2, ["runtime:claude"]);
      await send("1", { executor_filter: { executor_id: "big" } });
      expect((await send("2")).response.executor_id).toBe("small");
      expect((await send("3", { executor_filter: { capabilities: ["gpu"] } })).response.executor_id).toBe("big");
      expect((await send("4", { agents: ["codex"] })).response.status).toBe("queued");
      expect((await rig.store.mission("4"))?.reason).toBe("no connected executor offers agent codex");
    });

    test("the fake agent runs only missions that name it", async () => {
      await join("x", 4, ["runtime:fake"]);
      expect((await send("1")).response.status).toBe("queued");
      expect((await send("2", { agents: ["fake"] })).response.status).toBe("assigned");
    });

    test("a report counts only under the present fence of its owner", async () => {
      await join("x");
      await join("y");
      await send("m", { executor_filter: { executor_id: "x" } });
      await start("x", "m", 1);
      expect(await say("y", "mission.completed", "m", 1)).toMatchObject({ outcome: "refused", code: "not_owner" });
      expect(await say("x", "mission.completed", "m", 2)).toMatchObject({ outcome: "refused", code: "stale_fence" });
      expect(await say("x", "mission.completed", "nowhere", 1)).toMatchObject({ outcome: "refused", code: "not_owner" });
      expect(await stateOf("m")).toBe("running");
      expect(await say("x", "mission.completed", "m", 1, { verified: true, exit_code: 0 })).toMatchObject({ outcome: "applied" });
      expect(await rig.store.mission("m")).toMatchObject({ state: "done", attempt: 2, result: { verified: true, exit_code: 0 } });
      expect(await say("x", "mission.failed", "m", 1, { reason: "agent_failed" })).toMatchObject({ outcome: "refused", code: "stale_fence" });
      expect(await stateOf("m")).toBe("done");
    });

    test("what a link of an older epoch still says is not heard", async () => {
      await join("x");
      await send("m");
      await start("x", "m", 1);
      await rig.store.resync("x", { epoch: "e2", owned: [{ mission_id: "m", attempt: 1 }], slots: null });
      expect(await say("x", "mission.failed", "m", 1, { reason: "agent_failed" })).toMatchObject({ outcome: "refused", code: "not_owner" });
      expect(await rig.store.consume("x", "e1", 1)).toBe(0);
      const frame = { event: "mission.completed", mission_id: "m", attempt: 1, src_seq: 1, data: {} } as ReportFrame;
      expect(await rig.store.report("x", "e2", frame)).toEqual({ outcome: "applied", acked: 1 });
    });

    test("a repeated report changes nothing and a gap is not acknowledged", async () => {
      await join("x");
      await send("m");
      const frame = (src_seq: number, event: ReportEvent): ReportFrame => ({ event, mission_id: "m", attempt: 1, src_seq, data: {} }) as ReportFrame;
      expect(await rig.store.report("x", "e1", frame(1, "mission.assigned"))).toEqual({ outcome: "applied", acked: 1 });
      expect(await rig.store.report("x", "e1", frame(3, "mission.started"))).toEqual({ outcome: "applied", acked: 1 });
      expect(await rig.store.report("x", "e1", frame(3, "mission.started"))).toEqual({ outcome: "duplicate", acked: 1 });
      expect(await rig.store.consume("x", "e1", 2)).toBe(3);
      expect(await rig.store.report("x", "e1", frame(2, "mission.completed"))).toEqual({ outcome: "duplicate", acked: 3 });
      expect((await rig.store.mission("m"))?.attempts_started).toBe(1);
    });

    test("an unconfirmed assignment goes back to the queue when its lease ends, to another executor first", async () => {
      await join("x");
      await send("m");
      expect(await rig.store.endOwnership({ mission_id: "m", attempt: 1 }, "lease_expired")).toBe(true);
      expect(await rig.store.endOwnership({ mission_id: "m", attempt: 1 }, "lease_expired")).toBe(false);
      expect(await rig.store.mission("m")).toMatchObject({ state: "queued", attempt: 2 });
      expect(await rig.store.assignQueued(1)).toBe(0);
      await join("y");
      expect(await rig.store.assignQueued(1)).toBe(1);
      expect(await rig.store.mission("m")).toMatchObject({ executor_id: "y", attempt: 3 });
    });

    test("a rejected mission is not offered to the same executor for 30 s", async () => {
      await join("x");
      await send("m");
      await say("x", "mission.rejected", "m", 1, { reason: "no such repository" });
      expect((await rig.store.mission("m"))?.reason).toBe("offered to x again in 30 s (rejected by x: no such repository)");
      expect(await rig.store.assignQueued(1)).toBe(0);
      rig.clock.advance(30_001);
      expect(await rig.store.assignQueued(1)).toBe(1);
    });

    test("a lost run is held by default, retried when asked, failed when its attempts are used up", async () => {
      await join("x", 3);
      await send("hold");
      await send("retry", { on_lost: "retry", max_attempts: 2 });
      await start("x", "hold", 1);
      await start("x", "retry", 1);
      await rig.store.endOwnership({ mission_id: "hold", attempt: 1 }, "lease_expired");
      await rig.store.endOwnership({ mission_id: "retry", attempt: 1 }, "lease_expired");
      expect([await stateOf("hold"), await stateOf("retry")]).toEqual(["suspended", "queued"]);
      await rig.store.assignQueued(1);
      await start("x", "retry", 3);
      await rig.store.endOwnership({ mission_id: "retry", attempt: 3 }, "lease_expired");
      expect(await rig.store.mission("retry")).toMatchObject({ state: "failed", reason: "attempts_exhausted" });
    });

    test("the same epoch loses unlisted runs at once, another epoch waits for their leases", async () => {
      await join("x", 2);
      await send("a");
      await send("b", { on_lost: "retry" });
      await start("x", "a", 1);
      await start("x", "b", 1);
      await rig.store.resync("x", { epoch: "e2", owned: [], slots: null });
      expect([await stateOf("a"), await stateOf("b")]).toEqual(["running", "running"]);
      const verdict = await rig.store.resync("x", {
        epoch: "e2",
        owned: [
          { mission_id: "a", attempt: 1 },
          { mission_id: "b", attempt: 7 },
          { mission_id: "c", attempt: 1 },
        ],
        slots: null,
      });
      expect(verdict.drop.map((run) => run.mission_id)).toEqual(["b", "c"]);
      expect([await stateOf("a"), await stateOf("b")]).toEqual(["running", "queued"]);
    });

    test("abort ends what nobody runs at once and asks the owner of what runs; the executor's word ends it", async () => {
      await join("x");
      await send("run");
      await send("wait");
      await start("x", "run", 1);
      expect(await rig.store.abort("wait", "not needed")).toEqual({ mission_id: "wait", state: "aborted" });
      expect(await rig.store.abort("run", null)).toEqual({ mission_id: "run", state: "running", abort_requested: true });
      expect(await rig.store.abort("run", null)).toEqual({ mission_id: "run", state: "running", abort_requested: true });
      expect(await rig.store.pendingCommands("x")).toEqual([{ kind: "abort", run: { mission_id: "run", attempt: 1 }, reason: "aborted by operator" }]);
      await say("x", "mission.aborted", "run", 1);
      expect(await rig.store.mission("run")).toMatchObject({ state: "aborted", reason: "aborted by operator" });
      expect(await rig.store.pendingCommands("x")).toEqual([]);
    });

    test("ownership that ends while an abort is asked for is an abort; a later completion is kept as result only", async () => {
      await join("x");
      await send("m", { on_lost: "retry" });
      await start("x", "m", 1);
      await rig.store.abort("m", "enough");
      await rig.store.endOwnership({ mission_id: "m", attempt: 1 }, "lease_expired");
      expect(await say("x", "mission.completed", "m", 1, { verified: true })).toMatchObject({ outcome: "refused", code: "stale_fence" });
      expect(await rig.store.mission("m")).toMatchObject({ state: "aborted", reason: "enough", result: { verified: true } });
    });

    test("a question is answered exactly once, belongs to its attempt, and is repeated until confirmed", async () => {
      await join("x");
      await send("m");
      await start("x", "m", 1);
      await say("x", "mission.hitl_required", "m", 1, { hitl_id: "q", prompt: "Colour?", choices: ["red", "blue"] });
      expect(await rig.store.openQuestions()).toMatchObject([{ hitl_id: "q", mission_id: "m", prompt: "Colour?", choices: ["red", "blue"] }]);
      await expect(rig.store.answer("m", "q", "green")).rejects.toEqual(refusal("invalid_answer"));
      await expect(rig.store.answer("m", "other", "red")).rejects.toEqual(refusal("not_found"));
      const both = await Promise.allSettled([rig.store.answer("m", "q", "red"), rig.store.answer("m", "q", "blue")]);
      expect(both.map((one) => one.status)).toEqual(["fulfilled", "rejected"]);
      await expect(rig.store.answer("m", "q", "red")).rejects.toEqual(refusal("already_answered"));
      expect(await stateOf("m")).toBe("running");
      expect(await rig.store.pendingCommands("x")).toMatchObject([{ kind: "hitl_responded", hitl_id: "q", response: "red" }]);
      await say("x", "mission.resumed", "m", 1);
      expect(await rig.store.pendingCommands("x")).toEqual([]);
      expect(await say("x", "mission.hitl_required", "m", 1, { hitl_id: "q", prompt: "Again?" })).toMatchObject({ outcome: "refused", code: "state_conflict" });
      await say("x", "mission.hitl_required", "m", 1, { hitl_id: "q2", prompt: "Sure?" });
      await rig.store.endOwnership({ mission_id: "m", attempt: 1 }, "lease_expired");
      await expect(rig.store.answer("m", "q2", "yes")).rejects.toEqual(refusal("closed"));
      expect(await rig.store.openQuestions()).toEqual([]);
    });

    test("a suspended mission resumes on the host that holds its workspace, or elsewhere when told to", async () => {
      await join("x", 1, ["runtime:claude"]);
      await join("y", 1, ["runtime:claude"]);
      await send("m", { executor_filter: { executor_id: "x" } });
      await start("x", "m", 1);
      await say("x", "mission.suspended", "m", 1, { reason: "operator_request", workspace: "/w/m", session_id: "abc" });
      await expect(rig.store.resume("nowhere", { elsewhere: false })).rejects.toEqual(refusal("not_found"));
      expect(await rig.store.resume("m", { elsewhere: false })).toEqual({ mission_id: "m", state: "queued" });
      await expect(rig.store.resume("m", { elsewhere: false })).rejects.toEqual(refusal("state_conflict"));
      await rig.store.assignQueued(1);
      expect(rig.effects.findLast((e) => e.kind === "command")).toMatchObject({
        executor_id: "x",
        command: { kind: "dispatch", resume: { workspace: "/w/m", session_id: "abc" } },
      });
    });

    test("a mission suspended by its executor's shutdown is queued again when that executor is back", async () => {
      await join("x");
      await send("m");
      await start("x", "m", 1);
      await say("x", "mission.suspended", "m", 1, { reason: "executor_shutdown", workspace: "/w/m" });
      await rig.store.linkLost("x");
      expect(await stateOf("m")).toBe("suspended");
      await rig.store.resync("x", { epoch: "e1", owned: [], slots: null });
      expect(await stateOf("m")).toBe("queued");
    });

    test("events have growing seqs, every transition is told, filters and pages miss nothing", async () => {
      await join("x");
      await send("m", {}, { session: "one" });
      await send("n", {}, { session: "two" });
      await start("x", "m", 1);
      await say("x", "mission.completed", "m", 1, { verified: null });
      const all = (await rig.store.events(0, 1_000, {})).events;
      expect(all.map((e) => e.seq)).toEqual(all.map((_, i) => i + (all[0]?.seq ?? 0)));
      expect(all.at(-1)?.seq).toBe(await rig.store.head());
      expect((await rig.store.events(0, 1_000, { mission: "m" })).events.map((e) => [e.event, e.state])).toEqual([
        ["mission.queued", "queued"],
        ["mission.assigned", "assigned"],
        ["mission.started", "running"],
        ["mission.completed", "done"],
      ]);
      let after = 0;
      const paged: number[] = [];
      for (let i = 0; i < 100 && after < (await rig.store.head()); i++) {
        const page = await rig.store.events(after, 1, { session: "two" });
        paged.push(...page.events.map((e) => e.seq));
        after = page.scanned;
      }
      expect(paged).toEqual(all.filter((e) => e.session_id === "two").map((e) => e.seq));
    });

    test("what was answered is there after closing and opening again; executors are then offline", async () => {
      await join("x");
      await send("m");
      const before = await rig.store.mission("m");
      const { serveId } = rig.store;
      await rig.store.close();
      await rig.open();
      expect(rig.store.serveId).toBe(serveId);
      expect(await rig.store.mission("m")).toEqual(before);
      expect((await rig.store.executor("x"))?.connected).toBe(false);
      expect(await rig.store.ownedRuns()).toMatchObject([{ mission_id: "m", attempt: 1, executor_id: "x", confirmed: false }]);
      expect((await send("m")).replayed).toBe(true);
    });

    test("missions page by keyset in both directions and count by state", async () => {
      for (let i = 0; i < 7; i++) await send(`m${i}`, { project: { id: i % 2 ? "odd" : "even" } });
      const collect = async (sort: "created" | "-created") => {
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await rig.store.missions({ sort, limit: 3, counts: false, ...(cursor === undefined ? {} : { cursor }) });
          ids.push(...page.missions.map((m) => m.mission_id));
          cursor = page.next_cursor ?? undefined;
        } while (cursor !== undefined);
        return ids;
      };
      const ids = ["m0", "m1", "m2", "m3", "m4", "m5", "m6"];
      expect(await collect("created")).toEqual(ids);
      expect(await collect("-created")).toEqual(ids.toReversed());
      expect((await rig.store.missions({ sort: "created", limit: 9, counts: true, project: "odd" })).counts).toEqual({ queued: 3 });
      expect((await rig.store.missions({ sort: "created", limit: 9, counts: false, q: "DO M3" })).missions.map((m) => m.mission_id)).toEqual(["m3"]);
      await send("umlaut", { objective: "Übung macht DEN Meister" });
      expect((await rig.store.missions({ sort: "created", limit: 9, counts: false, q: "übUNG" })).missions.map((m) => m.mission_id)).toEqual(["umlaut"]);
      await expect(rig.store.missions({ sort: "created", limit: 9, counts: false, cursor: "x" })).rejects.toEqual(refusal("invalid_request"));
      expect((await rig.store.session("s"))?.counts).toEqual({ queued: 8 });
    });

    test("a transcript keeps bytes in order, skips repeats, marks gaps and never splits a character", async () => {
      await join("x");
      await send("m");
      const run = { mission_id: "m", attempt: 1 };
      await rig.store.appendLog(run, "x", 0, "héllo ");
      await rig.store.appendLog(run, "x", 0, "héllo ");
      await rig.store.appendLog(run, "x", 5, "o wörld");
      await rig.store.appendLog({ mission_id: "m", attempt: 9 }, "x", 14, "stale");
      expect(await rig.store.readLog("m", 0)).toEqual({ text: "héllo wörld", next: 13 });
      expect((await rig.store.readLog("m", 7))?.text).toBe("wörld");
      await rig.store.appendLog(run, "x", 20, "late");
      expect((await rig.store.readLog("m", 13))?.text).toContain("7 bytes");
      expect(await rig.store.readLog("nowhere", 0)).toBeUndefined();
    });

    test("an executor id belongs to its own token; enrolment is spent; removing ends its runs", async () => {
      const body = { executor_id: "x", name: "x", version: "1", spec_version: "1.0.0" as const, capabilities: [] };
      const enrol = await rig.store.createToken({ hash: "enrol", role: "enrol", executorId: null, name: null, uses: 1, expiresAt: rig.clock.now() + 1_000 });
      const by = await rig.store.principal("enrol");
      expect(by).toMatchObject({ tokenId: enrol.id, role: "enrol" });
      if (!by) return;
      await rig.store.registerExecutor({ body, tokenHash: "own", by });
      expect(await rig.store.principal("enrol")).toBeUndefined();
      await expect(rig.store.registerExecutor({ body, tokenHash: "theirs", by: ADMIN })).rejects.toEqual(refusal("forbidden"));
      const own = await rig.store.principal("own");
      expect(own).toMatchObject({ role: "executor", executorId: "x" });
      if (own) expect((await rig.store.registerExecutor({ body: { ...body, slots: 3 }, tokenHash: null, by: own })).created).toBe(false);
      await rig.store.resync("x", { epoch: "e1", owned: [], slots: null });
      await send("m");
      await start("x", "m", 1);
      expect(await rig.store.deleteExecutor("x")).toBe(true);
      expect(await rig.store.deleteExecutor("x")).toBe(false);
      expect(await stateOf("m")).toBe("suspended");
      expect(await rig.store.principal("own")).toBeUndefined();
      expect(rig.effects.map((e) => e.kind)).toContain("token_gone");
    });
  });
}
