// What a measurement leaves behind otherwise: folders and processes, each undone when its block ends and, should the
// benchmark be interrupted, when this process exits. Must not know what is measured.
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AiwgError } from "../src/core/errors.ts";

export type Program = {
  readonly child: ChildProcess;
  /** Its next line on stdout. Rejects when it ends first, with the end of what it said on stderr. */
  line(): Promise<string>;
};

export type Scratch = {
  /** A new empty folder. `open`: other users may pass through it. */
  folder(open?: boolean): string;
  /** Starts a program that is ended by `signal` when the block ends. */
  start(command: string, args: readonly string[], options?: SpawnOptions & { readonly endBy?: NodeJS.Signals }): Program;
};

const START_BOUND_MS = 60_000;
const END_BOUND_MS = 10_000;

function follow(child: ChildProcess, name: string): Program {
  const lines: string[] = [];
  let errors = "";
  let over: string | undefined;
  let wake = (): void => undefined;
  child.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2_000)));
  if (child.stdout) {
    createInterface({ input: child.stdout }).on("line", (text) => {
      lines.push(text);
      wake();
    });
  }
  child.once("error", (error) => {
    over = error.message;
    wake();
  });
  child.once("close", (code, signal) => {
    over ??= `it ended with ${code ?? signal}`;
    wake();
  });
  return {
    child,
    async line() {
      const end = performance.now() + START_BOUND_MS;
      for (;;) {
        const text = lines.shift();
        if (text !== undefined) return text;
        if (over !== undefined) throw new AiwgError("unreachable", `${name}: ${over}; ${errors.trim().split("\n").slice(-3).join(" / ")}`);
        const left = end - performance.now();
        if (left <= 0) throw new AiwgError("timeout", `${name} said nothing for ${START_BOUND_MS / 1_000} s`);
        const timer = Promise.withResolvers<void>();
        const cancel = setTimeout(timer.resolve, left);
        wake = timer.resolve;
        await timer.promise;
        clearTimeout(cancel);
      }
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), END_BOUND_MS);
  await gone;
  clearTimeout(timer);
}

/** Runs `work` and undoes, newest first, what it started and made. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const undo: (() => Promise<void> | void)[] = [];
  const now: (() => void)[] = [];
  const onExit = (): void => {
    for (const step of now.toReversed()) step();
  };
  process.once("exit", onExit);
  try {
    return await work({
      folder(open = false) {
        const path = mkdtempSync(join(tmpdir(), "aiwg-bench-"));
        if (open) chmodSync(path, 0o755);
        const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
        undo.push(remove);
        now.push(remove);
        return path;
      },
      start(command, args, { endBy = "SIGTERM", ...options } = {}) {
        const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
        undo.push(() => end(child, endBy));
        now.push(() => void child.kill("SIGKILL"));
        return follow(child, [command, ...args].join(" ").slice(0, 200));
      },
    });
  } finally {
    for (const step of undo.toReversed()) await step();
    process.off("exit", onExit);
  }
}

/** Most memory that a process ever had resident, in MB; undefined where the system does not say. */
export function peakRssMb(pid: number | undefined): number | undefined {
  try {
    const kb = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}

/** Processor time of a process so far, in ms (to 10 ms); undefined where the system does not say. */
export function cpuMs(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}
