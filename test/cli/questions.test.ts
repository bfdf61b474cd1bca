import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { liveServe } from "../../src/core/node/serve-file.ts";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { aiwg, jsonOf, makePlace, spawnAiwg } from "./rig.ts";
import { join } from "node:path";

// One `up` for all tests of this file: they use missions of their own.
let place: ReturnType<typeof makePlace>;
let other: { readonly home: string; readonly work: string };
let up: AiwgProcess;
const BOUND_MS = 20_000;
type Question = { readonly hitl_id: string; readonly mission_id: string; readonly prompt: string; readonly choices?: readonly string[] };

beforeAll(async () => {
  place = makePlace();
  other = { home: place.home, work: place.dir };
  up = startAiwg(place.home, ["up", "--port", "0", "--slots", "8", "--agent", "fake"], place.work);
  await eventually(
    () => up.output().includes("is up"),
    BOUND_MS,
    () => up.output(),
  );
});
afterAll(async () => {
  await up.stop();
  place.remove();
});

const ask = async (script: string): Promise<string> =>
  (
    await aiwg(place, ["mc", "dispatch", `ask ${script}\nedit-answer answer.txt`, "--agent", "fake", "--no-repo", "--check", "test -s answer.txt"])
  ).stdout.trim();
const inbox = async (...args: string[]): Promise<readonly Question[]> =>
  (jsonOf(await aiwg(place, ["inbox", ...args, "--json"])).data as { questions: Question[] }).questions;
const questionOf = (mission: string): Promise<Question> =>
  eventually(
    async () => (await inbox()).find(({ mission_id }) => mission_id === mission),
    BOUND_MS,
    () => up.output(),
  );

test("a question is in the inbox, and an answer by a prefix of its id lets the mission end done", async () => {
  const mission = await ask("Which colour?");
  const { hitl_id: id } = await questionOf(mission);
  const shown = await aiwg(place, ["inbox"]);
  expect(shown.stdout).toMatch(new RegExp(`^${id} {2}asked .* by ${mission}\n {4}Which colour\\?\n`, "m"));
  expect(shown.stderr).toContain("aiwg answer");
  const watching = spawnAiwg(place, ["mc", "watch", mission]);
  expect(await aiwg(place, ["answer", id.slice(0, -1), "blue"])).toMatchObject({ code: 0, stdout: expect.stringContaining(mission) });
  expect((await watching).code).toBe(0);
  expect((await inbox()).some(({ hitl_id }) => hitl_id === id)).toBe(false);
});

test("the mission may be named instead of its question; once it asks nothing, the answer says closed, exit 4", async () => {
  const mission = await ask("Ready?");
  await questionOf(mission);
  expect((await aiwg(place, ["answer", mission, "yes", "--json"])).code).toBe(0);
  const late = await aiwg(place, ["answer", mission, "yes", "--json"]);
  expect(late.code).toBe(4);
  expect(jsonOf(late).error?.code).toBe("closed");
  expect((await aiwg(place, ["answer", "q-nobody", "yes"])).code).toBe(3);
});

test("of two that answer at once one is taken, the other told so with exit 4", async () => {
  const { hitl_id: id } = await questionOf(await ask("Who is first?"));
  const both = await Promise.all([spawnAiwg(place, ["answer", id, "a"]), spawnAiwg(place, ["answer", id, "b"])]);
  expect(both.map(({ code }) => code).toSorted()).toEqual([0, 4]);
});

test("a question that was answered, or closed by the end of its mission, is called so by id and by prefix, also by a dry run", async () => {
  const [answered, closed] = await Promise.all([ask("Still there?"), ask("And this one?")]);
  const [first, second] = await Promise.all([questionOf(answered), questionOf(closed)]);
  expect((await aiwg(place, ["answer", first.hitl_id, "yes"])).code).toBe(0);
  expect((await aiwg(place, ["mc", "abort", closed])).code).toBe(0);
  await eventually(
    async () => !(await inbox()).some(({ mission_id }) => mission_id === closed),
    BOUND_MS,
    () => up.output(),
  );
  for (const [id, code] of [
    [first.hitl_id, "already_answered"],
    [second.hitl_id, "closed"],
  ] as const) {
    for (const args of [
      [id, "no"],
      [id.slice(0, -1), "no"],
      [id, "no", "--dry-run"],
    ]) {
      const late = await aiwg(place, ["answer", ...args, "--json"]);
      expect([late.code, jsonOf(late).error]).toMatchObject([4, { code, message: expect.stringContaining(id) }]);
    }
  }
});

test("an inbox is of one project; --all shows every one", async () => {
  const mission = await ask("Whose am I?");
  const { hitl_id: id } = await questionOf(mission);
  const elsewhere = jsonOf(await aiwg(other, ["inbox", "--json"])).data as { questions: Question[] };
  expect(elsewhere.questions).toEqual([]);
  const all = jsonOf(await aiwg(other, ["inbox", "--all", "--json"])).data as { questions: Question[] };
  expect(all.questions.map((question) => question.hitl_id)).toContain(id);
  await aiwg(place, ["mc", "abort", mission]);
});

test("token list and revoke: a revoked token is refused at once, a slip in one of several names revokes none", async () => {
  const serve = liveServe(join(place.home, "state", "serve.json"));
  const made = jsonOf(await aiwg(place, ["token", "create", "--role", "read", "--name", "ci", "--json"])).data as { id: string; token: string };
  const client = createClient({ url: serve?.url ?? "", token: made.token });
  const listed = await aiwg(place, ["token", "list"]);
  expect(listed.stdout).toMatch(new RegExp(`${made.id} +read +ci`));
  expect(listed.stdout).not.toContain(made.token);
  expect((await aiwg(place, ["token", "revoke", made.id, "t-nobody"])).code).toBe(3);
  expect((await aiwg(place, ["token", "revoke", made.id, "--dry-run"])).stdout).toContain("would be revoked");
  await client.version();
  expect((await aiwg(place, ["token", "revoke", made.id])).code).toBe(0);
  await expect(client.version()).rejects.toMatchObject({ code: "unauthorized" });
});
