// Which repository a new mission works on: the one around here or the one named, its base pinned to a commit now.
// Must not know the queue.
import { AiwgError } from "../core/errors.ts";
import { hostId } from "../core/node/host-id.ts";
import { type Repository, countDirtyPaths, findRepository, namedRepository, resolveCommit } from "../core/node/project.ts";
import type { WorkspaceSpec } from "../mission/wire/dispatch.ts";
import type { MissionFlags } from "./mission-flags.ts";

const URL_LIKE = /^(?:[a-z][a-z0-9+.-]*:\/\/|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:)/i;
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export type Filled = { readonly workspace: WorkspaceSpec | undefined; /** What a person should know, for stderr. */ readonly notes: readonly string[] };

function remote(url: string, base: string | undefined): Filled {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/@]*:[^/@]*@/i.test(url)) {
    throw new AiwgError("usage", "--repo: the URL holds a password", { hint: "Keep credentials in git's credential store; the queue is no place for them." });
  }
  if (base !== undefined && !COMMIT.test(base)) {
    throw new AiwgError("usage", `--base: with a URL it must be a full commit id, not "${base}"`, { hint: "Ask the remote: git ls-remote URL REF." });
  }
  return { workspace: { repo: { url }, ...(base === undefined ? {} : { base }) }, notes: [] };
}

/** Throws `usage` for a path with a line end or another control character: git and what reads its lines would take it for another path. */
export function refuseOddPath(path: string, what: string): void {
  if (!/[\u0000-\u001f\u007f]/.test(path)) return;
  throw new AiwgError(
    "usage",
    `${what}: the path ${JSON.stringify(path)} contains a line end or another control character, so no mission can be queued for it`,
    {
      hint: "Rename the folder.",
    },
  );
}

async function local(repository: Repository, base: string | undefined): Promise<Filled> {
  refuseOddPath(repository.top, "repository");
  const commit = await resolveCommit(repository, base);
  const dirty = await countDirtyPaths(repository);
  const notes =
    dirty === 0
      ? []
      : [`${dirty} uncommitted ${dirty === 1 ? "path" : "paths"} in ${repository.top} will not be seen: the work starts from commit ${commit.slice(0, 12)}`];
  return { workspace: { repo: { path: repository.top, host_id: hostId() }, base: commit }, notes };
}

/** The workspace of a mission queued from `cwd`. Throws `usage` or `repo_unusable`. */
export async function fillWorkspace(flags: Pick<MissionFlags, "repo" | "noRepo" | "base">, cwd: string): Promise<Filled> {
  const { repo, noRepo, base } = flags;
  refuseOddPath(cwd, "project");
  if (repo !== undefined) refuseOddPath(repo, "--repo");
  if (noRepo) {
    const clash = repo !== undefined ? "--repo" : base !== undefined ? "--base" : undefined;
    if (clash) throw new AiwgError("usage", `--no-repo and ${clash} exclude each other`);
    return { workspace: undefined, notes: [] };
  }
  if (repo !== undefined) return URL_LIKE.test(repo) ? remote(repo, base) : local(await namedRepository(repo, cwd, "--repo"), base);
  const around = await findRepository(cwd);
  if (around) return local(around, base);
  if (base !== undefined) throw new AiwgError("usage", "--base: there is no repository around this folder", { hint: "Name one with --repo." });
  return { workspace: undefined, notes: [] };
}
