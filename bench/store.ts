// What one durable mission costs serve's store, beside a loop that appends as many bytes to a file and fsyncs.
// Must not know HTTP.
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintId } from "../src/core/ids.ts";
import { systemClock } from "../src/core/time.ts";
import { openSqliteStore } from "../src/serve/store/sqlite/sqlite-store.ts";
import { brief, type Figure } from "./figures.ts";

const objective = "Make the failing test pass without touching the tests. ".repeat(4);

function appendAndSync(path: string, n: number): number {
  const line = `${JSON.stringify({ mission_id: mintId("m", Date.now()), objective })}\n`;
  const file = openSync(path, "a");
  const started = performance.now();
  for (let i = 0; i < n; i++) {
    writeSync(file, line);
    fsyncSync(file);
  }
  const ms = performance.now() - started;
  closeSync(file);
  return (n / ms) * 1_000;
}

type Run = { readonly perSecond: number; readonly perCommit: number };

async function dispatchAll(path: string, n: number, lanes: number): Promise<Run> {
  const store = openSqliteStore({ path, clock: systemClock });
  let commits = 0;
  const stop = store.subscribe(() => (commits += 1));
  let left = n;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const mission_id = mintId("m", Date.now());
      await store.dispatch({ sessionId: "s-bench", body: { mission_id, objective }, hash: mission_id, key: mission_id, respondAsync: true, traceparent: null });
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const ms = performance.now() - started;
  stop();
  await store.close();
  return { perSecond: (n / ms) * 1_000, perCommit: n / commits };
}

/** `n` missions in one lane and in sixteen, each in a new file. */
export async function measureStore(n: number): Promise<Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), "aiwg-bench-"));
  try {
    const before = appendAndSync(join(dir, "a.log"), n);
    const one = await dispatchAll(join(dir, "one.db"), n, 1);
    const sixteen = await dispatchAll(join(dir, "sixteen.db"), n * 4, 16);
    const after = appendAndSync(join(dir, "b.log"), n);
    const raw = Math.max(before, after);
    const figure = (what: string, run: Run): Figure => ({
      what,
      ours: `${brief(run.perSecond)}/s`,
      yardstick: `${brief(raw)}/s`,
      ratio: `${(run.perSecond / raw).toFixed(2)}×`,
    });
    return [
      figure("store: missions stored in 1 lane / append + fsync", one),
      figure(`store: missions stored in 16 lanes (${brief(sixteen.perCommit)} per commit) / append + fsync`, sixteen),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
