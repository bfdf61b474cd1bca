// A home, a repository with a failing test, and aiwg's own processes, all in one temporary folder.
// Must not know which coding agent is tried.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { waitFor } from "./tally.ts";

const root = join(import.meta.dirname, "..", "..");
const main = join(root, "src", "cli", "main.ts");

export type Sandbox = {
  readonly repo: string;
  /** Starts a long-running command of aiwg; its output goes to a log file in `dir`. */
  start(name: string, args: readonly string[]): ChildProcess;
  /** Runs a command of aiwg to its end, in the repository. */
  aiwg(args: readonly string[]): { readonly code: number; readonly stdout: string; readonly stderr: string };
  /** What git prints in the repository, or "" where it fails. */
  gitText(args: readonly string[]): string;
  /** What serve answers to a GET with the local token. */
  get(path: string): Promise<unknown>;
  /** Every event of a mission that has ended. */
  events(missionId: string): Promise<readonly { readonly event: string }[]>;
  /** Text of every log, for a failed assertion. */
  logs(): string;
  /** Logs and every file of aiwg's state, as one text. */
  everythingWritten(): string;
  close(): Promise<void>;
};

const FILES: Readonly<Record<string, string>> = {
  "sum.mjs": "export const sum = (a, b) => a - b;\n",
  "sum.test.mjs":
    'import assert from "node:assert/strict";\nimport test from "node:test";\nimport { sum } from "./sum.mjs";\n\ntest("2 and 3", () => assert.equal(sum(2, 3), 5));\n',
};

function runToEnd(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): { code: number; stdout: string; stderr: string } {
  try {
    const stdout = execFileSync(program, args, { cwd, env, encoding: "utf8", timeout: 60_000, stdio: ["ignore", "pipe", "pipe"] });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    const { status, stdout, stderr } = error as { status?: number | null; stdout?: string; stderr?: string };
    return { code: status ?? -1, stdout: stdout ?? "", stderr: stderr ?? "" };
  }
}

/** Makes the folder, the home and the repository. `extraEnv` reaches every process; `programs` is put first on PATH. */
export function createSandbox(programs: string, extraEnv: Readonly<Record<string, string>>): Sandbox {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-clients-")));
  const repo = join(dir, "repo");
  const home = join(dir, "home");
  mkdirSync(repo);
  mkdirSync(home);
  const path = [programs, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const env: NodeJS.ProcessEnv = { PATH: path, HOME: home, AIWG_HOME: join(home, "aiwg"), TMPDIR: dir, LANG: "C.UTF-8", NO_COLOR: "1", ...extraEnv };
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(repo, name), text);
  const git = (args: readonly string[]): string => execFileSync("git", args, { cwd: repo, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  git(["init", "-q", "-b", "main"]);
  git(["add", "."]);
  git(["-c", "user.name=Tester", "-c", "user.email=tester@localhost", "commit", "-qm", "A sum that is wrong"]);

  const children: ChildProcess[] = [];
  const logNames: string[] = [];
  const state = join(home, "aiwg", "state");
  const ask = (path: string): Promise<Response> => {
    const { url } = JSON.parse(readFileSync(join(state, "serve.json"), "utf8")) as { url: string };
    const authorization = `Bearer ${readFileSync(join(state, "token"), "utf8").trim()}`;
    return fetch(new URL(path, url), { headers: { authorization }, signal: AbortSignal.timeout(30_000) });
  };
  return {
    repo,
    gitText: (args) => runToEnd("git", args, repo, env).stdout,
    start(name, args) {
      const log = join(dir, `${name}.log`);
      logNames.push(log);
      const child = spawn("sh", ["-c", 'exec "$@" >>"$LOG" 2>&1', "sh", process.execPath, main, ...args], {
        cwd: repo,
        env: { ...env, LOG: log },
        stdio: "ignore",
      });
      children.push(child);
      return child;
    },
    aiwg: (args) => runToEnd(process.execPath, [main, ...args], repo, env),
    get: async (path) => (await ask(path)).json(),
    async events(missionId) {
      const response = await ask(`/api/v1/events?after=0&mission=${missionId}`);
      const found: { event: string }[] = [];
      let text = "";
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString("utf8");
        const parts = text.split("\n\n");
        text = parts.pop() ?? "";
        const data = parts.flatMap((part) => /^data: ?(.*)$/m.exec(part)?.[1] ?? []);
        found.push(...data.map((line) => JSON.parse(line) as { event: string }));
        if (found.some(({ event }) => /^mission\.(completed|failed|aborted)$/.test(event))) break;
      }
      return found;
    },
    everythingWritten: () =>
      [...logNames, ...globSync(`${state}/**/*`).filter((path) => statSync(path).isFile())].map((path) => readFileSync(path, "latin1")).join("\n"),
    logs: () => logNames.map((name) => `── ${name}\n${existsSync(name) ? readFileSync(name, "utf8") : ""}`).join("\n"),
    async close() {
      for (const child of children.toReversed()) {
        child.kill("SIGTERM");
        const ended = await waitFor(() => (child.exitCode !== null || child.signalCode !== null ? true : undefined), 15_000);
        if (ended === undefined) child.kill("SIGKILL");
      }
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Process ids (with command line) whose environment holds `marker`, read from the process table. */
export function processesWith(marker: string): string[] {
  if (process.platform !== "linux") {
    const table = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" });
    return table.split("\n").filter((line) => line.includes(marker) && !line.includes("ps -axEww"));
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const holds = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(marker);
        return holds ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()}`] : [];
      } catch {
        return [];
      }
    });
}
