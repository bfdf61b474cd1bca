// What every Store implementation must do when people steer missions, and when time passes, told through its interface alone. Must not know which one is under test.
import { describe, expect, test } from "vitest";
import { refusal, useStore, type StoreUnderTest } from "./suite-rig.ts";

export function controlSuite(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    const rig = useStore(create);
    const { send, join, say, start, stateOf } = rig;

    test("a paused queued mission is held with its reason until it is resumed", async () => {
      await send("m");
      expect(await rig.store.pause("m", "not today")).toEqual({ mission_id: "m", state: "queued" });
      await join("x");
      expect(await rig.store.assignQueued(1)).toBe(0);
      expect(await rig.store.mission("m")).toMatchObject({ state: "queued", held: true, reason: "held (not today)" });
      await rig.store.resume("m", { elsewhere: false });
      expect(await rig.store.assignQueued(1)).toBe(1);
      expect((await rig.store.mission("m"))?.held).toBe(false);
    });

    test("pause and resume of a running mission are commands until the owner's report confirms them", async () => {
      await join("x");
      await send("m");
      await start("x", "m", 1);
      expect(await rig.store.pause("m", "until review")).toEqual({ mission_id: "m", state: "running" });
      expect(await rig.store.pendingCommands("x")).toEqual([{ kind: "pause", run: { mission_id: "m", attempt: 1 } }]);
      await say("x", "mission.paused", "m", 1);
      expect([await stateOf("m"), await rig.store.pendingCommands("x")]).toEqual(["paused", []]);
      expect((await rig.store.mission("m"))?.reason).toBe("until review");
      await rig.store.resume("m", { elsewhere: false });
      expect(await rig.store.pendingCommands("x")).toEqual([{ kind: "resume", run: { mission_id: "m", attempt: 1 } }]);
      await say("x", "mission.resumed", "m", 1);
      expect([await stateOf("m"), await rig.store.pendingCommands("x")]).toEqual(["running", []]);
      await say("x", "mission.completed", "m", 1);
      await expect(rig.store.pause("m", null)).rejects.toEqual(refusal("state_conflict"));
    });

    test("a paused session assigns nothing, also what comes later; a stopped one stays stopped", async () => {
      await send("before");
      expect((await rig.store.setSessionState("s", "paused"))?.state).toBe("paused");
      await send("after");
      await join("x", 5);
      expect(await rig.store.assignQueued(9)).toBe(0);
      expect((await rig.store.mission("after"))?.reason).toBe("its session is paused");
      await rig.store.setSessionState("s", "active");
      expect(await rig.store.assignQueued(9)).toBe(2);
      await rig.store.setSessionState("s", "stopped");
      await expect(rig.store.setSessionState("s", "active")).rejects.toEqual(refusal("state_conflict"));
      expect((await send("late")).response.status).toBe("queued");
      expect(await rig.store.setSessionState("nowhere", "paused")).toBeUndefined();
    });

    test("sessions come page by page, the newest first, none twice and none left out, also of one moment", async () => {
      for (const session of ["a", "b", "c"]) await send(`m-${session}`, {}, { session });
      rig.clock.advance(1);
      for (const session of ["e", "d"]) await send(`m-${session}`, {}, { session });
      for (const limit of [1, 2, 3, 5]) {
        const seen: string[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await rig.store.sessions({ cursor, limit });
          seen.push(...page.sessions.map(({ session_id }) => session_id));
          if (page.next_cursor === null) break;
          expect(page.sessions).toHaveLength(limit);
          cursor = page.next_cursor;
        }
        expect(seen).toEqual(["d", "e", "a", "b", "c"]);
      }
      const { next_cursor: ofMissions } = await rig.store.missions({ sort: "created", limit: 1, counts: false });
      for (const cursor of ["x", ofMissions ?? ""]) await expect(rig.store.sessions({ cursor, limit: 1 })).rejects.toEqual(refusal("invalid_request"));
    });

    test("a mission waits for what it names, met by done of it or of its retry, and says so", async () => {
      await join("x", 5);
      await send("a");
      await send("b", { after: ["a", "unknown"] });
      expect(await rig.store.mission("b")).toMatchObject({ state: "queued", reason: "waits for a; unknown (not known yet)", after: ["a", "unknown"] });
      await start("x", "a", 1);
      await say("x", "mission.failed", "a", 1, { reason: "agent_failed" });
      expect((await rig.store.mission("b"))?.reason).toContain("a, which failed (agent_failed)");
      expect((await rig.store.retry("a", "a2")).response).toMatchObject({ mission_id: "a2", status: "assigned" });
      expect(await rig.store.mission("a2")).toMatchObject({ retry_of: "a", objective: "do a" });
      await start("x", "a2", 1);
      await say("x", "mission.completed", "a2", 1);
      await send("unknown");
      await start("x", "unknown", 1);
      expect(await rig.store.assignQueued(9)).toBe(0);
      await say("x", "mission.completed", "unknown", 1);
      expect(await rig.store.assignQueued(9)).toBe(1);
      expect(await stateOf("b")).toBe("assigned");
    });

    test("a dependent starts from the commit of its last named dependency in the same repository", async () => {
      await join("x", 5);
      const workspace = { repo: { url: "https://example.org/r.git" }, base: "aaaa" };
      await send("a", { workspace });
      await send("b", { workspace, after: ["a"] });
      await send("c", { workspace: { repo: { url: "https://example.org/other.git" }, base: "bbbb" }, after: ["a"] });
      await start("x", "a", 1);
      await say("x", "mission.completed", "a", 1, { commit: "cccc" });
      await rig.store.assignQueued(9);
      const bases = rig.effects.flatMap((e) =>
        e.kind === "command" && e.command.kind === "dispatch" ? [[e.command.run.mission_id, e.command.body.workspace?.base]] : [],
      );
      expect(bases).toEqual([
        ["a", "aaaa"],
        ["b", "cccc"],
        ["c", "bbbb"],
      ]);
    });

    test("missions that would wait for each other are refused", async () => {
      await send("a", { after: ["b"] });
      await send("b", { after: ["c"] });
      await expect(send("c", { after: ["a"] })).rejects.toEqual(refusal("dependency_cycle"));
      await expect(send("d", { after: ["d"] })).rejects.toEqual(refusal("dependency_cycle"));
      expect(await rig.store.mission("c")).toBeUndefined();
    });

    test("a retry is a new mission of an ended one, the same for a repeat, and refused while it lives", async () => {
      await send("a");
      await expect(rig.store.retry("a", "b")).rejects.toEqual(refusal("state_conflict"));
      await rig.store.abort("a", null);
      const first = await rig.store.retry("a", "b");
      expect(await rig.store.retry("a", "b")).toEqual({ response: { ...first.response, idempotent_replayed: true }, replayed: true });
      await send("z");
      await rig.store.abort("z", null);
      await expect(rig.store.retry("z", "b")).rejects.toEqual(refusal("idempotency_key_reused"));
      await expect(rig.store.retry("nowhere", "q")).rejects.toEqual(refusal("not_found"));
    });

    test("priority can be changed until the end", async () => {
      await send("a");
      await send("b");
      expect((await rig.store.setPriority("b", "critical")).priority).toBe("critical");
      await join("x");
      await rig.store.assignQueued(1);
      expect(await stateOf("b")).toBe("assigned");
      await rig.store.abort("a", null);
      await expect(rig.store.setPriority("a", "low")).rejects.toEqual(refusal("state_conflict"));
    });

    test("an unanswered question takes its default in time, or suspends its mission", async () => {
      await join("x", 2);
      for (const id of ["a", "b"]) {
        await send(id);
        await start("x", id, 1);
        const soon = new Date(rig.clock.now() + 1_000).toISOString();
        await say("x", "mission.hitl_required", id, 1, { hitl_id: "q", prompt: "Go?", expires_at: soon, ...(id === "a" ? { default: "yes" } : {}) });
      }
      expect(await rig.store.expireQuestions()).toBe(0);
      rig.clock.advance(1_001);
      expect(await rig.store.expireQuestions()).toBe(2);
      expect([await stateOf("a"), await stateOf("b")]).toEqual(["running", "suspended"]);
      expect((await rig.store.mission("b"))?.reason).toContain("question_expired");
      expect(await rig.store.pendingCommands("x")).toMatchObject([{ kind: "hitl_responded", response: "yes" }]);
      expect(rig.effects.filter((e) => e.kind === "revoked")).toMatchObject([{ run: { mission_id: "b", attempt: 1 } }]);
    });

    test("a default that is not among the choices is none, and one question does not keep another from its time", async () => {
      await join("x", 3);
      const soon = new Date(rig.clock.now() + 1_000).toISOString();
      for (const id of ["a", "b", "c"]) {
        await send(id);
        await start("x", id, 1);
        await say("x", "mission.hitl_required", id, 1, { hitl_id: "q", prompt: "Go?", choices: ["yes"], default: id === "a" ? "no" : "yes", expires_at: soon });
      }
      await rig.store.abort("c", "enough");
      expect(await rig.store.nextExpiry()).toBe(rig.clock.now() + 1_000);
      rig.clock.advance(1_000);
      await rig.store.expireQuestions();
      expect([await stateOf("a"), await stateOf("b"), await rig.store.nextExpiry()]).toEqual(["suspended", "running", undefined]);
    });

    test("however an ownership ends, an abort that was asked for is what it ends with", async () => {
      await join("x", 3);
      for (const id of ["rejected", "suspended", "expired"]) await send(id);
      await start("x", "suspended", 1);
      await start("x", "expired", 1);
      const soon = new Date(rig.clock.now() + 1_000).toISOString();
      await say("x", "mission.hitl_required", "expired", 1, { hitl_id: "q", prompt: "Go?", expires_at: soon });
      for (const id of ["rejected", "suspended", "expired"]) await rig.store.abort(id, "enough");
      await say("x", "mission.rejected", "rejected", 1);
      await say("x", "mission.suspended", "suspended", 1, { reason: "executor_shutdown" });
      rig.clock.advance(1_000);
      await rig.store.expireQuestions();
      for (const id of ["rejected", "suspended", "expired"]) expect(await rig.store.mission(id)).toMatchObject({ state: "aborted", reason: "enough" });
    });

    test("a pause that was asked for before the start is a command once it runs", async () => {
      await join("x");
      await send("m");
      await rig.store.pause("m", null);
      expect(rig.effects.filter((e) => e.kind === "command" && e.command.kind === "pause")).toEqual([]);
      await start("x", "m", 1);
      expect(rig.effects.filter((e) => e.kind === "command" && e.command.kind === "pause")).toMatchObject([{ executor_id: "x" }]);
    });

    test("a draining executor is given nothing new until it registers again", async () => {
      await join("x", 5);
      expect(await rig.store.drain("x")).toBe(true);
      await send("m");
      expect(await rig.store.mission("m")).toMatchObject({ state: "queued", reason: "executor x is draining" });
      await rig.store.resync("x", { epoch: "e1", owned: [], slots: null });
      expect([await rig.store.assignQueued(1), await rig.store.pendingCommands("x")]).toEqual([0, [{ kind: "drain" }]]);
      expect(await rig.store.drain("nowhere")).toBe(false);
    });

    test("what ended long ago is archived, then purged; its id is never taken again", async () => {
      await send("old");
      await send("open");
      await send("needed");
      await send("waits", { after: ["needed"] });
      await rig.store.abort("old", null);
      await rig.store.abort("needed", null);
      rig.clock.advance(10_000);
      expect(await rig.store.archive(rig.clock.now(), 10)).toBe(1);
      expect(await rig.store.mission("old")).toMatchObject({ state: "aborted", archived: true });
      expect(await rig.store.mission("needed")).not.toHaveProperty("archived");
      expect((await rig.store.missions({ sort: "created", limit: 9, counts: true })).counts).toEqual({ queued: 2, aborted: 1 });
      expect(await rig.store.prunedTo()).toBeGreaterThan(0);
      expect(await rig.store.purge(rig.clock.now(), 10)).toBe(1);
      expect(await rig.store.mission("old")).toBeUndefined();
      expect((await send("old")).replayed).toBe(true);
      await expect(send("old", {}, { hash: "other" })).rejects.toEqual(refusal("idempotency_key_reused"));
      await expect(rig.store.abort("old", null)).rejects.toEqual(refusal("state_conflict"));
      // Neither of them can ever come.
      await rig.store.abort("never-came", null);
      await send("late", { after: ["old", "never-came"] });
      expect((await rig.store.mission("late"))?.reason).toBe(
        "waits for old, which was purged, so it never will be met; never-came, which was aborted before it arrived, so it never will be met",
      );
    });

    test("what is archived still counts as done, by itself or as a retry, and is where a dependent begins", async () => {
      await join("x", 5);
      const workspace = { repo: { url: "https://example.org/r.git" }, base: "aaaa" };
      await send("a", { workspace });
      await start("x", "a", 1);
      await say("x", "mission.failed", "a", 1, { reason: "check_failed" });
      const { response } = await rig.store.retry("a", "a2");
      await start("x", "a2", 1);
      await say("x", "mission.completed", "a2", 1, { commit: "cccc" });
      rig.clock.advance(10_000);
      expect(await rig.store.archive(rig.clock.now(), 10)).toBe(2);
      expect(await rig.store.retry("a", "a2")).toEqual({ response: { ...response, idempotent_replayed: true }, replayed: true });
      await send("b", { workspace, after: ["a"] });
      expect(await stateOf("b")).toBe("assigned");
      expect(rig.effects.flatMap((e) => (e.kind === "command" && e.command.kind === "dispatch" ? [e.command.body.workspace?.base] : [])).at(-1)).toBe("cccc");
    });

    test("what a blocked mission begins from is not archived before it began; of what failed and was archived the reason is known", async () => {
      await join("x", 5);
      const workspace = { repo: { url: "https://example.org/r.git" }, base: "aaaa" };
      for (const id of ["first", "last", "lost"]) {
        await send(id, { workspace });
        await start("x", id, 1);
      }
      await say("x", "mission.completed", "last", 1, { commit: "cccc" });
      await say("x", "mission.failed", "lost", 1, { reason: "check_failed" });
      await send("b", { workspace, after: ["first", "last"] });
      rig.clock.advance(10_000);
      expect(await rig.store.archive(rig.clock.now(), 10)).toBe(1);
      await send("never", { after: ["lost"] });
      expect((await rig.store.mission("never"))?.reason).toMatch(/^waits for lost, which failed/);
      await say("x", "mission.completed", "first", 1, { commit: "dddd" });
      await rig.store.assignQueued(9);
      expect(rig.effects.flatMap((e) => (e.kind === "command" && e.command.kind === "dispatch" ? [e.command.body.workspace?.base] : [])).at(-1)).toBe("cccc");
    });

    test("what is archived can be read and not changed; the newest seq stays the newest", async () => {
      await join("x");
      await send("old");
      await start("x", "old", 1);
      await rig.store.appendLog({ mission_id: "old", attempt: 1 }, "x", 0, "said");
      await say("x", "mission.completed", "old", 1);
      const before = await rig.store.mission("old");
      rig.clock.advance(10_000);
      expect(await rig.store.archive(rig.clock.now(), 10)).toBe(1);
      expect(await rig.store.mission("old")).toEqual({ ...before, archived: true });
      expect(await rig.store.readLog("old", 0)).toEqual({ text: "said", next: 4 });
      expect(await rig.store.head()).toBe(before?.seq);
      expect((await rig.store.stats()).head).toBe(before?.seq);
      for (const change of [
        () => rig.store.abort("old", null),
        () => rig.store.pause("old", null),
        () => rig.store.resume("old", { elsewhere: false }),
        () => rig.store.retry("old", "new"),
        () => rig.store.setPriority("old", "high"),
      ]) {
        await expect(change()).rejects.toEqual(refusal("state_conflict"));
      }
      await send("young");
      expect([await rig.store.prunedTo(), await rig.store.prunedTo("old"), await rig.store.prunedTo("young")]).toEqual([before?.seq, before?.seq, 0]);
    });
  });
}
