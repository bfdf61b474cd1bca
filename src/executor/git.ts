// Runs git for ourselves: argv only, never asking, bounded, with everything off that a repository could make it execute.
// Must not know missions or workspaces.
import { spawn } from "node:child_process";
import { AiwgError, messageOf } from "../core/errors.ts";
import { signal as sendSignal } from "../core/node/processes.ts";
import { oneLine } from "../core/text.ts";

// Each would run a program or change files by itself. On the command line they win over every config file.
const SAFE = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "commit.gpgSign": "false",
  "tag.gpgSign": "false",
  "submodule.recurse": "false",
  "fetch.recurseSubmodules": "false",
  "protocol.ext.allow": "never",
  "advice.detachedHead": "false",
} as const;

/** Who commits results: ours alone, given on the command line. */
const IDENTITY = { "user.name": "aiwg", "user.email": "aiwg@localhost" } as const;

const GLOBAL_ARGS = Object.entries({ ...SAFE, ...IDENTITY }).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
const OLDEST = { major: 2, minor: 38 } as const;
const MISSING = `git was not found on PATH: workspaces need git ${OLDEST.major}.${OLDEST.minor} or newer`;
const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_ERRORS = 64 * 1024;
/** For cloning from elsewhere. */
const REMOTE_MS = 30 * 60_000;
/** For everything that happens on this host once an agent had its hands on the files. */
export const LOCAL_MS = 60_000;

export type GitOptions = {
  /** Ends the command. */
  readonly signal?: AbortSignal | undefined;
  /** Drops output beyond so many bytes; without it that much output is an error. */
  readonly cutAt?: number;
  readonly timeoutMs?: number;
  /** Exit codes that are an answer, not a failure. */
  readonly codes?: readonly number[];
  /** latin1: one character per byte, for paths that need not be UTF-8. Default utf8. */
  readonly encoding?: "latin1";
};

export type Git = (cwd: string, args: readonly string[], input?: string) => Promise<string>;

function whyOf(stderr: string, otherwise: string): string {
  const said = stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("Cloning into"))
    .join(" ");
  return oneLine(said || otherwise, 1_000);
}

/**
 * A git bound to an environment. Resolves with stdout; rejects with workspace_failed and git's own words. A command that is
 * too slow, or whose signal fires, is killed with all it started.
 */
export function createGit(env: Readonly<Record<string, string>>, options: GitOptions = {}): Git {
  const { signal, cutAt, timeoutMs = REMOTE_MS, codes = [0], encoding = "utf8" } = options;
  return (cwd, args, input) =>
    new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void => reject(new AiwgError("workspace_failed", `git ${args[0] ?? ""}: ${why}`, { cause }));
      if (signal?.aborted === true) return fail("the run was ended");
      // In a group of its own: what it starts (upload-pack, ssh, filters) ends with it.
      const child = spawn("git", [...GLOBAL_ARGS, ...args], { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
      const chunks: Buffer[] = [];
      let size = 0;
      let stderr = "";
      let ended: string | undefined;
      const kill = (why: string): void => {
        ended ??= why;
        if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
        // Whoever else holds the pipes is not waited for.
        child.stdout.destroy();
        child.stderr.destroy();
      };
      const onAbort = (): void => kill("the run was ended");
      const timer = setTimeout(() => kill(`it took longer than ${timeoutMs / 1_000} s`), timeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      child.stdout.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > (cutAt ?? MAX_OUTPUT)) kill(cutAt === undefined ? "it said too much" : "");
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        if (stderr.length < MAX_ERRORS) stderr += text;
      });
      child.on("error", (error: NodeJS.ErrnoException) => {
        settle();
        if (error.code === "ENOENT") return reject(new AiwgError("workspace_failed", MISSING, { cause: error }));
        fail(whyOf("", error.message), error);
      });
      child.on("close", (code) => {
        settle();
        if (ended !== undefined && ended !== "") return fail(ended);
        if (ended === undefined && !codes.includes(code ?? -1)) return fail(whyOf(stderr, `it ended with ${code ?? "a signal"}`));
        resolve(
          Buffer.concat(chunks)
            .subarray(0, cutAt ?? size)
            .toString(encoding),
        );
      });
      child.stdin.on("error", () => {});
      child.stdin.end(Buffer.from(input ?? "", encoding));
    });
}

/** Why the git of this environment cannot be used, as a sentence; undefined if it can. */
export async function gitFault(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  let said: string;
  try {
    said = await createGit(env, { timeoutMs: LOCAL_MS })("/", ["--version"]);
  } catch (error) {
    return messageOf(error);
  }
  const [version, major, minor] = /(\d+)\.(\d+)[.\w]*/.exec(said) ?? [oneLine(said, 60), "0", "0"];
  const isOld = Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor) < OLDEST.minor);
  return isOld ? `git ${version} is too old: workspaces need git ${OLDEST.major}.${OLDEST.minor} or newer` : undefined;
}

/** The trimmed stdout, or undefined if git refused. */
export async function gitOr(git: Git, cwd: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await git(cwd, args)).trim();
  } catch {
    return undefined;
  }
}
