// The command line under test: in this process with its own streams, or as a real child process. Must not know any command.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "../../src/cli/run-cli.ts";

export const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export type Ran = { readonly code: number | null; readonly signal?: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string };
export type Env = Readonly<Record<string, string>>;

/** A home and a working folder of their own. */
export function makePlace(): { readonly dir: string; readonly home: string; readonly work: string; remove(): void } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-cli-")));
  const [home, work] = [join(dir, "home"), join(dir, "work")];
  for (const folder of [home, work]) mkdirSync(folder, { mode: 0o700 });
  return { dir, home, work, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs a command line in this process; stdout and stderr are pipes, not terminals. */
export async function aiwg(place: { readonly home: string; readonly work: string }, args: readonly string[], env: Env = {}): Promise<Ran> {
  let [stdout, stderr] = ["", ""];
  const code = await runCli(args, {
    env: { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home, ...env },
    cwd: () => place.work,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdinTty: false,
    signals: { take: () => () => undefined },
  });
  return { code, stdout, stderr };
}

/** Runs a command line as a process of its own, to its end. */
export async function spawnAiwg(place: { readonly home: string; readonly work: string }, args: readonly string[], env: Env = {}): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: place.work,
    env: { PATH: process.env["PATH"], HOME: place.home, AIWG_HOME: place.home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/** The one object that --json printed; fails if it printed anything else. */
export function jsonOf(ran: Ran): {
  readonly schema?: string;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string; readonly errors?: readonly unknown[] };
} {
  if (!/^[^\n]+\n$/.test(ran.stdout)) throw new Error(`not exactly one line: ${ran.stdout}\n${ran.stderr}`);
  return JSON.parse(ran.stdout) as never;
}

/** Runs git with an identity. */
export function git(cwd: string, ...args: string[]): string {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@t.invalid", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...identity, ...args], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

/** A repository with one commit; answers with its id. */
export function makeRepo(folder: string): string {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "-q");
  writeFileSync(join(folder, "a.txt"), "a\n");
  git(folder, "add", "a.txt");
  git(folder, "commit", "-qm", "first");
  return git(folder, "rev-parse", "HEAD");
}
