// The demo's stage: a temporary project and home, and real child processes of this CLI in them. Ends only processes that it
// started, by their handles. Must not know the missions.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AiwgError, messageOf } from "../../core/errors.ts";
import { parseJson } from "../../core/json.ts";
import { entryPath } from "../../core/node/entry.ts";
import type { Env } from "../../core/node/paths.ts";
import { oneLine } from "../../core/text.ts";

export type Child = { readonly name: string; readonly process: ChildProcess };
export type Stage = {
  readonly folder: string;
  readonly home: string;
  readonly project: string;
  /** A command of this CLI that ends by itself; gives the `data` of its --json. */
  command(args: readonly string[]): Promise<unknown>;
  /** A command that keeps running; resolves with its first line of --json once it is ready. */
  start(name: string, args: readonly string[]): Promise<Child & { readonly data: unknown }>;
  /** Rejects when serve or the bridge ends although nobody asked it to. */
  readonly broken: Promise<never>;
  /** SIGKILL, as a crash would be. */
  kill(child: Child): Promise<void>;
  git(...args: string[]): Promise<string>;
  /** Ends what still runs, last first; removes the folder unless it is to be kept. */
  strike(keep: boolean): Promise<void>;
};

const READY_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 15_000;
const IDENTITY = ["-c", "user.name=aiwg demo", "-c", "user.email=demo@aiwg.invalid", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"];

const FILES: Readonly<Record<string, string>> = {
  "README.md": "# A tiny project\n\nIts test wants a greeting.\n",
  "greeting.txt": "Hi\n",
  "test.sh":
    "# The greeting must be the one that everybody knows.\ngrep -qx 'Hello, world' greeting.txt || { echo \"expected 'Hello, world', got '$(cat greeting.txt)'\"; exit 1; }\n",
};

const gone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function endWithin(child: ChildProcess, ms: number): Promise<boolean> {
  if (gone(child)) return true;
  const giveUp = AbortSignal.timeout(ms);
  await once(child, "exit", { signal: giveUp }).catch(() => undefined);
  return gone(child);
}

// Nothing of the person's own set-up reaches the demo: no other serve, no token, no config.
function childEnv(env: Env, home: string): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !name.startsWith("AIWG_") && !name.startsWith("GIT_"));
  return { ...Object.fromEntries(own), AIWG_HOME: home, NO_COLOR: "1" };
}

function dataOf(text: string): unknown {
  const value = parseJson(text)?.value;
  return typeof value === "object" && value !== null && "data" in value ? value.data : undefined;
}

async function makeProject(project: string, env: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(project);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text);
  const git = async (...args: string[]): Promise<void> => void (await promisify(execFile)("git", [...IDENTITY, ...args], { cwd: project, env }));
  try {
    await git("-c", "init.defaultBranch=main", "init", "-q");
    await git("add", "--all");
    await git("commit", "-q", "-m", "A tiny project with a test");
  } catch (error) {
    throw new AiwgError("repo_unusable", `the demo needs git, which said: ${oneLine(messageOf(error), 300)}`, {
      hint: "Install git, then run aiwg demo again.",
      cause: error,
    });
  }
}

/** Builds the stage. Throws `repo_unusable` where git does not work. */
export async function buildStage(env: Env): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-demo-")));
  const [home, project] = [join(folder, "home"), join(folder, "project")];
  const own = childEnv(env, home);
  const children: Child[] = [];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined);
  let striking = false;
  try {
    mkdirSync(home, { mode: 0o700 });
    await makeProject(project, own);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }

  // In groups of their own: Ctrl-C at the terminal reaches the demo alone, which then stops them in order.
  const run = (args: readonly string[], stderr: "pipe" | number): ChildProcess =>
    spawn(process.execPath, [entryPath("main"), ...args, "--json"], { cwd: project, env: own, stdio: ["ignore", "pipe", stderr], detached: true });

  return {
    folder,
    home,
    project,
    broken: broken.promise,
    async command(args) {
      const child = run(args, "pipe");
      let out = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr?.resume();
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0) throw new AiwgError("internal", `aiwg ${args.slice(0, 2).join(" ")} ended with ${code}: ${oneLine(out, 300)}`);
      return dataOf(out);
    },
    async start(name, args) {
      const log = openSync(join(folder, `${name}.log`), "a");
      const process_ = run(args, log);
      closeSync(log);
      const child = { name, process: process_ };
      children.push(child);
      const ready = Promise.withResolvers<string>();
      let out = "";
      process_.stdout?.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        if (out.includes("\n")) ready.resolve(out);
      });
      process_.once("exit", (code, signal) => {
        ready.resolve(out);
        // Executors may be lost: that is part of the show.
        if (!striking && !name.startsWith("executor")) broken.reject(new AiwgError("internal", `${name} ended by itself (${signal ?? code})`));
      });
      const timer = setTimeout(() => ready.resolve(out), READY_WITHIN_MS);
      const line = await ready.promise;
      clearTimeout(timer);
      const data = dataOf(line);
      if (data === undefined)
        throw new AiwgError("internal", `${name} did not start: ${oneLine(line || readFileSync(join(folder, `${name}.log`), "utf8"), 400)}`);
      return { ...child, data };
    },
    async kill({ process: child }) {
      child.kill("SIGKILL");
      await endWithin(child, STOP_WITHIN_MS);
    },
    git: async (...args) => (await promisify(execFile)("git", args, { cwd: project, env: own, maxBuffer: 1024 * 1024 })).stdout.trim(),
    async strike(keep) {
      striking = true;
      // Executors first, so that they can still tell serve.
      for (const { process: child } of children.toReversed()) {
        if (gone(child)) continue;
        child.kill("SIGTERM");
        if (!(await endWithin(child, STOP_WITHIN_MS))) {
          child.kill("SIGKILL");
          await endWithin(child, STOP_WITHIN_MS);
        }
      }
      if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
