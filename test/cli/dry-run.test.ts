import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { liveServe } from "../../src/core/node/serve-file.ts";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { aiwg, jsonOf, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
beforeAll(async () => {
  place = makePlace();
  up = startAiwg(place.home, ["up", "--port", "0", "--agent", "fake"], place.work);
  await eventually(
    () => up.output().includes("is up"),
    20_000,
    () => up.output(),
  );
});
afterAll(async () => {
  await up.stop();
  place.remove();
});

const client = () =>
  createClient({ url: liveServe(join(place.home, "state", "serve.json"))?.url ?? "", token: readFileSync(join(place.home, "state", "token"), "utf8").trim() });
const both = async (...args: string[]) => {
  const [said, json] = [await aiwg(place, [...args, "--dry-run"]), await aiwg(place, [...args, "--dry-run", "--json"])];
  expect([said.code, json.code]).toEqual([0, 0]);
  return { said: said.stdout, data: jsonOf(json).data };
};

test("run --dry-run shows the mission and queues nothing", async () => {
  const { said, data } = await both("run", "paint it", "--no-repo", "--agent", "fake", "--session", "art");
  expect(JSON.parse(said)).toMatchObject({ objective: "paint it", agents: ["fake"] });
  expect(data).toMatchObject({ dry_run: true, session: "art", missions: [{ objective: "paint it" }] });
  expect(jsonOf(await aiwg(place, ["mc", "status", "--json"])).data).toMatchObject({ missions: [] });
});

test("mc start --dry-run names the session that would be, and refuses a name that is taken", async () => {
  const { said, data } = await both("mc", "start", "nightly");
  expect(said).toMatch(/^a session named nightly would be started/);
  expect(data).toMatchObject({ dry_run: true, session_id: null, name: "nightly" });
  expect(jsonOf(await aiwg(place, ["mc", "list", "--json"])).data).toEqual({ sessions: [] });
  await aiwg(place, ["mc", "start", "taken"]);
  expect((await aiwg(place, ["mc", "start", "taken", "--dry-run"])).code).toBe((await aiwg(place, ["mc", "start", "taken"])).code);
});

test("token create --dry-run creates none", async () => {
  const before = await client().tokens();
  const { said, data } = await both("token", "create", "--role", "read", "--ttl", "1h");
  expect(said).toBe("a token with role read would be created\n");
  expect(data).toEqual({ dry_run: true, role: "read", name: null, uses: null, ttl_s: 3_600 });
  expect(await client().tokens()).toEqual(before);
});

test("answer --dry-run leaves the question open, and refuses what is not among the choices", async () => {
  const { stdout } = await aiwg(place, ["mc", "dispatch", "ask Which? | red | blue\nedit-answer a.txt", "--agent", "fake", "--no-repo"]);
  const mission = stdout.trim();
  const question = await eventually(
    async () => (await client().questions()).find(({ mission_id }) => mission_id === mission),
    20_000,
    () => up.output(),
  );
  const choices = question.choices ?? [];
  const { said, data } = await both("answer", mission, choices[0] ?? "anything");
  expect(said).toContain(`${question.hitl_id} of ${mission} would be answered`);
  expect(data).toMatchObject({ dry_run: true, mission_id: mission, hitl_id: question.hitl_id });
  if (choices.length > 0)
    expect(await aiwg(place, ["answer", mission, "green", "--dry-run"])).toMatchObject({ code: 2, stderr: expect.stringContaining("not among") });
  expect((await client().questions()).some(({ hitl_id }) => hitl_id === question.hitl_id)).toBe(true);
});

test("a dry run of run and mc start makes no queue where there was none", async () => {
  const fresh = makePlace();
  for (const args of [
    ["run", "x", "--no-repo"],
    ["mc", "start", "x"],
  ])
    expect((await aiwg(fresh, [...args, "--dry-run"])).code).toBe(0);
  expect(existsSync(join(fresh.home, "state"))).toBe(false);
  fresh.remove();
});
