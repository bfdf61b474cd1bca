import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GroupCommit } from "./group-commit.ts";
import { openDatabase, type Schema } from "./sqlite.ts";

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

test("an operation that throws is rolled back alone; the others of its batch are kept", async () => {
  const writer = new GroupCommit(db);
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
