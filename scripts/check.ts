// `npm run check`: types, lint, format, unused code, house rules and generated docs, side by side; prints only what fails.
// Must not change any file.
import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { GENERATORS } from "./docs/generators.ts";
import { findStalePages } from "./docs/stale.ts";
import { findHouseFaults } from "./house-rules.ts";
import { findLockGaps, type Lockfile } from "./lockfile.ts";

type Outcome = { readonly name: string; readonly ok: boolean; readonly output: string; readonly ms: number };

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
const CODE = ["src", "test", "bench", "examples", "scripts", "bin"];

function runTool(name: string, args: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(join(bin, name), args, { cwd: root, env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` } });
    let output = "";
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const end = (ok: boolean): void => resolve({ name, ok, output, ms: performance.now() - started });
    child.on("error", (error) => {
      output += error.message;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

function checkHouse(): Outcome {
  const started = performance.now();
  const paths = globSync([...CODE.map((folder) => `${folder}/**/*.{ts,js}`), "*.ts"], { cwd: root, exclude: (name) => name === "node_modules" });
  const files = paths.map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(join(root, path), "utf8") }));
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lockfile;
  const faults = [...findHouseFaults(files), ...findLockGaps(lock)];
  return { name: "house rules", ok: faults.length === 0, output: faults.join("\n"), ms: performance.now() - started };
}

async function checkDocs(): Promise<Outcome> {
  const started = performance.now();
  const stale = await findStalePages(GENERATORS, root);
  const output = stale.map(({ path }) => `${path} is not what its sources say: run npm run docs`).join("\n");
  return { name: "docs", ok: stale.length === 0, output, ms: performance.now() - started };
}

const started = performance.now();
const tools = [
  runTool("tsc", ["-p", "."]),
  runTool("oxlint", ["--deny-warnings"]),
  runTool("oxfmt", ["--check", "--no-error-on-unmatched-pattern", ...CODE, "vitest.config.ts"]),
  runTool("knip", ["--no-progress", "--no-config-hints"]),
];
const outcomes = [checkHouse(), ...(await Promise.all([...tools, checkDocs()]))];
for (const { name, ok, output } of outcomes) if (!ok) process.stdout.write(`── ${name} failed ──\n${output.trim()}\n\n`);
const words = outcomes.map(({ name, ok, ms }) => `${name} ${ok ? "ok" : "FAILED"} ${(ms / 1_000).toFixed(1)} s`);
process.stdout.write(`${words.join(", ")}; ${((performance.now() - started) / 1_000).toFixed(1)} s in all\n`);
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
