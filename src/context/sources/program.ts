// Runs git or npm for ourselves: argv only, never asking, bounded in time, output and in what it writes. Must not know what is fetched.
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import type { Env } from "../../core/node/paths.ts";
import { signal } from "../../core/node/processes.ts";
import { humanBytes } from "../../core/text.ts";

export type Run = {
  readonly program: "git" | "npm";
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Env;
  readonly input?: string;
  /** What the source is called in messages. */
  readonly shown: string;
  /** Without any output or growth, and in all. */
  readonly idleMs: number;
  readonly totalMs: number;
  readonly maxOutput: number;
  /** A folder that may not grow beyond so many bytes. */
  readonly grows: { readonly folder: string; readonly maxBytes: number };
  /** Told how large that folder is. */
  readonly told: (bytes: number) => void;
};

export type Ran = { readonly code: number | null; readonly stdout: Buffer; readonly stderr: string };

const MAX_STDERR = 64 * 1024;
const LOOK_MS = 200;

function sizeOf(folder: string): number {
  let size = 0;
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) size += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    // A file went away while it was looked at.
  }
  return size;
}

/** Ends with the program. Throws `timeout`, `too_large`, and `source_unusable` where there is no such program. */
export function runProgram({ program, args, cwd, env, input, shown, idleMs, totalMs, maxOutput, grows, told }: Run): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // In a group and session of its own: all it starts ends with it, and nothing of it can ask on the terminal.
    const child = spawn(program, [...args], { cwd, env: { ...env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    const started = performance.now();
    let [size, stderr, grown, seen] = [0, "", 0, started];
    let ended: AiwgError | undefined;
    const kill = (why: AiwgError): void => {
      ended ??= why;
      if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const tooLarge = (bytes: number): AiwgError =>
      new AiwgError("too_large", `${shown} has more than ${humanBytes(bytes)} to fetch; nothing was written`, { hint: "Use a smaller source." });
    // It does not hear what the terminal sends us.
    const endToo = (): void => void (child.pid !== undefined && signal(-child.pid, "SIGKILL"));
    process.once("exit", endToo);
    const look = setInterval(
      () => {
        const now = performance.now();
        const bytes = sizeOf(grows.folder);
        if (bytes !== grown) {
          seen = now;
          told(bytes);
        }
        grown = bytes;
        if (bytes > grows.maxBytes) kill(tooLarge(grows.maxBytes));
        const slow = now - seen > idleMs ? idleMs : now - started > totalMs ? totalMs : undefined;
        if (slow === undefined) return;
        const what = slow === idleMs ? `sent nothing for ${slow / 1_000} s` : `took longer than ${slow / 1_000} s`;
        kill(new AiwgError("timeout", `${shown} ${what}; nothing was written`, { hint: "Check the address and your network, then run it again." }));
      },
      Math.min(LOOK_MS, idleMs),
    );
    child.stdout.on("data", (chunk: Buffer) => {
      seen = performance.now();
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxOutput) kill(tooLarge(maxOutput));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      seen = performance.now();
      stderr = (stderr + text).slice(-MAX_STDERR);
    });
    const settle = (): void => {
      clearInterval(look);
      process.off("exit", endToo);
    };
    child.on("error", (error) => {
      settle();
      reject(
        new AiwgError("source_unusable", `${shown} needs ${program}, which cannot be started: ${error.message}`, { hint: `Install ${program}.`, cause: error }),
      );
    });
    child.on("close", (code) => {
      settle();
      if (ended) reject(ended);
      else resolve({ code, stdout: Buffer.concat(chunks), stderr });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}
