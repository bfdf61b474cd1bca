// Long-running commands of the real CLI as child processes that a test may kill. Must not know what they do.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export type AiwgProcess = {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  output(): string;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
};

/** Starts `aiwg <args>` with this home. */
export function startAiwg(home: string, args: readonly string[], cwd: string = home): AiwgProcess {
  const env = { PATH: process.env["PATH"], HOME: home, AIWG_HOME: home, NO_COLOR: "1" };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-64 * 1024)));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    }
    return child.exitCode;
  };
  return { child, output: () => output, kill: async () => void (await end("SIGKILL")), stop: () => end("SIGTERM") };
}

/** Waits until `condition` gives something other than undefined or false; fails after `boundMs` with what `say` tells. */
export async function eventually<T>(condition: () => T | undefined | false | Promise<T | undefined | false>, boundMs: number, say: () => string): Promise<T> {
  const end = performance.now() + boundMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms in vain: ${say()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
