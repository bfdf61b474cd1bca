// git repositories from elsewhere, hostile ones too: only files are taken, nothing of them runs, the lock's commit is what is used.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { artifactId, diagnosticText } from "../../src/context/model.ts";
import { cached, fetchFrom, git, type Ground, newGround, newRepo, SKILL, type TreeFile } from "./elsewhere.ts";
import { gitBackend, serveHttps, TRUSTING } from "./git-server.ts";

const RULE: TreeFile = { path: "rules/r.md", text: "Be nice.\n" };
const SKILL_FILE: TreeFile = { path: "skills/a/SKILL.md", text: SKILL };

test("a branch, a tag, an annotated tag, a commit, and nothing at all name a commit", async () => {
  const ground = newGround();
  const { url, folder, commit } = newRepo(ground);
  const first = commit([RULE]);
  git(folder, ["tag", "light"]);
  git(folder, ["tag", "-a", "v1", "-m", "one"]);
  const second = commit([RULE, SKILL_FILE]);
  const cases = { "": second, "#main": second, "#refs/heads/main": second, "#light": first, "#v1": first, [`#${first}`]: first };
  for (const [ref, rev] of Object.entries(cases)) {
    const fetched = await fetchFrom(ground, `${url}${ref}`);
    expect([ref, fetched.rev, fetched.bundle.name]).toEqual([ref, rev, "team"]);
    expect(fetched.bundle.artifacts.map(artifactId)).toEqual(rev === first ? ["rule/r"] : ["rule/r", "skill/a"]);
  }
  expect(cached(ground)).toHaveLength(2);
});

test("what is not there is said", async () => {
  const ground = newGround();
  const { url, commit } = newRepo(ground);
  await expect(fetchFrom(ground, url)).rejects.toMatchObject({ code: "not_found" });
  commit([RULE]);
  await expect(fetchFrom(ground, `${url}#v9`)).rejects.toMatchObject({ code: "not_found", hint: expect.stringContaining("after the #") });
  await expect(fetchFrom(ground, `${url}x`)).rejects.toMatchObject({ code: "not_found", hint: expect.stringContaining("address of the repository") });
  await expect(fetchFrom(ground, `${url}#${"0".repeat(39)}1`)).rejects.toMatchObject({ code: "not_found" });
  await expect(fetchFrom(ground, url, { env: { PATH: ground.outside } })).rejects.toMatchObject({ code: "source_unusable", hint: "Install git." });
  expect(cached(ground)).toEqual([]);
});

test("owner/repo is GitHub over https, its folder the bundle, and the user's own git config holds", async () => {
  const ground = newGround();
  const { folder, commit } = newRepo(ground, "context");
  commit([{ path: "packs/web/rules/r.md", text: "x\n" }, RULE, { path: "packs/one/SKILL.md", text: SKILL.replace("name: a", "name: one") }]);
  writeFileSync(join(ground.home, ".gitconfig"), `[url "file://${folder}"]\n\tinsteadOf = https://github.com/acme/context.git\n`);
  // A mirror on the disk is the user's own word, which git hears by this variable.
  const env = { GIT_ALLOW_PROTOCOL: "file" };
  const all = await fetchFrom(ground, "acme/context#main", { env });
  expect(all.bundle).toMatchObject({ name: "context", artifacts: [{ name: "r", from: "acme/context#main/rules/r.md" }] });
  expect((await fetchFrom(ground, "acme/context/packs/web", { env })).bundle.name).toBe("web");
  expect((await fetchFrom(ground, "acme/context/packs/one", { env })).bundle.artifacts.map(artifactId)).toEqual(["skill/one"]);
  await expect(fetchFrom(ground, "acme/context/packs/none", { env })).rejects.toMatchObject({
    code: "not_found",
    message: expect.stringContaining('no folder "packs/none"'),
  });
  await expect(fetchFrom(ground, "acme/context")).rejects.toMatchObject({ code: "source_unusable", message: expect.stringContaining("not allowed") });
});

test("ssh is used where it is named, and where the user's own git config makes it of https", async () => {
  const ground = newGround();
  const { folder, commit } = newRepo(ground, "context");
  const rev = commit([RULE]);
  // Stands for ssh and the other host in one.
  const ssh = join(ground.dir, "ssh");
  writeFileSync(ssh, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
  writeFileSync(join(ground.home, ".gitconfig"), `[url "ssh://git@host${folder}"]\n\tinsteadOf = https://github.com/acme/context.git\n`);
  const env = { GIT_SSH_COMMAND: ssh };
  expect(await fetchFrom(ground, `git+ssh://git@host${folder}`, { env })).toMatchObject({ rev });
  expect(await fetchFrom(ground, "acme/context", { env })).toMatchObject({ rev });
  await expect(fetchFrom(ground, `git+ssh://git@host${folder}`, { env: { GIT_SSH_COMMAND: "echo Permission denied >&2; false" } })).rejects.toMatchObject({
    code: "forbidden",
  });
});

/** A program that leaves a mark wherever it is called. */
function trap(ground: Ground): { readonly program: string; readonly sprung: () => boolean } {
  const program = join(ground.dir, "trap");
  const mark = join(ground.outside, "sprung");
  writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\ncat\n`);
  chmodSync(program, 0o755);
  execFileSync(program, { input: "" });
  if (!existsSync(mark)) throw new Error("the trap does not work");
  execFileSync("rm", [mark]);
  return { program, sprung: () => existsSync(mark) };
}

test("hooks, filters, attributes, submodules and LFS pointers do nothing", async () => {
  const ground = newGround();
  const { program, sprung } = trap(ground);
  const { url, folder, commit } = newRepo(ground);
  commit([
    RULE,
    SKILL_FILE,
    { path: ".gitattributes", text: "* filter=evil diff=evil eol=crlf\nskills/** export-ignore\n*.bin filter=lfs\nrules/r.md export-subst ident\n" },
    { path: ".gitmodules", text: `[submodule "s"]\n\tpath = s\n\turl = ext::${program}\n` },
    { path: "s", mode: "160000", text: "1".repeat(40) },
    { path: "skills/a/model.bin", text: "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n" },
    { path: ".lfsconfig", text: `[lfs]\n\turl = ext::${program}\n` },
    { path: "hooks/post-checkout", text: `#!/bin/sh\n${program}\n`, mode: "100755" },
  ]);
  for (const hook of ["post-checkout", "reference-transaction", "pre-upload", "post-receive", "post-merge"])
    writeFileSync(join(folder, "hooks", hook), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  git(folder, ["config", "uploadpack.packObjectsHook", program]);
  git(folder, ["config", "core.fsmonitor", program]);
  git(folder, ["config", "core.sshCommand", program]);
  const templates = join(ground.dir, "templates");
  execFileSync("mkdir", ["-p", join(templates, "hooks")]);
  for (const hook of ["post-checkout", "reference-transaction"]) writeFileSync(join(templates, "hooks", hook), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  writeFileSync(
    join(ground.home, ".gitconfig"),
    `[filter "evil"]\n\tsmudge = ${program}\n\tprocess = ${program}\n\trequired = true\n[filter "lfs"]\n\tsmudge = ${program}\n\trequired = true\n[init]\n\ttemplateDir = ${templates}\n[core]\n\tautocrlf = true\n\thooksPath = ${join(templates, "hooks")}\n[submodule]\n\trecurse = true\n`,
  );
  const { bundle, folder: place } = await fetchFrom(ground, url, {
    env: { GIT_TEMPLATE_DIR: templates, GIT_DIR: folder, GIT_OBJECT_DIRECTORY: join(ground.outside, "objects"), GIT_NAMESPACE: "x" },
  });
  expect(readdirSync(ground.outside)).toEqual([]);
  expect(sprung()).toBe(false);
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/r", "skill/a"]);
  expect(readFileSync(join(place, "rules/r.md"), "utf8")).toBe("Be nice.\n");
  expect(readFileSync(join(place, "skills/a/model.bin"), "utf8")).toContain("git-lfs");
  expect(readdirSync(place).toSorted()).toEqual([".gitattributes", ".gitmodules", ".lfsconfig", "hooks", "rules", "skills"]);
});

test("paths and links that lead out stay inside", async () => {
  const ground = newGround();
  writeFileSync(join(ground.outside, "secret"), "secret");
  const { url, folder, commit } = newRepo(ground);
  commit([
    RULE,
    SKILL_FILE,
    { path: "skills/a/key", text: join(ground.outside, "secret"), mode: "120000" },
    { path: "skills/loop", text: "../skills", mode: "120000" },
  ]);
  const { bundle } = await fetchFrom(ground, url);
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/r"]);
  expect(bundle.diagnostics.map(diagnosticText).join("\n")).toContain("skills/a/key: is a link that leads out of the bundle");
  // git itself refuses to make such a tree, but a server can.
  const blob = git(folder, ["hash-object", "-w", "--stdin"], "x");
  const inner = git(folder, ["mktree"], `100644 blob ${blob}\tevil\n`);
  const tree = git(folder, ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], "");
  expect(tree).toMatch(/^[0-9a-f]{40}$/);
  const raw = Buffer.concat([Buffer.from("40000 ..\0"), Buffer.from(inner, "hex")]);
  const evil = execFileSync("git", ["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], { cwd: folder, input: raw, encoding: "utf8" }).trim();
  git(folder, ["update-ref", "refs/heads/evil", git(folder, ["commit-tree", evil, "-m", "x"])]);
  await expect(fetchFrom(ground, `${url}#evil`)).rejects.toMatchObject({ code: "path_escape", message: expect.stringContaining('"../evil" leads out') });
  expect(readdirSync(ground.outside)).toEqual(["secret"]);
});

test("a file of 200 MB is a defect of its artifact, and is never unpacked", async () => {
  const ground = newGround();
  const { url, folder, commit } = newRepo(ground);
  commit([RULE, SKILL_FILE]);
  // 200 MB of zeros, a fifth of a megabyte when packed.
  const zeros = execFileSync("sh", ["-c", "head -c 200000000 /dev/zero | git hash-object -w --stdin"], { cwd: folder, encoding: "utf8" }).trim();
  const blob = git(folder, ["rev-parse", "main:skills/a/SKILL.md"]);
  const skill = git(folder, ["mktree"], `100644 blob ${blob}\tSKILL.md\n100644 blob ${zeros}\thuge\n`);
  const skills = git(folder, ["mktree"], `040000 tree ${skill}\ta\n`);
  const rules = git(folder, ["rev-parse", "main:rules"]);
  const tree = git(folder, ["mktree"], `040000 tree ${rules}\trules\n040000 tree ${skills}\tskills\n`);
  git(folder, ["update-ref", "refs/heads/main", git(folder, ["commit-tree", tree, "-m", "x"])]);
  const { bundle } = await fetchFrom(ground, url);
  expect(bundle.artifacts.map(artifactId)).toEqual(["rule/r"]);
  expect(bundle.diagnostics.map(diagnosticText).join("\n")).toContain("skills/a/huge: is larger than 10 MiB");
});

test("more than the bounds is refused", async () => {
  const ground = newGround();
  const { url, commit } = newRepo(ground);
  commit(Array.from({ length: 60 }, (_, i) => ({ path: `rules/${i}.md`, text: "x".repeat(10_000) })));
  await expect(fetchFrom(ground, url, { limits: { entries: 50 } })).rejects.toMatchObject({ code: "too_large", message: expect.stringContaining("50 files") });
  await expect(fetchFrom(ground, url, { limits: { contentBytes: 500_000 } })).rejects.toMatchObject({ code: "too_large" });
  expect(cached(ground)).toEqual([]);
});

test("a tag that moved changes nothing while the lock pins its commit; a commit that is gone is said with the new one", async () => {
  const ground = newGround();
  const { url, folder, commit } = newRepo(ground);
  const first = commit([RULE]);
  git(folder, ["tag", "v1"]);
  const source = `${url}#v1`;
  const { bundle } = await fetchFrom(ground, source);
  const pin = { rev: first, integrity: `sha256-${bundle.integrity}` };
  const second = commit([{ path: "rules/r.md", text: "Be evil.\n" }]);
  git(folder, ["tag", "-f", "v1"]);
  for (const place of [ground, { ...newGround(), work: ground.work }]) {
    const again = await fetchFrom(place, source, { pin });
    expect([again.rev, again.bundle.integrity]).toEqual([first, bundle.integrity]);
  }
  expect((await fetchFrom(ground, source)).rev).toBe(second);
  git(folder, ["update-ref", "refs/heads/main", git(folder, ["commit-tree", "main^{tree}", "-m", "alone"])]);
  git(folder, ["tag", "-f", "v1"]);
  git(folder, ["reflog", "expire", "--expire=now", "--all"]);
  git(folder, ["gc", "-q", "--prune=now"]);
  const now = git(folder, ["rev-parse", "v1"]);
  const elsewhere = newGround();
  const error = await fetchFrom(elsewhere, source, { pin }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "state_conflict", message: expect.stringContaining(first) });
  expect(error).toMatchObject({ message: expect.stringContaining(now), hint: expect.stringContaining("aiwg update") });
  expect(cached(elsewhere)).toEqual([]);
  // What was fetched before needs nobody.
  expect((await fetchFrom(ground, source, { pin })).rev).toBe(first);
});

test("a lock with another content than the commit's is a conflict that names both", async () => {
  const ground = newGround();
  const { url, commit } = newRepo(ground);
  const rev = commit([RULE]);
  const { bundle } = await fetchFrom(ground, url);
  const pin = { rev, integrity: `sha256-${"0".repeat(64)}` };
  const error = await fetchFrom(ground, url, { pin }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "state_conflict", message: expect.stringContaining(`sha256-${bundle.integrity}`) });
  expect(error).toMatchObject({ message: expect.stringContaining(pin.integrity) });
});

test("a private repository is read with git's own credential helper, and without one nobody is asked", async () => {
  const ground = newGround();
  const { folder, commit } = newRepo(ground);
  const rev = commit([RULE]);
  const url = await serveHttps(gitBackend(ground.dir, "sesame"));
  const source = `git+${url}/${basename(folder)}#main`;
  await expect(fetchFrom(ground, source, { env: TRUSTING })).rejects.toMatchObject({ code: "forbidden", hint: expect.stringContaining("credential helper") });
  writeFileSync(join(ground.home, ".gitconfig"), '[credential]\n\thelper = "!f() { echo username=me; echo password=sesame; }; f"\n');
  expect(await fetchFrom(ground, source, { env: TRUSTING })).toMatchObject({ rev });
  writeFileSync(join(ground.home, ".gitconfig"), '[credential]\n\thelper = "!f() { echo username=me; echo password=wrong; }; f"\n');
  await expect(fetchFrom(newGround(), source, { env: { ...TRUSTING, HOME: ground.home } })).rejects.toMatchObject({ code: "forbidden" });
});

test("a git server that redirects to another scheme, or answers HTML, is refused", async () => {
  const ground = newGround();
  const { folder, commit } = newRepo(ground);
  commit([RULE]);
  for (const [to, code] of [
    ["http://127.0.0.1:9/x", /not allowed|disabled|not supported/i],
    [`file://${folder}`, /not allowed|disabled|not supported/i],
  ] as const) {
    const url = await serveHttps(
      (request, response) => void response.writeHead(302, { location: `${to}${(request.url ?? "").replace("/team.git", "")}` }).end(),
    );
    await expect(fetchFrom(ground, `git+${url}/team.git`, { env: TRUSTING })).rejects.toMatchObject({ message: expect.stringMatching(code) });
  }
  const html = await serveHttps(
    (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>\n<html><title>Log in</title>\n</html>\n"),
  );
  await expect(fetchFrom(ground, `git+${html}/team.git`, { env: TRUSTING })).rejects.toMatchObject({
    code: "source_unusable",
    hint: expect.stringContaining("Something else than a git server"),
  });
  expect(cached(ground)).toEqual([]);
});
