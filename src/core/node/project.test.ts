import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { invariant } from "../errors.ts";
import { type Repository, countDirtyPaths, findProject, findRepository, namedRepository, resolveCommit } from "./project.ts";

let dir = "";
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), "aiwg-")));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

function makeRepo(path: string): string {
  mkdirSync(path, { recursive: true });
  git(path, "init", "-q");
  writeFileSync(join(path, "a.txt"), "a\n");
  git(path, "add", "a.txt");
  git(path, "commit", "-qm", "first");
  return path;
}

async function repositoryAt(path: string): Promise<Repository> {
  const repository = await findRepository(path);
  invariant(repository, "a repository");
  return repository;
}

test("a folder without marks is its own project, by its real path", async () => {
  mkdirSync(join(dir, "plain"));
  symlinkSync(join(dir, "plain"), join(dir, "link"));
  expect(await findProject(join(dir, "link"))).toEqual({ root: join(dir, "plain"), id: join(dir, "plain"), name: "plain" });
});

test("a nearer .aiwg folder is the root, the git common dir stays the identity, and worktrees share it", async () => {
  const repo = makeRepo(join(dir, "repo"));
  mkdirSync(join(repo, "pkg", ".aiwg"), { recursive: true });
  mkdirSync(join(repo, "pkg", "src"));
  git(repo, "worktree", "add", "-q", join(dir, "tree"));
  expect(await findProject(join(repo, "pkg", "src"))).toEqual({ root: join(repo, "pkg"), id: join(repo, ".git"), name: "repo" });
  expect(await findProject(join(dir, "tree"))).toEqual({ root: join(dir, "tree"), id: join(repo, ".git"), name: "repo" });
});

test("a path too long for an id becomes a hash that stays the same", async () => {
  const long = join(dir, "x".repeat(120), "y".repeat(120), "z".repeat(120));
  mkdirSync(long, { recursive: true });
  const project = await findProject(long);
  expect(project.id).toMatch(/^path-[0-9a-f]{64}$/);
  expect(await findProject(long)).toEqual(project);
});

test("HEAD and refs resolve to commits; an unknown ref and an empty repository are refused with what to do", async () => {
  const repository = await repositoryAt(makeRepo(join(dir, "repo")));
  const head = git(repository.top, "rev-parse", "HEAD");
  expect(await resolveCommit(repository)).toBe(head);
  expect(await resolveCommit(repository, "main")).toBe(head);
  await expect(resolveCommit(repository, "nope")).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("--base") });
  await expect(resolveCommit(repository, "--output=x")).rejects.toMatchObject({ code: "usage" });
  mkdirSync(join(dir, "empty"));
  git(join(dir, "empty"), "init", "-q");
  const empty = await repositoryAt(join(dir, "empty"));
  await expect(resolveCommit(empty)).rejects.toMatchObject({ code: "repo_unusable", hint: expect.stringContaining("--no-repo") });
});

test("looking for changes counts edited and new files and runs no program of the repository", async () => {
  const repo = makeRepo(join(dir, "repo"));
  const repository = await repositoryAt(repo);
  expect(await countDirtyPaths(repository)).toBe(0);
  git(repo, "config", "core.fsmonitor", `touch ${join(dir, "ran")}; false`);
  writeFileSync(join(repo, "a.txt"), "b\n");
  writeFileSync(join(repo, "new name.txt"), "n\n");
  expect(await countDirtyPaths(repository)).toBe(2);
  await expect(namedRepository(join(dir, "ran"), dir, "--repo")).rejects.toMatchObject({ code: "usage" });
});

test("a bare repository is usable and never dirty", async () => {
  const repo = makeRepo(join(dir, "repo"));
  git(dir, "clone", "-q", "--bare", repo, "copy.git");
  const bare = await namedRepository("copy.git", dir, "--repo");
  expect(bare).toMatchObject({ bare: true, top: join(dir, "copy.git") });
  expect(await countDirtyPaths(bare)).toBe(0);
  expect((await findProject(bare.top)).name).toBe(basename("copy"));
});
