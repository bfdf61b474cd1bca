// The examples as a reader uses them: compiled against the built package and nothing else, run against a real serve.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRig, type Rig } from "../contract/serve-rig.ts";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
let dir = "";
let rig: Rig;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-examples-"));
  const installed = join(dir, "node_modules", "aiwg");
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  cpSync(join(root, "examples"), dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), '{"type":"module"}');
  await run(process.execPath, [join(root, "scripts", "build.ts"), "--out", join(installed, "dist")]);
  rig = await startRig();
}, 60_000);
afterAll(async () => {
  await rig.end();
  rmSync(dir, { recursive: true, force: true });
});

test("they compile under the strictest flags, without our dependencies", async () => {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true, skipLibCheck: false },
    ...{ module: "nodenext", target: "es2024", lib: ["es2024", "dom", "dom.asynciterable"], noEmit: true, allowImportingTsExtensions: true },
    ...{ types: ["node"], typeRoots: [join(root, "node_modules", "@types")] },
  };
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["context.ts", "dispatch.ts", "follow.ts"] }));
  await run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", dir]);
}, 60_000);

test("what one dispatches the other follows to its end", async () => {
  const env = { PATH: process.env["PATH"], AIWG_SERVE_URL: rig.serve.url, AIWG_TOKEN: (await rig.mint("operate")).token };
  const { stdout } = await run(process.execPath, ["dispatch.ts", "write it"], { cwd: dir, env });
  expect(stdout).toMatch(/^m-\S+ accepted, waits for an executor/);
  const [id = ""] = stdout.split(" ");
  const follower = spawn(process.execPath, ["follow.ts", "s-example"], { cwd: dir, env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  follower.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 20_000 }).toContain("mission.queued");
  await rig.post(`/api/v1/missions/${id}/abort`, { reason: "seen enough" });
  expect(await once(follower, "exit")).toEqual([0, null]);
  expect(said).toContain(`${id} ended: aborted, not checked`);
}, 60_000);

test("the third deploys a folder, and a second run has nothing to do", async () => {
  const project = join(dir, "project");
  mkdirSync(join(project, "bundle", "agents"), { recursive: true });
  writeFileSync(join(project, "bundle", "agents", "review.md"), '---\ndescription: "Reviews"\n---\nReview it.\n');
  const env = { PATH: process.env["PATH"], HOME: dir, AIWG_HOME: join(dir, "home") };
  const first = await run(process.execPath, [join(dir, "context.ts")], { cwd: project, env });
  expect(first.stdout).toContain("create .claude/agents/review.md\n");
  expect(first.stdout).toContain("create .codex/agents/review.toml\napplied\n");
  const second = await run(process.execPath, [join(dir, "context.ts")], { cwd: project, env });
  expect(second.stdout).toMatch(/^0 changes; [^]*\nunchanged\n$/);
}, 60_000);

test("a wrong token is told in words and by the exit code", async () => {
  const env = { PATH: process.env["PATH"], AIWG_SERVE_URL: rig.serve.url, AIWG_TOKEN: "wrong" };
  for (const [example, words] of [
    ["dispatch.ts", "unauthorized"],
    ["follow.ts", "unauthorized"],
  ] as const) {
    await expect(run(process.execPath, [example], { cwd: dir, env })).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
  }
}, 60_000);
