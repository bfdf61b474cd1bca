import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Store } from "../../src/serve/store/store.ts";
import { openSqliteStore } from "../../src/serve/store/sqlite/sqlite-store.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { play, type Step } from "./store-model.ts";

const step = fc.record<Step>({ kind: fc.nat(7), mission: fc.nat(4), executor: fc.nat(2), report: fc.nat(10), age: fc.nat(3), repeat: fc.boolean() });
const steps = fc.array(step, { minLength: 20, maxLength: 120 });

type Mutant = (store: Store, db: DatabaseSync) => Store;

async function violations(plan: readonly Step[], mutate: Mutant = (store) => store): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiwg-laws-"));
  const path = join(dir, "serve.db");
  const store = openSqliteStore({ path, clock: new VirtualClock() });
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec("PRAGMA synchronous=OFF");
  try {
    return await play(mutate(store, db), plan);
  } finally {
    db.close();
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

test("no random life of missions breaks a law", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      expect(await violations(plan)).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 120_000);

// Each mutant is a store with one law's guard taken out; the oracle must notice every one of them.
const MUTANTS: Readonly<Record<string, Mutant>> = {
  "the fence of a report is not compared": (store) => ({
    ...store,
    report: async (executor, epoch, frame) => store.report(executor, epoch, { ...frame, attempt: (await store.mission(frame.mission_id))?.attempt ?? 0 }),
  }),
  "the owner of a report is not compared": (store) => ({
    ...store,
    report: async (executor, epoch, frame) =>
      store.report((await store.mission(frame.mission_id))?.executor_id ?? executor, epoch, {
        ...frame,
        src_seq: frame.src_seq + 1_000_000 * (1 + executor.charCodeAt(0)),
      }),
  }),
  "a repeated report is stored again": (store) => {
    let n = 0;
    return { ...store, report: (executor, epoch, frame) => store.report(executor, epoch, { ...frame, src_seq: frame.src_seq + (n += 1_000) }) };
  },
  "a repeated dispatch is answered with what is true now": (store) => ({
    ...store,
    dispatch: async (input) => {
      const verdict = await store.dispatch(input);
      const mission = await store.mission(input.body.mission_id);
      return { ...verdict, response: { ...verdict.response, attempt: mission?.attempt ?? 0 } };
    },
  }),
  "a terminal mission can be queued again": (store, db) => ({
    ...store,
    assignQueued: (limit) => {
      db.exec("UPDATE mission SET state = 'queued', executor_id = NULL WHERE state IN ('done', 'failed', 'aborted')");
      return store.assignQueued(limit);
    },
  }),
  "the fence does not grow when ownership ends": (store, db) => ({
    ...store,
    endOwnership: async (run, cause) => {
      const ended = await store.endOwnership(run, cause);
      if (ended) db.prepare("UPDATE mission SET fence = fence - 1 WHERE id = ?").run(run.mission_id);
      return ended;
    },
  }),
  "a freed slot is not given back": (store) => {
    let kept = 0;
    return {
      ...store,
      endOwnership: async (run, cause) => {
        const ended = await store.endOwnership(run, cause);
        if (ended) kept += 1;
        return ended;
      },
      executors: async () => (await store.executors()).map((executor) => ({ ...executor, running: executor.running + kept })),
    };
  },
  "an accepted mission is lost": (store, db) => ({
    ...store,
    abort: async (id, reason) => {
      const control = await store.abort(id, reason);
      db.prepare("DELETE FROM mission WHERE id = ?").run(id);
      return control;
    },
  }),
};

describe("the oracle catches a store in which", () => {
  for (const [name, mutate] of Object.entries(MUTANTS)) {
    test(
      name,
      async () => {
        const found = await fc.check(
          fc.asyncProperty(steps, async (plan) => (await violations(plan, mutate)).length === 0),
          { numRuns: 60, seed: 7, endOnFailure: true },
        );
        expect(found.failed).toBe(true);
      },
      120_000,
    );
  }
});
