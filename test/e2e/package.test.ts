import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

// The package as people get it: built and packed from a copy of this checkout, installed in an empty folder, run with no
// network and an empty HOME. npm is the machine's own, node the checkout's.
const root = join(import.meta.dirname, "..", "..");
const COPIED = ["bin", "scripts", "src", "package.json", "tsconfig.json", "README.md", "LICENSE", "CHANGELOG.md"];

let dir = "";
let tarball = "";
let installed = "";
let env: NodeJS.ProcessEnv = {};

// Not the synchronous one: a blocked worker cannot talk to vitest.
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: 110_000, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-package-"));
  const home = join(dir, "home");
  const copy = join(dir, "copy");
  installed = join(dir, "installed");
  for (const folder of [home, copy, installed]) mkdirSync(folder);
  env = {
    PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
    HOME: home,
    npm_config_offline: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
  for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  // `npm pack` builds by its prepack script.
  await run("npm", ["pack", "--pack-destination", dir], copy);
  tarball = join(dir, readdirSync(dir).find((name) => name.endsWith(".tgz")) ?? "no tarball");
  writeFileSync(join(installed, "package.json"), '{"private":true,"type":"module"}\n');
  await run("npm", ["install", "--ignore-scripts", tarball], installed);
}, 120_000);

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test("the tarball is at most 1.5 MB", () => {
  expect(statSync(tarball).size).toBeLessThanOrEqual(1.5 * 1024 * 1024);
});

test("it installs as one package without dependencies", () => {
  expect(readdirSync(join(installed, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["aiwg"]);
});

test("it holds what was built and documents, no sources and no tests", () => {
  const names = readdirSync(join(installed, "node_modules", "aiwg")).toSorted();
  expect(names).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "bin", "dist", "package.json"]);
});

test("publint finds nothing wrong with it", async () => {
  expect(await run(join(root, "node_modules", ".bin", "publint"), ["run", "--strict", tarball], dir)).toMatch(/All good|No issues/i);
});

test("`aiwg --version` and `aiwg --help` run from the installed bundle", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const aiwg = join(installed, "node_modules", ".bin", "aiwg");
  expect((await run(aiwg, ["--version"], installed)).trim()).toBe(version);
  expect(await run(aiwg, ["--help"], installed)).toContain("mc");
});

test("`aiwg demo` runs from the installed bundle", async () => {
  // Its exit code is its verdict on what serve recorded.
  await expect(run(join(installed, "node_modules", ".bin", "aiwg"), ["demo"], installed)).resolves.toBeTypeOf("string");
}, 120_000);

test("`aiwg up --detach`, doctor and stop work from the installed bundle", async () => {
  const aiwg = join(installed, "node_modules", ".bin", "aiwg");
  const url = (await run(aiwg, ["up", "--detach", "--port", "0"], installed)).trim();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await run(aiwg, ["run", "edit a b", "--agent", "fake", "--no-repo", "--check", "test -s a"], installed)).toMatch(/^m-/);
  expect(await run(aiwg, ["doctor"], installed)).toMatch(/✓ serve +serve \S+ answers/);
  expect(await run(aiwg, ["stop"], installed)).toContain(url);
}, 60_000);

test("the licenses of what is bundled travel with it", () => {
  const text = readFileSync(join(installed, "node_modules", "aiwg", "dist", "THIRD_PARTY_LICENSES.txt"), "utf8");
  for (const name of ["hono ", "ws ", "zod ", "@stricli/core "]) expect(text).toContain(name);
  expect(text).not.toContain("carries no license text)");
});

test("a strict consumer without zod compiles against aiwg/dispatch and runs it", async () => {
  writeFileSync(
    join(installed, "consumer.ts"),
    `import { backoffMs, classifyStatus, dispatchMission, reasonForStatus, sleep, type DispatchOutcome } from "aiwg/dispatch";

export async function go(): Promise<string> {
  const outcome: DispatchOutcome = await dispatchMission(
    { aiwgServeUrl: "http://127.0.0.1:9", maxAttempts: 1, attemptTimeoutMs: 1000 },
    "s-1",
    { mission_id: "m-1", objective: "x" },
  );
  return outcome.outcome === "accepted" ? (outcome.executorId ?? "none") : outcome.reason;
}
console.log(await go(), backoffMs(1, 500), classifyStatus(200), reasonForStatus(404), typeof sleep);
`,
  );
  const compilerOptions = { strict: true, skipLibCheck: false, module: "nodenext", target: "es2024", lib: ["es2024", "dom"], types: [], noEmit: true };
  writeFileSync(join(installed, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  await run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."], installed);
  expect(await run(process.execPath, ["consumer.ts"], installed)).toContain("unreachable");
});
