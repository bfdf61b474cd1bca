import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../../test/support/virtual-clock.ts";
import { controlSuite } from "../control.suite.ts";
import { storeSuite } from "../store.suite.ts";
import type { StoreUnderTest } from "../suite-rig.ts";
import { tokenSuite } from "../tokens.suite.ts";
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
