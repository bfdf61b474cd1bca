import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { type Ran, aiwg, git, jsonOf, makePlace, makeRepo, spawnAiwg } from "./rig.ts";

// One `up` for all tests of this file: they use missions and sessions of their own.
let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
const BOUND_MS = 25_000;
type Row = { readonly id: string; readonly state: string; readonly reason: string; readonly result: { readonly branch: string | null } | null };

beforeAll(async () => {
  place = makePlace();
  makeRepo(place.work);
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

const mc = (...args: string[]): Promise<Ran> => aiwg(place, ["mc", ...args]);
const dispatch = async (...args: string[]): Promise<string> => (await mc("dispatch", ...args, "--agent", "fake")).stdout.trim();
const rowOf = async (id: string): Promise<Row | undefined> => (jsonOf(await mc("status", id, "--json")).data as { missions: Row[] }).missions[0];
const reaches = (id: string, state: string): Promise<Row> =>
  eventually(
    async () => {
      const row = await rowOf(id);
      return row?.state === state && row;
    },
    BOUND_MS,
    () => `${id} never ${state}\n${up.output()}`,
  );

test("a running mission pauses between turns and goes on when resumed", async () => {
  const id = await dispatch("1: think 300ms\n2: edit state right", "--no-repo", "--check", "test -s state");
  await reaches(id, "running");
  expect((await mc("pause", id, "--dry-run")).stdout).toContain("would be paused");
  expect(await mc("pause", id)).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
  await reaches(id, "paused");
  expect(await mc("resume", id)).toMatchObject({ code: 0 });
  await reaches(id, "done");
  expect((await mc("pause", id)).code).toBe(4);
  expect((await mc("resume", id)).code).toBe(4);
});

test("what the present serve has taken is not moved, not even by force; the exit code says that nothing was", async () => {
  const id = await dispatch("think 1ms", "--no-repo", "--needs", "nowhere");
  await reaches(id, "queued");
  const forced = await mc("move", id, "--force");
  expect(forced).toMatchObject({ code: 4, stderr: expect.stringContaining("its serve has taken it") });
  expect(forced.stderr).toContain("That is the present serve");
  const { session_id } = (jsonOf(await mc("status", id, "--json")).data as { missions: { session_id: string }[] }).missions[0] ?? { session_id: "" };
  const session = await mc("move", session_id, "--force", "--json");
  expect(session.code).toBe(4);
  expect(jsonOf(session).data).toMatchObject({ missions: expect.arrayContaining([expect.objectContaining({ mission_id: id, outcome: "accepted" })]) });
  await mc("abort", id);
  await reaches(id, "aborted");
});

test("a paused session starts nothing more, resumed it does, stopped for good it does not", async () => {
  await mc("start", "nightly");
  expect(await mc("pause", "nightly")).toMatchObject({ code: 0, stdout: expect.stringContaining("paused") });
  const id = await dispatch("nightly", "edit a b", "--no-repo");
  expect(await rowOf(id)).toMatchObject({ state: "pending", reason: expect.stringContaining("paused") });
  expect((await mc("list")).stdout).toMatch(/nightly +paused/);
  expect((await mc("abort", "nightly", "--dry-run")).stdout).toBe(`${id}  would be aborted\n`);
  expect((await mc("resume", "nightly")).code).toBe(0);
  await reaches(id, "done");
  expect(await mc("stop", "nightly")).toMatchObject({ code: 0, stdout: expect.stringContaining("stopped") });
  expect((await mc("dispatch", "nightly", "edit a b", "--no-repo")).code).toBe(4);
  expect((await mc("resume", "nightly")).code).toBe(4);
  expect((await mc("stop", id)).code).toBe(2);
});

test("a dependent waits, says for what, and starts from the branch of what it waited for", async () => {
  const session = (await mc("start", "chain")).stdout.trim();
  const first = await dispatch(session, "ask Go on?\nedit one.txt first", "--check", "test -s one.txt");
  const second = await dispatch(session, "edit two.txt second", "--after", first, "--check", "test -s one.txt");
  await reaches(first, "hitl_required");
  expect(await reaches(second, "queued")).toMatchObject({ reason: expect.stringContaining(first) });
  await aiwg(place, ["answer", first, "yes"]);
  await reaches(first, "done");
  const { result } = await reaches(second, "done");
  expect(git(place.work, "show", `${result?.branch}:one.txt`)).toBe("first");
  expect(git(place.work, "show", `${result?.branch}:two.txt`)).toBe("second");
  // Its diff is its own work, asked of the executor after the end.
  const diff = await mc("diff", second);
  expect(diff.stdout).toMatch(/^diff --git a\/two\.txt[^]*\+second/m);
  expect(diff.stdout).not.toContain("one.txt");
});

test("retry runs a failed mission as a new one that the queue knows; a repeat of the id is the same", async () => {
  const id = await dispatch("crash 3", "--no-repo");
  expect((await mc("retry", id)).code).toBe(4);
  await reaches(id, "failed");
  const ran = await mc("retry", id);
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^m-[0-9a-f-]{36}\n$/) });
  const again = ran.stdout.trim();
  expect(again).not.toBe(id);
  expect((await mc("retry", id, "--as", again)).stdout.trim()).toBe(again);
  await reaches(again, "failed");
  expect((await mc("retry", again, "--dry-run")).stdout).toContain("would be run again");
});

test("of a session what failed is retried once", async () => {
  const session = (await mc("start", "flaky")).stdout.trim();
  const failed = await dispatch("crash", "--no-repo", "--session", "flaky");
  expect((await mc("dispatch", session, "x", "--session", "flaky")).code).toBe(2);
  const fine = await dispatch(session, "edit a b", "--no-repo");
  await Promise.all([reaches(failed, "failed"), reaches(fine, "done")]);
  const { data } = jsonOf(await mc("retry", "flaky", "--json")) as { data: { missions: { retry_of: string; mission_id: string }[] } };
  expect(data.missions.map(({ retry_of }) => retry_of)).toEqual([failed]);
  await reaches(data.missions[0]?.mission_id ?? "", "failed");
});

test("choices are shown and enforced, and a question that nobody answers takes its default", async () => {
  const id = await dispatch("ask --choices red,blue Which?\nedit-answer answer.txt", "--no-repo");
  await reaches(id, "hitl_required");
  expect((await aiwg(place, ["inbox"])).stdout).toContain("choices: red / blue");
  const wrong = await aiwg(place, ["answer", id, "green"]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Answer with one of: red, blue.") });
  expect((await aiwg(place, ["answer", id, "red"])).code).toBe(0);
  await reaches(id, "done");
  const left = await dispatch(
    "ask --choices red,blue --default blue --expires 2s Which?\nedit-answer answer.txt",
    "--no-repo",
    "--check",
    "grep -qx blue answer.txt",
  );
  await reaches(left, "hitl_required");
  await reaches(left, "done");
});

test("a secret reaches the agent by name; a name that nobody has is a stated reason, a bad one a usage error", async () => {
  mkdirSync(join(place.home, "config"), { mode: 0o700 });
  writeFileSync(join(place.home, "config", "secrets.env"), "DEPLOY_KEY=very-secret-value\n", { mode: 0o600 });
  const id = await dispatch("say hello", "--no-repo", "--secret", "DEPLOY_KEY", "--check", 'test "$DEPLOY_KEY" = very-secret-value && echo it is $DEPLOY_KEY');
  await reaches(id, "done");
  expect((await mc("log", id)).stdout).not.toContain("very-secret-value");
  expect(JSON.stringify(await rowOf(id))).not.toContain("very-secret-value");
  const without = await dispatch("say hello", "--no-repo", "--secret", "NOT_THERE");
  await eventually(
    async () => (await rowOf(without))?.reason.includes("NOT_THERE"),
    BOUND_MS,
    () => up.output(),
  );
  await mc("abort", without);
  expect((await mc("dispatch", "x", "--secret", "a-b")).code).toBe(2);
});

test(".worktreeinclude brings an ignored file only once the user has agreed to what it says", async () => {
  writeFileSync(join(place.work, ".gitignore"), ".env\n");
  writeFileSync(join(place.work, ".env"), "x=1\n");
  writeFileSync(join(place.work, ".worktreeinclude"), ".env\n");
  const without = await mc("dispatch", "edit a b", "--agent", "fake", "--check", "test ! -e .env");
  expect(without.stderr).toContain("nobody agreed");
  await reaches(without.stdout.trim(), "done");
  const agreed = await mc("dispatch", "edit a b", "--agent", "fake", "--check", "test -s .env", "--yes");
  expect(agreed.stderr).not.toContain("nobody agreed");
  await reaches(agreed.stdout.trim(), "done");
  expect((await mc("dispatch", "edit a b", "--agent", "fake")).stderr).not.toContain("nobody agreed");
  writeFileSync(join(place.work, ".worktreeinclude"), ".env\nother\n");
  expect((await mc("dispatch", "edit a b", "--agent", "fake")).stderr).toContain("nobody agreed");
  for (const name of [".gitignore", ".env", ".worktreeinclude"]) rmSync(join(place.work, name));
});

test("clean says what it would free, keeps what is open or nowhere else, and frees the rest", async () => {
  const workspaces = (): string[] => readdirSync(join(place.home, "state", "workspaces")).filter((name) => !name.startsWith("."));
  const done = await dispatch("edit clean.txt x", "--check", "test -s clean.txt");
  const open = await dispatch("ask Stay?");
  await Promise.all([reaches(done, "done"), reaches(open, "hitl_required")]);
  expect(workspaces()).toEqual(expect.arrayContaining([done, open]));
  const looked = await mc("clean");
  expect(looked.stdout).toContain(`keep  ${done}  used too recently`);
  const dry = await mc("clean", "--workspaces", "--logs", "--older-than", "1ms", "--dry-run");
  expect(dry.stdout).toMatch(new RegExp(`free {2}${done}`));
  expect(dry.stdout).toMatch(new RegExp(`keep {2}${open} {2}(a run works in it|its mission has not ended)`));
  expect(workspaces()).toContain(done);
  expect((await mc("clean", "--workspaces", "--older-than", "1ms")).code).toBe(2);
  expect((await mc("clean", "--workspaces", "--logs", "--older-than", "1ms", "--yes")).code).toBe(0);
  expect(workspaces()).toContain(open);
  expect(workspaces()).not.toContain(done);
  expect(git(place.work, "show", `aiwg/${done}:clean.txt`)).toBe("x");
  await aiwg(place, ["answer", open, "no"]);
  await reaches(open, "done");
  const purged = jsonOf(await mc("clean", "--purge", "--older-than", "1ms", "--yes", "--json")).data as { purged: { queue: number; serve: number } };
  expect(purged.purged.queue).toBeGreaterThan(0);
  expect((await mc("status", done)).code).toBe(3);
});

test("an executor that is drained finishes, and its process ends with 0", async () => {
  const alone = startAiwg(place.home, ["executor", "--id", "alone", "--agent", "fake"], place.work);
  const connected = async (): Promise<boolean> => (await aiwg(place, ["up", "--json"])).stdout.includes('"alone"');
  await eventually(connected, BOUND_MS, () => alone.output());
  const url = (await aiwg(place, ["up"])).stdout.trim();
  const token = (await aiwg(place, ["token", "show"])).stdout.trim();
  const exited = new Promise<number | null>((resolve) => alone.child.once("exit", resolve));
  await fetch(`${url}/api/v1/executors/alone/drain`, { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  expect(await exited).toBe(0);
  expect(existsSync(join(place.home, "state", "executor", "ids", "alone", "lock.json"))).toBe(false);
});

test("what steers says so from the real program too", async () => {
  expect(await spawnAiwg(place, ["mc", "pause", "m-nobody"])).toMatchObject({ code: 3, stdout: "" });
});
