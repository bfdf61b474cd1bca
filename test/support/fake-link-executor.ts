// Starts an executor against a fake link: inside the test, or as a process of its own that can be killed. For tests only.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { silentLog } from "../../src/core/node/log.ts";
import type { Target } from "../../src/core/target.ts";
import { systemClock } from "../../src/core/time.ts";
import type { AgentRow } from "../../src/executor/agents/agent.ts";
import { agentRows } from "../../src/executor/agents/kinds.ts";
import { type Executor, type ExecutorOptions, startExecutor } from "../../src/executor/runtime.ts";
import { type FakeLink, type FakeLinkOptions, startFakeLink } from "./fake-link.ts";

export const HOST = "h-0123456789abcdef";
export type Bench = Awaited<ReturnType<typeof openBench>>;

export type BenchOptions = FakeLinkOptions & {
  readonly slots?: number;
  readonly agents?: Readonly<Record<string, AgentRow>>;
  readonly repoRoots?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export function executorOptions(folder: string, options: BenchOptions): Omit<ExecutorOptions, "target"> {
  return {
    executorId: "e-1",
    name: "one",
    version: "0.0.0",
    slots: options.slots ?? 4,
    agents: agentRows(options.agents),
    repoRoots: options.repoRoots ?? [],
    dirs: { executor: join(folder, "executor"), workspaces: join(folder, "workspaces"), consent: join(folder, "consent.json") },
    hostId: HOST,
    secretsFile: join(folder, "secrets.env"),
    clock: systemClock,
    log: silentLog,
    env: { ...process.env, ...options.env },
  };
}

/** A folder, a link and helpers; nothing runs yet. */
export async function openBench(options: BenchOptions = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-")));
  const link: FakeLink = await startFakeLink(options);
  const executors: Executor[] = [];
  const children: ChildProcess[] = [];
  return {
    folder,
    link,
    start(more: Partial<ExecutorOptions> = {}): Executor {
      const executor = startExecutor({ ...executorOptions(folder, options), target: link.target, ...more });
      executors.push(executor);
      return executor;
    },
    /** The same executor as a process of its own, for the fake link or another serve. */
    spawn(target: Target = { url: link.url, token: link.adminToken }): ChildProcess {
      const main = join(import.meta.dirname, "fake-link-executor-main.ts");
      const { slots, agents, repoRoots } = options;
      const settings = JSON.stringify({ folder, ...target, options: { slots, agents, repoRoots } });
      const child = spawn(process.execPath, [main], {
        env: { ...process.env, ...options.env, EXECUTOR_SETTINGS: settings },
        stdio: ["ignore", "inherit", "inherit"],
      });
      children.push(child);
      return child;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill("SIGCONT");
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      for (const executor of executors) await executor.stop();
      await link.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** git in a folder, as a test's user. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** A repository with one commit; returns its path. */
export function makeRepo(folder: string, name = "repo"): string {
  const path = join(folder, name);
  execFileSync("git", ["init", "-q", "-b", "main", path]);
  writeFileSync(join(path, "README.md"), "hello\n");
  git(path, "add", "-A");
  git(path, "commit", "-q", "-m", "first");
  return path;
}

/** Dispatch member for a repository on the bench's host. */
export const repoAt = (path: string): { readonly repo: { readonly path: string; readonly host_id: string } } => ({ repo: { path, host_id: HOST } });

/** Pids of live processes with an entry of their environment that begins with `entry` (Linux; elsewhere whatever ps shows). */
export function processesWith(entry: string): number[] {
  if (process.platform !== "linux") {
    const text = execFileSync("ps", ["-axwwE", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    return text.split("\n").flatMap((line) => (line.includes(` ${entry}`) ? [Number.parseInt(line, 10)] : []));
  }
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // A zombie's environment is empty.
      const isMarked = readFileSync(`/proc/${name}/environ`, "latin1")
        .split("\0")
        .some((own) => own.startsWith(entry));
      return isMarked ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
