// One commit of a git repository as entries: a shallow fetch of one ref with the user's own credentials, then the objects themselves
// are read. There is never a work tree, so no hook, filter, attribute, submodule or link of the repository acts.
import { mkdirSync } from "node:fs";
import { AiwgError } from "../../core/errors.ts";
import type { Env } from "../../core/node/paths.ts";
import { oneLine } from "../../core/text.ts";
import { type Entries, newEntries } from "./entries.ts";
import type { FetchLimits } from "./limits.ts";
import { type Ran, runProgram } from "./program.ts";
import { COMMIT, type GitSpec } from "./spec.ts";

const SETTINGS = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "gc.auto": "0",
  "maintenance.auto": "false",
  "submodule.recurse": "false",
  "fetch.recurseSubmodules": "false",
  "fetch.writeCommitGraph": "false",
  "http.followRedirects": "initial",
  // A redirect cannot lead to another scheme, whatever a server answers; that the user's own configuration makes ssh of https is common.
  "protocol.allow": "never",
  "protocol.https.allow": "always",
  "protocol.ssh.allow": "always",
} as const;

// What a hook or script around us may have set, and what would bring files of its own.
const REDIRECTING = [
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"],
  ...["GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_CONFIG", "GIT_TEMPLATE_DIR", "GIT_REPLACE_REF_BASE"],
];

type Place = {
  readonly spec: GitSpec;
  readonly shown: string;
  readonly folder: string;
  readonly env: Env;
  readonly limits: FetchLimits;
  readonly told: (bytes: number) => void;
};

function git(
  { spec, shown, folder, env, limits, told }: Place,
  args: readonly string[],
  more: { readonly input?: string; readonly maxOutput?: number } = {},
): Promise<Ran> {
  const local = spec.url.startsWith("file:") && { "protocol.file.allow": "always" };
  const settings = Object.entries({ ...SETTINGS, ...local }).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !REDIRECTING.includes(name)));
  return runProgram({
    program: "git",
    args: [...settings, ...args],
    cwd: folder,
    env: { ...clean, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_NO_REPLACE_OBJECTS: "1", GIT_DIR: folder },
    shown,
    maxOutput: limits.packedBytes,
    idleMs: limits.idleMs,
    totalMs: limits.totalMs,
    grows: { folder, maxBytes: limits.contentBytes },
    told,
    ...more,
  });
}

// What git said in earnest; progress is not, and servers send banners before.
function wordsOf(stderr: string): string {
  const lines = stderr
    .replaceAll("\u001b[K", "")
    .split(/[\r\n]/)
    .filter((line) => line.trim() !== "" && !/%|^(?:remote: )?(?:Enumerating|Counting|Compressing|Total|Receiving|Resolving|Unpacking)\b/.test(line));
  return oneLine(lines.filter((line) => /^(?:fatal|error|ERROR|remote|ssh)\b/.test(line)).join(" ") || (lines.at(-1) ?? "it said nothing"), 400);
}

const CAUSES: readonly (readonly [pattern: RegExp, code: "forbidden" | "not_found" | "unreachable" | "source_unusable", hint: string])[] = [
  [
    /couldn't find remote ref|not our ref|no such remote ref|unadvertised object/i,
    "not_found",
    "Check the branch, tag or commit after the #, and that a git repository is there.",
  ],
  [
    /could not read (?:Username|Password)|Authentication failed|Permission denied|access denied|HTTP 40[13]|error: 40[13]|Host key verification/i,
    "forbidden",
    "It is private, or not there. Log in with git's own credential helper or ssh until git clone works, then run it again.",
  ],
  [/not valid: is this a git repository/i, "source_unusable", "Something else than a git server answered. Check the address of the repository."],
  [/not found|does not exist|does not appear to be a git repository|no such file/i, "not_found", "Check the address of the repository."],
  [
    /transport '[^']*' not allowed|protocol '[^']*' is not/i,
    "source_unusable",
    "It redirects to another scheme, which is not followed. Name its real address.",
  ],
];

function faultOf({ shown }: Place, { stderr }: Ran): AiwgError {
  const [, code, hint] = CAUSES.find(([pattern]) => pattern.test(stderr)) ?? [null, "unreachable", "Check the address and your network, then run it again."];
  return new AiwgError(code, `${shown} cannot be fetched: ${wordsOf(stderr)}`, { hint: `${hint} Nothing was written.` });
}

async function done(place: Place, running: Promise<Ran>): Promise<Buffer> {
  const ran = await running;
  if (ran.code !== 0) throw faultOf(place, ran);
  return ran.stdout;
}

/** What the ref of a repository names now, in the repository's own words; undefined where that cannot be told. */
async function standsAt(place: Place): Promise<string | undefined> {
  const ref = place.spec.ref ?? "HEAD";
  const { code, stdout } = await git(place, ["ls-remote", "--", place.spec.url, ref, `${ref}^{}`]);
  const lines = code === 0 ? stdout.toString().trim().split("\n") : [];
  return (lines.find((line) => line.endsWith("^{}")) ?? lines[0])?.split("\t")[0];
}

async function fetchCommit(place: Place, wanted: string): Promise<string> {
  mkdirSync(place.folder, { recursive: true });
  await done(place, git(place, ["init", "--bare", "--quiet", "--template=", "."]));
  await done(place, git(place, ["fetch", "--depth=1", "--no-tags", "--no-recurse-submodules", "--progress", "--", place.spec.url, wanted]));
  const commit = await done(place, git(place, ["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"]));
  return commit.toString().trim();
}

type Blob = { readonly path: string; readonly id: string; readonly mode: string; readonly bytes: number };

async function listed(place: Place, commit: string): Promise<readonly Blob[]> {
  const { spec, shown } = place;
  const ran = await git(place, ["ls-tree", "-r", "-z", "-l", "--full-tree", spec.sub === "" ? commit : `${commit}:${spec.sub}`]);
  if (ran.code !== 0)
    throw new AiwgError("not_found", `${shown}: there is no folder "${oneLine(spec.sub, 120)}" in ${commit.slice(0, 12)}`, { hint: "Check the folder." });
  return ran.stdout
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, mode = "", type, id = "", bytes = "0", path = ""] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t([^]*)$/.exec(line) ?? [];
      // A submodule is a commit of some other repository.
      return type === "blob" ? [{ path, id, mode, bytes: Number(bytes) }] : [];
    });
}

async function readTree(place: Place, commit: string): Promise<Entries> {
  const { shown, limits } = place;
  const entries = newEntries(shown, limits);
  const blobs = await listed(place, commit);
  for (const { path, bytes } of blobs) entries.admit(path, bytes);
  const wanted = blobs.filter(({ bytes }) => bytes <= limits.fileBytes);
  const input = wanted.map(({ id }) => `${id}\n`).join("");
  const maxOutput = limits.contentBytes + wanted.length * 128;
  const contents = await done(place, git(place, ["cat-file", "--batch"], { input, maxOutput }));
  let at = 0;
  for (const { path, id, mode, bytes } of blobs) {
    if (bytes > limits.fileBytes) {
      entries.put(path, { type: "file", bytes: null, executable: false });
      continue;
    }
    const start = contents.indexOf(10, at) + 1;
    if (contents.toString("latin1", at, start) !== `${id} blob ${bytes}\n`)
      throw new AiwgError("source_unusable", `${shown}: the object of "${oneLine(path)}" is missing`);
    const content = contents.subarray(start, start + bytes);
    at = start + bytes + 1;
    entries.put(path, mode === "120000" ? { type: "link", target: content.toString() } : { type: "file", bytes: content, executable: mode === "100755" });
  }
  return entries;
}

/**
 * The commit that the ref names now, or `wanted`, and what is in it. `folder` is scratch space. Throws `state_conflict` where the
 * repository no longer has `wanted`; `unreachable`, `timeout`, `forbidden`, `not_found`, `too_large`, `source_unusable`, `path_escape`.
 */
export async function fetchGit(place: Place, wanted: string | null): Promise<{ readonly rev: string; readonly read: () => Promise<Entries> }> {
  const { spec, shown } = place;
  let rev: string;
  try {
    rev = await fetchCommit(place, wanted ?? spec.ref ?? "HEAD");
  } catch (error) {
    const isGone = wanted !== null && error instanceof AiwgError && error.code === "not_found";
    const now = isGone && spec.ref !== wanted ? await standsAt(place) : undefined;
    if (now === undefined) throw error;
    throw new AiwgError("state_conflict", `${shown} is pinned at commit ${wanted}, which is gone; ${spec.ref ?? "HEAD"} is ${now} now; nothing was written`, {
      hint: "Take the new one with aiwg update, once you have looked at it.",
      cause: error,
    });
  }
  if (wanted !== null && COMMIT.test(wanted) && rev !== wanted)
    throw new AiwgError("state_conflict", `${shown} gave commit ${rev} for ${wanted}; nothing was written`);
  return { rev, read: () => readTree(place, rev) };
}
