import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { type Ran, aiwg, jsonOf, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
const BOUND_MS = 25_000;
const mc = (...args: string[]): Promise<Ran> => aiwg(place, ["mc", ...args]);
const start = async (): Promise<void> => {
  up = startAiwg(place.home, ["up", "--port", "0", "--slots", "8", "--agent", "fake"], place.work);
  await eventually(
    () => up.output().includes("is up"),
    BOUND_MS,
    () => up.output(),
  );
};

beforeAll(async () => {
  place = makePlace();
  mkdirSync(join(place.home, "config"), { mode: 0o700 });
  writeFileSync(join(place.home, "config", "aiwg.jsonc"), '{"serve": {"retention": "1ms"}}');
  await start();
});
afterAll(async () => {
  await up.stop();
  place.remove();
});

test("what serve has archived is shown as that, and running it again is not offered, among few missions or many", async () => {
  const failing = ["--no-repo", "--agent", "fake", "--check", "false", "--max-iterations", "1"];
  await mc("start", "few");
  await mc("start", "many");
  const one = (await mc("dispatch", "few", "say hi", ...failing)).stdout.trim();
  const lines = Array.from({ length: 10 }, (_, n) => JSON.stringify({ objective: `say ${n}` })).join("\n");
  writeFileSync(join(place.work, "many.jsonl"), lines);
  expect((await mc("dispatch", "many", "--from", "many.jsonl", ...failing)).code).toBe(0);
  for (const [session, n] of [
    ["few", 1],
    ["many", 10],
  ] as const) {
    await eventually(
      async () => (jsonOf(await mc("status", session, "--json")).data as { counts: { failed?: number } }).counts.failed === n,
      BOUND_MS,
      () => up.output(),
    );
    expect((await mc("status", session)).stderr).toContain("aiwg mc retry");
  }
  await up.stop();
  await start();
  await eventually(
    async () => (await mc("retry", one)).stderr.includes("archived"),
    BOUND_MS,
    () => up.output(),
  );
  expect(jsonOf(await mc("status", one, "--json")).data).toMatchObject({ missions: [{ state: "failed", archived: true }] });
  for (const session of ["few", "many"]) {
    const { stderr } = await mc("status", session);
    expect(stderr).toContain("aiwg mc log");
    expect(stderr).not.toContain("aiwg mc retry");
  }
});
