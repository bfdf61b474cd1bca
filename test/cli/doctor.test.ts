import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "../../src/client/client.ts";
import { startOf } from "../../src/core/node/processes.ts";
import { bootId } from "../../src/executor/process-tree.ts";
import { openInbox } from "../../src/executor/inbox.ts";
import { eventually, startAiwg } from "../support/aiwg-process.ts";
import { aiwg, jsonOf, makePlace } from "./rig.ts";

let place: ReturnType<typeof makePlace>;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const state = (...parts: string[]): string => join(place.home, "state", ...parts);
// No port of its own: whatever listens on this machine is not this test's business.
const env = { AIWG_SERVE_PORT: "0" };
type Check = { readonly id: string; readonly status: string; readonly message: string; readonly fixable: boolean };
async function doctor(...args: string[]): Promise<{ code: number | null; checks: readonly Check[]; failed: readonly string[] }> {
  const ran = await aiwg(place, ["doctor", "--json", ...args], env);
  const { checks } = jsonOf(ran).data as { checks: Check[] };
  return { code: ran.code, checks, failed: checks.filter(({ status }) => status === "fail").map(({ id }) => id) };
}

test("a fresh home has nothing wrong, and looking makes no file", async () => {
  const { code, checks, failed } = await doctor();
  expect(failed).toEqual([]);
  expect(code).toBe(0);
  expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(["config", "node", "git", "agent.fake", "disk", "lock", "process", "serve", "port"]));
  expect(readdirSync(place.home)).toEqual([]);
});

test("planted faults are found, each by its id, and --fix mends them", async () => {
  await aiwg(place, ["mc", "dispatch", "x", "--no-repo"]);
  writeFileSync(state("token"), `${"t".repeat(43)}\n`, { mode: 0o644 });
  chmodSync(state(), 0o755);
  mkdirSync(join(place.home, "config"), { mode: 0o700 });
  writeFileSync(join(place.home, "config", "secrets.env"), "A=abcdef\n", { mode: 0o640 });
  // A holder and a serve that are gone: pid 1 is never ours.
  new DatabaseSync(state("queue.db.bridge.lock")).close();
  writeFileSync(state("queue.db.bridge.lock.json"), JSON.stringify({ pid: 2 ** 22 + 1, what: "x", since: "2026-01-01T00:00:00Z" }));
  writeFileSync(state("serve.json"), JSON.stringify({ url: "http://127.0.0.1:9", pid: 2 ** 22 + 1, started_at: "2026-01-01T00:00:00Z" }), { mode: 0o600 });
  const planted = ["file.secrets", "file.state", "file.token", "lock", "lock.serve"];
  const first = await doctor();
  expect(first.code).toBe(1);
  expect(first.failed.toSorted()).toEqual(planted);
  const shown = await aiwg(place, ["doctor"], env);
  expect(shown.stdout).toMatch(/✗ file\.token +\S+token is open to other users \(644\)/);
  expect(shown.stderr).toContain("aiwg doctor --fix mends 5");
  expect(await doctor("--fix")).toMatchObject({ code: 0, failed: [] });
  expect(statSync(state("token")).mode & 0o777).toBe(0o600);
  expect(existsSync(state("serve.json"))).toBe(false);
});

test.each(["user", "project"])("one mistake in the %s's config is one finding, and the rest is looked at all the same", async (whose) => {
  const folder = whose === "user" ? join(place.home, "config") : join(place.work, ".aiwg");
  await aiwg(place, ["mc", "dispatch", "x", "--no-repo"]);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  writeFileSync(join(folder, "aiwg.jsonc"), '{\n  "nonsense": 1\n}\n');
  const { code, checks, failed } = await doctor();
  expect(code).toBe(1);
  expect(failed).toEqual(["config"]);
  expect(checks.filter(({ message }) => message.includes("nonsense"))).toEqual([
    expect.objectContaining({ message: expect.stringContaining("aiwg.jsonc:2:") }),
  ]);
  const well = checks.filter(({ status }) => status === "ok").map(({ id }) => id);
  expect(well).toEqual(expect.arrayContaining(["node", "git", "agent.fake", "db.queue", "serve"]));
  expect((await aiwg(place, ["doctor"], env)).stderr).toContain("1 wrong");
});

test("a damaged queue is found and left as it is", async () => {
  await aiwg(place, ["mc", "dispatch", "x", "--no-repo"]);
  truncateSync(state("queue.db"), 12_288);
  const { code, failed } = await doctor("--fix");
  expect(code).toBe(1);
  expect(failed).toContain("db.queue");
  expect(statSync(state("queue.db")).size).toBe(12_288);
});

test("processes of a run whose executor is gone are named, and ended by --fix", async () => {
  const marker = "doctor-test-marker";
  const left = spawn("sleep", ["600"], { env: { PATH: process.env["PATH"], AIWG_RUN: marker }, stdio: "ignore", detached: true });
  const gone = once(left, "exit");
  const start = await eventually(
    () => startOf(left.pid ?? 0),
    5_000,
    () => "sleep did not start",
  );
  const home = state("executor", "ids", "one", "serve-x");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chmodSync(state(), 0o700);
  new DatabaseSync(state("executor", "ids", "one", "lock")).close();
  const inbox = openInbox(join(home, "inbox.db"));
  await inbox.accept({ mission_id: "m-1", attempt: 1 }, "hold");
  await inbox.patch({ mission_id: "m-1", attempt: 1 }, { phase: "running", marker, leader: { pid: left.pid ?? 0, start }, boot: bootId() });
  inbox.close();
  const { checks } = await doctor();
  expect(checks).toContainEqual(expect.objectContaining({ id: "process", status: "fail", message: expect.stringContaining(String(left.pid)), fixable: true }));
  expect((await doctor("--fix")).failed).toEqual([]);
  expect((await gone)[1]).toMatch(/SIGKILL|SIGTERM/);
});

test("a port that another program holds, and a serve of another version with another clock, are said", async () => {
  const other = createServer((request, response) => {
    response.setHeader("Date", "Mon, 01 Jan 2024 00:00:00 GMT");
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(request.url === "/api/v1/version" ? { version: "9.9.9", serve_id: "serve-x", protocol: "2.0.0" } : { status: "ok" }));
  });
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const taken = jsonOf(await aiwg(place, ["doctor", "--json"], { AIWG_SERVE_PORT: String(port) })).data as { checks: Check[] };
  expect(taken.checks).toContainEqual(expect.objectContaining({ id: "port", status: "fail" }));
  const away = { AIWG_SERVE_URL: `http://127.0.0.1:${port}`, AIWG_TOKEN: "t".repeat(43) };
  const skewed = jsonOf(await aiwg(place, ["doctor", "--json"], away)).data as { checks: Check[] };
  expect(skewed.checks.filter(({ status }) => status === "fail").map(({ id }) => id)).toEqual(["version", "clock"]);
  other.close();
});

test("with everything up, serve, executor, bridge, version and clock are well; an executor that was drained is missed", async () => {
  const up = startAiwg(place.home, ["up", "--port", "0", "--agent", "fake"], place.work);
  try {
    await eventually(
      async () => {
        const { checks, failed } = await doctor();
        const well = new Set(checks.filter(({ status }) => status === "ok").map(({ id }) => id));
        return failed.length === 0 && ["serve", "version", "clock", "bridge", "executor", "db.store", "db.inbox", "file.token"].every((id) => well.has(id));
      },
      20_000,
      () => up.output(),
    );
    // Drained, its executor is gone while serve and bridge go on: doctor and the bare command say so.
    const home = async (): Promise<string> => (await aiwg(place, [])).stdout;
    const { url } = JSON.parse(readFileSync(state("serve.json"), "utf8")) as { url: string };
    const client = createClient({ url, token: readFileSync(state("token"), "utf8").trim() });
    const [{ executor_id } = { executor_id: "" }] = await client.executors();
    expect(await home()).toMatch(new RegExp(`^ {2}executor ${executor_id}$`, "m"));
    await client.drain(executor_id);
    await eventually(
      async () => !(await client.executor(executor_id)).connected,
      20_000,
      () => up.output(),
    );
    const { code, checks } = await doctor();
    expect(checks).toContainEqual(expect.objectContaining({ id: "executor", status: "warn", message: "no executor takes missions: none is connected" }));
    expect(code).toBe(0);
    await eventually(
      async () => /^ {2}executor none runs here$/m.test(await home()),
      20_000,
      () => up.output(),
    );
    expect((await aiwg(place, [])).stderr).toContain("aiwg executor");
  } finally {
    await up.stop();
  }
});
