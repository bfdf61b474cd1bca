import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makePlace } from "./rig.ts";

const root = join(import.meta.dirname, "..", "..");
const BIN = join(root, "bin", "aiwg.js");

type Failed = { readonly code: number; readonly stdout: string; readonly stderr: string };

test("the bin answers --version from the package and starts the program for anything else", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  expect((await promisify(execFile)(process.execPath, [BIN, "--version"])).stdout).toBe(`${version}\n`);
  await expect(promisify(execFile)(process.execPath, [BIN, "mc", "dispach"])).rejects.toMatchObject({ code: 2 });
});

test("a Node whose SQLite can lose data is told so before anything is loaded, exit 2", async () => {
  const place = makePlace();
  const preload = join(place.dir, "old.cjs");
  for (const sqlite of ["3.51.2", "3.9.9", ""]) {
    writeFileSync(preload, `Object.defineProperty(process, "versions", { value: { ...process.versions, sqlite: ${JSON.stringify(sqlite)} } });\n`);
    const failed = (await promisify(execFile)(process.execPath, ["--require", preload, BIN, "--version"]).catch((error: unknown) => error)) as Failed;
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toContain("aiwg needs Node.js 24.15 or newer");
  }
  writeFileSync(preload, `Object.defineProperty(process, "versions", { value: { ...process.versions, sqlite: "3.51.3" } });\n`);
  expect((await promisify(execFile)(process.execPath, ["--require", preload, BIN, "--version"])).stdout).toMatch(/^\d/);
  place.remove();
});
