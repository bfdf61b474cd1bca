import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { narrowTargets } from "../../src/cli/targets.ts";
import { createClient } from "../../src/client/client.ts";
import { silentLog } from "../../src/core/node/log.ts";
import { placesOf } from "../../src/core/node/paths.ts";
import type { Target, TargetSource } from "../../src/core/target.ts";
import { systemClock } from "../../src/core/time.ts";
import { type Serve, startServe } from "../../src/serve/serve.ts";
import { eventually } from "../support/aiwg-process.ts";
import { makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
let serve: Serve | undefined;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await serve?.stop();
  serve = undefined;
  place.remove();
});

const places = () => placesOf({ AIWG_HOME: place.home });
const start = async (): Promise<Serve> =>
  (serve = await startServe({
    ...{ storePath: places().store, tokenPath: places().token, serveFilePath: places().serveFile },
    ...{ port: 0, bind: "127.0.0.1", leaseTtlMs: 30_000, holdTtlMs: 60_000, version: "0.0.0", clock: systemClock, log: silentLog },
  }));
const kept = (): string => join(place.home, "state", "bridge-token.json");
const source = (env: Record<string, string> = {}, url?: string): TargetSource =>
  narrowTargets({ places: places(), env, config: {}, url }, { role: "operate", name: "bridge", file: kept() }, { clock: systemClock, log: silentLog });
const resolved = async (targets: TargetSource): Promise<Target> => {
  const target = await targets.resolve();
  if ("fault" in target) throw new Error(target.fault);
  return target;
};
const admin = () => createClient({ url: serve?.url ?? "", token: readFileSync(places().token, "utf8").trim() });

test("without a serve there is a fault, not an exception; a dead process's serve.json counts as none", async () => {
  expect(await source().resolve()).toEqual({ fault: "no serve runs here" });
});

test("the admin token is exchanged once: by many who ask, and by the next process too", async () => {
  const { url } = await start();
  const targets = source();
  const [first, ...others] = await Promise.all([resolved(targets), resolved(targets), resolved(targets)]);
  expect(first).toMatchObject({ url, serveId: serve?.serveId });
  expect(others).toEqual([first, first]);
  expect(await resolved(source())).toEqual(first);
  const tokens = await admin().tokens();
  expect(tokens.filter(({ name }) => name === "bridge")).toMatchObject([{ role: "operate" }]);
});

test("a revoked token is replaced, and one kept for another origin is not sent to the new one", async () => {
  await start();
  const before = await resolved(source());
  const [row] = (await admin().tokens()).filter(({ name }) => name === "bridge");
  await admin().deleteToken(row?.id ?? "");
  const after = await resolved(source());
  expect(after.token).not.toBe(before.token);
  await serve?.stop();
  const { url } = await start();
  const moved = await resolved(source());
  expect(moved.url).toBe(url);
  expect(moved.token).not.toBe(after.token);
  // Starting again and again leaves one token, not a row of them.
  expect((await admin().tokens()).filter(({ name }) => name === "bridge")).toHaveLength(1);
});

test("a change of serve.json is noticed within a second or so, and said once", async () => {
  const targets = source();
  let changes = 0;
  const stop = targets.subscribe(() => (changes += 1));
  await start();
  await eventually(
    () => changes === 1,
    5_000,
    () => `${changes} changes`,
  );
  expect(await resolved(targets)).toMatchObject({ url: serve?.url });
  await serve?.stop();
  await eventually(
    () => changes === 2,
    5_000,
    () => `${changes} changes`,
  );
  expect(await targets.resolve()).toEqual({ fault: "no serve runs here" });
  stop();
});

test("another serve is named by URL and token together, and its token is used as it is", async () => {
  const url = "https://serve.example";
  expect(await source({}, url).resolve()).toMatchObject({ fault: expect.stringContaining("AIWG_TOKEN is not set") });
  expect(await source({ AIWG_TOKEN: "theirs" }, url).resolve()).toEqual({ url, token: "theirs" });
});

test("something else behind serve's address is a fault", async () => {
  await start();
  const fetchImpl: typeof globalThis.fetch = async () => new Response("<h1>hi</h1>", { status: 502 });
  const targets = narrowTargets({ places: places(), env: {}, config: {} }, { role: "enrol", name: "x" }, { clock: systemClock, log: silentLog, fetchImpl });
  expect(await targets.resolve()).toMatchObject({ fault: expect.stringContaining("another program") });
});
