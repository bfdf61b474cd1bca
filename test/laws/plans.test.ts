// Law: what follows a chain of missions looks each one up. Every recursive statement that serve's store and the queue prepare is
// explained by SQLite, on the files they make: none may read a table from end to end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openOutbox } from "../../src/bridge/queue/outbox.ts";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { openSqliteStore } from "../../src/serve/store/sqlite/sqlite-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const prepare = DatabaseSync.prototype.prepare;
/** What was prepared, by the file it was prepared on. */
let prepared: Map<DatabaseSync, Set<string>>;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-plans-"));
  prepared = new Map();
  DatabaseSync.prototype.prepare = function heard(this: DatabaseSync, sql: string) {
    prepared.set(this, (prepared.get(this) ?? new Set()).add(sql));
    return prepare.call(this, sql);
  };
});
afterEach(() => {
  DatabaseSync.prototype.prepare = prepare;
  rmSync(dir, { recursive: true, force: true });
});

const TABLE = /^SCAN (?:mission|archive|dependency|tombstone|older|waiting|m|t|d|p)\b/;

function plansOf(path: string): { readonly statements: number; readonly scans: readonly string[] } {
  const recursive = [...prepared.values()].flatMap((statements) => [...statements]).filter((sql) => sql.includes("RECURSIVE"));
  const db = new DatabaseSync(path);
  const scans = recursive.flatMap((sql) =>
    prepare
      .call(db, `EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array.from({ length: sql.split("?").length - 1 }, () => "1"))
      .map((row) => String(row["detail"]))
      .filter((step) => TABLE.test(step))
      .map((step) => `${step}: ${sql}`),
  );
  db.close();
  return { statements: recursive.length, scans };
}

test("serve's store follows what waits, retries and is archived from the few to the many", async () => {
  const path = join(dir, "serve.db");
  const store = openSqliteStore({ path, clock: new VirtualClock() });
  const send = (id: string, after: string[]): Promise<unknown> =>
    store.dispatch({ sessionId: "s", body: { mission_id: id, objective: "o", after }, hash: Buffer.from(id), key: id, respondAsync: true, traceparent: null });
  await send("a", []);
  await send("b", ["a"]);
  await store.abort("a", null);
  await store.retry("a", "c");
  await store.missions({ sort: "created", limit: 10, counts: false });
  await store.archive(Number.MAX_SAFE_INTEGER, 10);
  await store.close();
  const { statements, scans } = plansOf(path);
  expect(scans).toEqual([]);
  expect(statements).toBeGreaterThan(3);
});

test("so does the queue", async () => {
  const clock = new VirtualClock();
  const queue = openQueue(join(dir, "queue.db"), clock);
  const outbox = openOutbox(queue.path, { clock, onFatal: () => undefined });
  const project = { id: "/repo/.git", name: "repo" };
  queue.enqueue({ project, missions: [{ body: { mission_id: "a", objective: "o" } }, { body: { mission_id: "b", objective: "o", after: ["a"] } }] });
  await outbox.takeDue("serve-1", 10);
  outbox.end();
  queue.close();
  const { statements, scans } = plansOf(join(dir, "queue.db"));
  expect(scans).toEqual([]);
  expect(statements).toBeGreaterThan(2);
});
