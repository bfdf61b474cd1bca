import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "../../../core/node/sqlite.ts";
import { VirtualClock } from "../../../../test/support/virtual-clock.ts";
import { controlSuite } from "../control.suite.ts";
import { storeSuite } from "../store.suite.ts";
import { ADMIN, type StoreUnderTest } from "../suite-rig.ts";
import { tokenSuite } from "../tokens.suite.ts";
import { STORE_SCHEMA } from "./schema.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "aiwg-store-"));

const underTest = (): StoreUnderTest => {
  const dir = folder();
  return {
    open: async (clock) => openSqliteStore({ path: join(dir, "serve.db"), clock }),
    wipe: async () => rmSync(dir, { recursive: true, force: true }),
  };
};
storeSuite("SQLite store", underTest);
controlSuite("steering in the SQLite store", underTest);
tokenSuite("tokens of the SQLite store", underTest);

const codeOf = (open: () => unknown): unknown => {
  try {
    open();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
};

test("a file of a newer version, of another program, truncated or not a database is refused and left as it is", async () => {
  const dir = folder();
  const path = join(dir, "serve.db");
  const clock = new VirtualClock();
  await openSqliteStore({ path, clock }).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(codeOf(() => openSqliteStore({ path, clock }))).toBe("store_version");

  const foreign = join(dir, "foreign.db");
  const other = new DatabaseSync(foreign);
  other.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  other.close();
  expect(codeOf(() => openSqliteStore({ path: foreign, clock }))).toBe("store_corrupt");
  const again = new DatabaseSync(foreign);
  expect(again.prepare("SELECT x FROM theirs").get()).toEqual({ x: 1 });
  again.close();

  truncateSync(path, 0);
  expect(codeOf(() => openSqliteStore({ path, clock }))).toBe("store_corrupt");
  truncateSync(path, 3_000);
  expect(codeOf(() => openSqliteStore({ path, clock }))).toBe("store_corrupt");
  writeFileSync(join(dir, "text.db"), "this is not a database, but it is somebody's file".repeat(40));
  expect(codeOf(() => openSqliteStore({ path: join(dir, "text.db"), clock }))).toBe("store_corrupt");
  rmSync(dir, { recursive: true });
});

test("a file of the second version is brought up to date with what is in it", async () => {
  const path = join(folder(), "old.db");
  const old = openDatabase(path, { ...STORE_SCHEMA, migrations: STORE_SCHEMA.migrations.slice(0, 2) });
  const answer = (id: string): string =>
    JSON.stringify({ mission_id: id, session_id: "s", status: "assigned", executor_id: "x", attempt: 1, dispatch_path: "ws", idempotent_replayed: false });
  old.exec(`
    INSERT INTO session VALUES ('s', 'active', NULL, NULL, 1, 1);
    INSERT INTO tally VALUES ('s', 'hitl_required', 1);
    INSERT INTO identity VALUES ('b', 'hash of b', '${answer("b")}', 1), ('a', '${Buffer.from("hash of a").toString("hex")}', '${answer("a")}', 1), ('left', 'hash of left', '${answer("left")}', 1), ('never', NULL, NULL, 0);
    INSERT INTO archive VALUES ('left', 's', 1, '{"mission_id":"left","state":"done"}');
    INSERT INTO meta VALUES ('pruned', '7');
    INSERT INTO mission (n, id, session_id, body, demand, state, reason, seq, fence, priority, on_lost, started, max_attempts, executor_id, confirmed,
        abort_requested, created_at, queued_at, updated_at)
      VALUES (3, 'b', 's', '{"mission_id":"b","objective":"wait"}', '{"agents":[],"capabilities":["gpu"],"executorId":null,"hostId":null,"instanceId":null}',
          'queued', '', 5, 0, 1, 'hold', 0, 3, NULL, 0, 0, 1, 1, 1),
        (4, 'a', 's', '{"mission_id":"a","objective":"mend it"}', '{}', 'hitl_required', 'asks', 6, 1, 1, 'hold', 1, 3, 'x', 1, 0, 1, 1, 1);
    INSERT INTO question (mission_id, hitl_id, session_id, attempt, prompt, asked_at, state, confirmed) VALUES ('a', 'q', 's', 1, 'which?', 1, 'open', 0);
    INSERT INTO event (seq, type, session_id, mission_id, executor_id, attempt, state, reason, at, data)
      VALUES (2, 'executor.connected', NULL, NULL, 'x', NULL, NULL, NULL, 1, '{}'), (6, 'mission.hitl_required', 's', 'a', 'x', 1, 'hitl_required', 'asks', 1, '{}');
    INSERT INTO executor VALUES ('x', 'x', '1', '["runtime:claude"]', 2, 1, NULL, NULL, NULL, 0, 0, 'e', 3, 1, 1);
    INSERT INTO report_seen VALUES ('x', 5), ('x', 6)`);
  old.close();

  const store = openSqliteStore({ path, clock: new VirtualClock() });
  expect(await store.mission("a")).toMatchObject({ objective: "mend it", state: "hitl_required", attempt: 1 });
  expect((await store.events(0, 10, {})).events.map((event) => [event.seq, event.event, event.mission_id])).toEqual([
    [2, "executor.connected", undefined],
    [6, "mission.hitl_required", "a"],
  ]);
  expect(await store.mission("b")).toMatchObject({ objective: "wait", reason: "no executor connected" });
  const again = (id: string) =>
    store.dispatch({
      sessionId: "s",
      body: { mission_id: id, objective: "mend it" },
      hash: Buffer.from(`hash of ${id}`),
      key: id,
      respondAsync: true,
      traceparent: null,
    });
  for (const id of ["a", "left"]) expect(await again(id)).toMatchObject({ replayed: true, response: { ...JSON.parse(answer(id)), idempotent_replayed: true } });
  await expect(again("never")).rejects.toMatchObject({ code: "tombstone" });
  const body = { executor_id: "y", name: "y", version: "1", spec_version: "1.0.0" as const, capabilities: ["gpu"] };
  await store.registerExecutor({ body, tokenHash: "token of y", by: ADMIN });
  await store.resync("y", { epoch: "e", owned: [], slots: 1 });
  expect([await store.assignQueued(10), (await store.mission("b"))?.executor_id]).toEqual([1, "y"]);
  expect(await store.resync("x", { epoch: "e", owned: [{ mission_id: "a", attempt: 1 }], slots: null })).toEqual({ acked: 3, drop: [] });
  await store.answer("a", "q", "this");
  expect(await store.consume("x", "e", 4)).toBe(6);
  // Seqs go on beyond whatever was given, archived events included.
  const { events } = await store.events(6, 10, {});
  expect(events.map((event) => event.seq)).toEqual([8, 9, 10, 11, 12]);
  await store.close();
});
