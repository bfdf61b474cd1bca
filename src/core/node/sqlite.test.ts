import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "./sqlite.ts";

const SCHEMA = { applicationId: 7, what: "thing", migrations: ["CREATE TABLE t (n INTEGER) STRICT"] };
let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  chmodSync(dir, 0o755);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const modes = (): Record<string, string> => Object.fromEntries(readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]));

test("a database and what SQLite puts beside it are its owner's alone, in a folder that others may enter too", () => {
  const path = join(dir, "t.db");
  const db = openDatabase(path, SCHEMA);
  db.exec("INSERT INTO t VALUES (1)");
  expect(modes()).toEqual({ "t.db": "600", "t.db-shm": "600", "t.db-wal": "600" });
  // As an older version left them, open in another process.
  for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o644);
  const again = openDatabase(path, SCHEMA);
  expect(again.prepare("SELECT n FROM t").all()).toMatchObject([{ n: 1 }]);
  expect(modes()).toEqual({ "t.db": "600", "t.db-shm": "600", "t.db-wal": "600" });
  again.close();
  db.close();
});
