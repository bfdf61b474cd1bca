// Runs git for ourselves: argv only, never asking, with everything off that a repository could make it execute.
// Must not know missions or workspaces.
import { execFile } from "node:child_process";
import { AiwgError, messageOf } from "../core/errors.ts";
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
const TIMEOUT_MS = 30 * 60_000;
const MAX_OUTPUT = 64 * 1024 * 1024;

export type Git = (cwd: string, args: readonly string[], input?: string) => Promise<string>;

/**
 * A git bound to an environment and a signal. Resolves with stdout; rejects with workspace_failed and git's own words.
 * With `cutAt` output beyond so many bytes is dropped; without it that much output is an error.
 */
export function createGit(env: Readonly<Record<string, string>>, signal?: AbortSignal, cutAt?: number): Git {
  return (cwd, args, input) =>
    new Promise((resolve, reject) => {
      const options = { cwd, env, maxBuffer: cutAt ?? MAX_OUTPUT, timeout: TIMEOUT_MS, ...(signal ? { signal } : {}) };
      const child = execFile("git", [...GLOBAL_ARGS, ...args], options, (error, stdout, stderr) => {
        if (!error || (cutAt !== undefined && error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")) return resolve(stdout);
        if (error.code === "ENOENT" && error.syscall?.startsWith("spawn")) return reject(new AiwgError("workspace_failed", MISSING, { cause: error }));
        const said = stderr
          .split("\n")
          .filter((line) => line.trim() !== "" && !line.startsWith("Cloning into"))
          .join(" ");
        const why = oneLine(said || error.message, 1_000);
        reject(new AiwgError("workspace_failed", `git ${args[0] ?? ""}: ${why}`, { cause: error }));
      });
      child.stdin?.on("error", () => {});
      child.stdin?.end(input ?? "");
    });
}

/** Why the git of this environment cannot be used, as a sentence; undefined if it can. */
export async function gitFault(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  let said: string;
  try {
    said = await createGit(env)("/", ["--version"]);
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
