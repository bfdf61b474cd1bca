import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../../src/cli/run-cli.ts";
import { MAIN, aiwg, makePlace } from "./rig.ts";

const BIN = join(import.meta.dirname, "..", "..", "bin", "aiwg.js");
let place: ReturnType<typeof makePlace>;
beforeAll(async () => {
  place = makePlace();
  for (const name of ["one", "two", "three"]) await aiwg(place, ["mc", "start", name]);
});
afterAll(() => place.remove());

// Runs `shell` around the program, "$@".
async function inShell(shell: string, program: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const env = { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home };
  const child = spawn("bash", ["-c", `set -o pipefail; ${shell}`, "sh", process.execPath, program, ...args], {
    cwd: place.work,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stderr };
}

const LOOKING = [
  ["mc", "list"],
  ["mc", "list", "--json"],
  ["mc", "list", "--help"],
  ["mc", "nothing", "--json"],
];

test.skipIf(!existsSync("/dev/full"))("a stdout that takes nothing more is one line and exit 6, never a stack", async () => {
  for (const args of LOOKING) {
    const ran = await inShell('"$@" > /dev/full', MAIN, args);
    expect(ran).toEqual({ code: 6, stderr: expect.stringMatching(/^✗ stdout cannot be written: ENOSPC[^\n]*\n$/) });
  }
  expect(await inShell('"$@" > /dev/full', BIN, ["--version"])).toMatchObject({ code: 6, stderr: expect.stringMatching(/^✗ stdout cannot[^\n]*\n$/) });
});

test("a reader that went away ends the command quietly", async () => {
  for (const args of LOOKING.slice(0, 3))
    expect(await inShell('"$@" | true', MAIN, args)).toEqual({ code: 0, stderr: expect.not.stringMatching(/error|Error| at /) });
  expect(await inShell('"$@" | true', BIN, ["--version"])).toEqual({ code: 0, stderr: "" });
});

test("a stderr that is gone changes nothing", async () => {
  expect((await inShell('"$@" 2> >(true)', MAIN, ["mc", "nothing"])).code).toBe(2);
});

test("a stdout that throws is told on stderr, also under --json", async () => {
  for (const args of [
    ["mc", "list"],
    ["mc", "list", "--json"],
  ]) {
    let stderr = "";
    const code = await runCli(args, {
      env: { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home },
      cwd: () => place.work,
      stdout: {
        write: () => {
          throw new Error("no space left");
        },
      },
      stderr: { write: (text) => (stderr += text) },
      stdinTty: false,
      signals: { take: () => () => undefined },
    });
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining("stdout cannot be written: no space left") });
  }
});
