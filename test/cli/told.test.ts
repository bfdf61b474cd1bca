import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Status } from "../../src/cli/status.ts";
import { createClient } from "../../src/client/client.ts";
import { liveServe } from "../../src/core/node/serve-file.ts";
import { type AiwgProcess, eventually, startAiwg } from "../support/aiwg-process.ts";
import { MAIN, aiwg, jsonOf, makePlace } from "./rig.ts";

// One `up` for all tests of this file; its agents fail in ways of their own.
let place: ReturnType<typeof makePlace>;
let up: AiwgProcess;
const shell = (script: string) => ({ kind: "command", command: ["sh", "-c", script] });

beforeAll(async () => {
  place = makePlace();
  mkdirSync(join(place.home, "config"), { mode: 0o700 });
  const agents = { silent: shell("exit 127"), loud: shell("printf '\\033[31mno such\\nprogram'; exit 3"), fine: shell("true") };
  writeFileSync(join(place.home, "config", "aiwg.jsonc"), JSON.stringify({ agents }));
  up = startAiwg(place.home, ["up", "--port", "0", "--slots", "4", "--agent", "silent", "--agent", "loud", "--agent", "fine", "--agent", "fake"], place.work);
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

const failing: readonly (readonly [what: string, args: readonly string[], cause: RegExp])[] = [
  ["an agent that ended badly", ["--no-repo", "--agent", "silent"], /failed +agent_failed: the agent exited with 127/],
  ["an agent that said why, inert and on one line", ["--no-repo", "--agent", "loud"], /failed +agent_failed: the agent exited with 3: .*no such program/],
  ["a repository that cannot be cloned", ["--repo", "https://127.0.0.1:1/x.git", "--agent", "fake"], /failed +workspace_failed: .*fatal: /],
  [
    "a check that never passed",
    ["--no-repo", "--agent", "fine", "--check", "test -e nothing", "--max-iterations", "1"],
    /failed +\w+: failed: test -e nothing/,
  ],
];
for (const [what, args, cause] of failing) {
  test(`the reason of a failure stands wherever a person looks: ${what}`, async () => {
    const ran = await aiwg(place, ["run", "x", ...args]);
    expect(ran.stderr).toMatch(cause);
    const id = ran.stdout.trim();
    const [watched, status, log] = [await aiwg(place, ["mc", "watch", id]), await aiwg(place, ["mc", "status", id]), await aiwg(place, ["mc", "log", id])];
    for (const text of [watched.stderr, log.stderr]) expect(text).toMatch(cause);
    // The table has its own order of columns: the cause is the last one.
    expect(status.stdout.trimEnd().split("\n").at(-1)).toMatch(new RegExp(`${cause.source.replace(/^failed \+/, "")}[^\\n]*$`));
    for (const text of [ran.stderr, watched.stderr, status.stdout, log.stderr]) expect(text).not.toContain("\u001b");
  });
}

test("the attempt of an ended mission is serve's while serve can be asked, alone and in a list; unsent ones stay as they are", async () => {
  const ended = async () => (await aiwg(place, ["run", "x", "--no-repo", "--agent", "fine"])).stdout.trim();
  const ids = [await ended(), await ended()];
  const { stdout: waiting } = await aiwg(place, ["mc", "dispatch", "x", "--no-repo", "--after", ids[0] ?? "", "--agent", "nobody"]);
  const client = createClient({
    url: liveServe(join(place.home, "state", "serve.json"))?.url ?? "",
    token: readFileSync(join(place.home, "state", "token"), "utf8").trim(),
  });
  const rowsOf = async (...args: string[]) => (jsonOf(await aiwg(place, ["mc", "status", ...args, "--json"])).data as Status).missions;
  for (const id of ids) {
    const { attempt, state } = await client.mission(id);
    expect(state).toBe("done");
    expect(await rowsOf(id)).toMatchObject([{ id, attempt, state }]);
    expect((await rowsOf()).find((row) => row.id === id)).toMatchObject({ attempt, state });
  }
  expect((await rowsOf()).some((row) => row.id === waiting.trim())).toBe(true);
});

test("run says nothing of a bridge or of aiwg up while both are there", async () => {
  const ran = await aiwg(place, ["run", "x", "--no-repo", "--agent", "fine"]);
  expect(ran.code).toBe(0);
  expect(ran.stderr).not.toMatch(/→ sent|aiwg up/);
});

test("an executor that serve refuses to register says what serve answered", async () => {
  const url = liveServe(join(place.home, "state", "serve.json"))?.url ?? "";
  const other = makePlace();
  const refused = spawn(process.execPath, [MAIN, "executor", "--agent", "fake"], {
    cwd: other.work,
    env: { PATH: process.env["PATH"], HOME: other.home, AIWG_HOME: other.home, AIWG_SERVE_URL: url, AIWG_TOKEN: "nobody" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  refused.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  await eventually(
    () => /did not register executor/.test(said),
    20_000,
    () => said,
  );
  expect(said).toMatch(/did not register executor [^:]+: .*token/);
  refused.kill("SIGTERM");
  await once(refused, "exit");
  other.remove();
});
