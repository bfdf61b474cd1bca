import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GroupCommit, type Sync } from "./group-commit.ts";
import { openDatabase, type Schema } from "./sqlite.ts";
import { syncOutsideCommit } from "./wal-sync.ts";

const SCHEMA: Schema = { applicationId: 0x61697774, what: "test", migrations: ["CREATE TABLE t (x TEXT PRIMARY KEY) STRICT"] };
let dir: string;
let db: DatabaseSync;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-commit-"));
  db = openDatabase(join(dir, "t.db"), SCHEMA);
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true });
});

const insert = (x: string) => () => db.prepare("INSERT INTO t VALUES (?)").run(x).changes;
const stored = (): unknown[] => {
  const reader = new DatabaseSync(join(dir, "t.db"), { readOnly: true });
  const rows = reader.prepare("SELECT x FROM t ORDER BY x").all();
  reader.close();
  return rows.map((row) => row["x"]);
};

test("operations of one tick share a commit, and callers resolve only when another connection can read it", async () => {
  let commits = 0;
  const writer = new GroupCommit(db, { onCommit: () => () => (commits += 1) });
  await Promise.all(["a", "b", "c"].map((x) => writer.run(insert(x)).then(() => expect(stored()).toContain(x))));
  expect(commits).toBe(1);
  expect(stored()).toEqual(["a", "b", "c"]);
});

test.each(["savepoints", "a second run"])("an operation that throws is rolled back alone, by %s; the others of its batch are kept", async (means) => {
  const changes = db.prepare("SELECT total_changes() AS n");
  let rollbacks = 0;
  const optimist = { written: () => Number(changes.get()?.["n"]), onRollback: () => (rollbacks += 1) };
  const writer = new GroupCommit(db, means === "savepoints" ? {} : optimist);
  await Promise.allSettled([writer.run(() => expect.fail("refused before anything was written"))]);
  expect(rollbacks).toBe(0);
  const results = await Promise.allSettled([
    writer.run(insert("a")),
    writer.run(() => {
      insert("b")();
      throw new Error("no");
    }),
    writer.run(insert("a")),
    writer.run(insert("c")),
  ]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(stored()).toEqual(["a", "c"]);
  expect(rollbacks).toBe(means === "savepoints" ? 0 : 1);
});

test("a full disk rejects the whole batch as unknown, keeps what was there, and heals when there is room", async () => {
  const writer = new GroupCommit(db);
  await writer.run(insert("kept"));
  db.exec(`PRAGMA max_page_count = ${Number(Object.values(db.prepare("PRAGMA page_count").get() ?? {})[0])}`);
  const full = await Promise.allSettled([writer.run(insert("small")), writer.run(insert("x".repeat(1_000_000)))]);
  expect(full.map((result) => (result.status === "rejected" ? (result.reason as { code: string }).code : "stored"))).toEqual([
    "store_unavailable",
    "store_unavailable",
  ]);
  expect(writer.healthy).toBe(false);
  expect(stored()).toEqual(["kept"]);
  db.exec("PRAGMA max_page_count = 1000000");
  await writer.run(insert("later"));
  expect(writer.healthy).toBe(true);
  expect(stored()).toEqual(["kept", "later"]);
});

test("closing commits what is queued and takes nothing more", async () => {
  const writer = new GroupCommit(db);
  const queued = writer.run(insert("a"));
  writer.close();
  await queued;
  await expect(writer.run(insert("b"))).rejects.toMatchObject({ code: "stopping" });
  expect(stored()).toEqual(["a"]);
});

/** A disk that is slow in place; on the other thread a sync ends when the test says so. */
function heldSync(): { sync: Sync; inPlace: number; started: number; end: (error?: Error) => void } {
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const held = {
    inPlace: 0,
    started: 0,
    end: (error?: Error) => (error ? settle?.reject(error) : settle?.resolve()),
    sync: {
      now: () => {
        held.inPlace += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      },
      later: () =>
        new Promise<void>((resolve, reject) => {
          held.started += 1;
          settle = { resolve, reject };
        }),
    },
  };
  return held;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("once the disk was slow in place, callers and observers wait for another thread, and the next batch gathers meanwhile", async () => {
  const held = heldSync();
  const told: string[] = [];
  const writer = new GroupCommit(db, { sync: held.sync, onCommit: () => () => told.push("published") });
  await writer.run(() => undefined);
  expect([told.splice(0), held.inPlace]).toEqual([["published"], 1]);
  const first = Promise.all(["a", "b"].map((x) => writer.run(insert(x)).then(() => told.push(x))));
  await turn();
  expect([stored(), told, held.started]).toEqual([["a", "b"], [], 1]);
  const durable = writer.durable().then(() => told.push("durable"));
  const second = writer.run(insert("c")).then(() => told.push("c"));
  await turn();
  expect([stored(), told, held.started]).toEqual([["a", "b"], [], 1]);
  held.end();
  await Promise.all([first, durable]);
  expect(told).toEqual(["published", "a", "b", "durable"]);
  // Those who were just answered may come again: they are waited for, briefly.
  while (held.started < 2) await turn();
  expect(stored()).toEqual(["a", "b", "c"]);
  held.end();
  await second;
  await writer.durable();
  expect([told.slice(4), held.inPlace]).toEqual([["published", "c"], 1]);
});

test("a quick disk is waited for in place, and one that fails there ends the writer", async () => {
  let [syncs, broken] = [0, false];
  const sync: Sync = {
    now: () => {
      if (broken) throw new Error("EIO");
      syncs += 1;
    },
    later: () => Promise.reject(new Error("no other thread is needed")),
  };
  const fatal: string[] = [];
  const writer = new GroupCommit(db, { sync, onFatal: (error) => fatal.push(error.code) });
  await Promise.all(["a", "b"].map((x) => writer.run(insert(x))));
  await writer.durable();
  expect([syncs, stored()]).toEqual([1, ["a", "b"]]);
  broken = true;
  await expect(writer.run(insert("c"))).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(writer.durable()).rejects.toMatchObject({ code: "store_unavailable" });
  expect(fatal).toEqual(["store_unavailable"]);
});

test("after a sync that failed nobody is told of success, and nothing more is taken", async () => {
  const held = heldSync();
  const fatal: string[] = [];
  const writer = new GroupCommit(db, { sync: held.sync, onCommit: () => () => fatal.push("published"), onFatal: (error) => fatal.push(error.code) });
  await writer.run(() => undefined);
  fatal.length = 0;
  const waiting = ["a", "b"].map((x) => writer.run(insert(x)));
  await turn();
  const late = writer.run(insert("c"));
  const read = writer.durable();
  held.end(new Error("EIO"));
  const outcomes = await Promise.allSettled([...waiting, late, read]);
  expect(outcomes.map((outcome) => outcome.status === "rejected" && (outcome.reason as { code: string }).code)).toEqual(Array(4).fill("store_unavailable"));
  expect([writer.healthy, fatal]).toEqual([false, ["store_unavailable"]]);
  await expect(writer.run(insert("d"))).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(writer.durable()).rejects.toMatchObject({ code: "store_unavailable" });
});

test("a log that is synced outside of COMMIT is read whole by the next owner, wherever the file was left", async () => {
  const path = join(dir, "t.db");
  const sync = syncOutsideCommit(db, path);
  const writer = new GroupCommit(db, { sync });
  await writer.run(insert("alone"));
  await Promise.all(Array.from({ length: 20 }, (_, i) => writer.run(insert(`x${i}`))));
  // What a SIGKILL leaves: the files as they are.
  for (const suffix of ["", "-wal"]) copyFileSync(`${path}${suffix}`, join(dir, `copy.db${suffix}`));
  const copy = openDatabase(join(dir, "copy.db"), SCHEMA);
  expect(copy.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 21 });
  copy.close();
  sync.close();
});
