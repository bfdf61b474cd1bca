// The config's "gitignore": a marked block of what is wholly ours, in .gitignore or in git's own list, gone with the last bundle.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUNDLE, CALM, type Ground, makeGround, plant } from "./context-rig.ts";
import { aiwg, git, makeRepo } from "./rig.ts";

const LIST = [
  "/.aiwg/behaviors/guard/",
  "/.claude/agents/x.md",
  "/.claude/commands/fix.md",
  "/.claude/rules/style.md",
  "/.claude/rules/tests.md",
  "/.claude/skills/changelog/",
];
const block = (...lines: readonly string[]): string => ["# aiwg:begin aiwg", ...lines, "# aiwg:end aiwg", ""].join("\n");

async function ignoring(mode: string, files = BUNDLE): Promise<Ground> {
  const ground = makeGround("project", files);
  makeRepo(ground.root);
  plant(ground.root, { ".aiwg/aiwg.jsonc": `{ "platforms": ["claude-code"], "gitignore": "${mode}" }\n` });
  return ground;
}

test("with file, .gitignore gets a block of whole files and folders; what a person shares with us is not in it", async () => {
  const { run, json, root, read, picture } = await ignoring("file");
  const before = picture();
  expect(await run("use", "../house", "--yes")).toMatchObject({ code: 0, stdout: expect.stringMatching(/create +\.gitignore block:aiwg/) });
  expect(read(".gitignore")).toBe(block(...LIST));
  expect(git(root, "status", "--porcelain", "-uall").split("\n").toSorted()).toEqual(
    ["?? .aiwg/aiwg.jsonc", "?? .aiwg/aiwg.lock", "?? .claude/settings.json", "?? .gitignore", "?? .mcp.json"].toSorted(),
  );
  const { artifacts } = (await json("status", "--check")).data as { artifacts: { platform: string; path: string }[] };
  expect(artifacts.filter(({ platform, path }) => platform === "aiwg" || path === ".gitignore")).toEqual([]);
  const used = picture(true);
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
  expect(picture(true)).toEqual(used);
  expect(await run("remove", "house")).toMatchObject({ code: 0 });
  expect(picture()).toEqual(before);
});

test("a person's .gitignore keeps every byte, whatever its line ends, and follows the bundle", async () => {
  for (const own of ["node_modules/\r\n*.log\r\n", "dist", ""]) {
    const { run, root, bundle, read, picture } = await ignoring("file", CALM);
    plant(root, { ".gitignore": own });
    const before = picture();
    await run("use", "../house");
    expect(read(".gitignore").startsWith(own)).toBe(true);
    expect(read(".gitignore")).toContain("/.claude/agents/x.md");
    rmSync(join(bundle, "agents/x.md"));
    expect(await run("deploy")).toMatchObject({ code: 0 });
    expect(read(".gitignore")).not.toContain("/.claude/agents/x.md");
    expect(await run("remove", "house")).toMatchObject({ code: 0 });
    expect(picture()).toEqual(before);
  }
});

test("what was there before us, what is kept and what is imported is a person's to show; what is forced becomes ours", async () => {
  const { run, put, read } = await ignoring("file", CALM);
  put(".claude/agents/x.md", "mine\n");
  put(".claude/commands/fix.md", CALM["commands/fix.md"] ?? "");
  put(".claude/skills/changelog/SKILL.md", CALM["skills/changelog/SKILL.md"] ?? "");
  expect(await run("use", "../house")).toMatchObject({ code: 4 });
  const shared = ["/.claude/rules/style.md", "/.claude/rules/tests.md", "/.claude/skills/changelog/scripts/collect.sh"];
  expect(read(".gitignore")).toBe(block(...shared));
  await run("keep", ".claude/agents/x.md");
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
  expect(read(".gitignore")).toBe(block(...shared));
  expect(await run("deploy", "--force", ".claude/agents/x.md")).toMatchObject({ code: 0 });
  expect(read(".gitignore")).toBe(block("/.claude/agents/x.md", ...shared));
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
});

test("a block that a person edited is a conflict like any other", async () => {
  const { run, read, root } = await ignoring("file", CALM);
  await run("use", "../house");
  writeFileSync(join(root, ".gitignore"), read(".gitignore").replace("/.claude/agents/x.md\n", ""));
  expect(await run("deploy")).toMatchObject({ code: 4, stdout: expect.stringContaining("aiwg deploy --force .gitignore") });
  expect(await run("save", ".gitignore")).toMatchObject({ code: 4 });
  expect(await run("status", "--check")).toMatchObject({ code: 0 });
  expect(await run("deploy", "--force", ".gitignore")).toMatchObject({ code: 0 });
  expect(read(".gitignore")).toContain("/.claude/agents/x.md");
});

test("with exclude, git's own list gets the block, and gives it back; the config may change its mind", async () => {
  const { run, root, read, configFile, picture } = await ignoring("exclude");
  const list = join(root, ".git/info/exclude");
  const before = readFileSync(list, "utf8");
  expect(await run("use", "../house", "--yes")).toMatchObject({ code: 0 });
  expect(readFileSync(list, "utf8")).toBe(`${before}\n${block(...LIST)}`);
  expect(existsSync(join(root, ".gitignore"))).toBe(false);
  expect(git(root, "status", "--porcelain", "-uall")).not.toContain("agents");
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
  const text = readFileSync(configFile, "utf8");
  writeFileSync(configFile, text.replace('"exclude"', '"file"'));
  expect(await run("deploy")).toMatchObject({ code: 0 });
  expect([readFileSync(list, "utf8"), read(".gitignore")]).toEqual([before, block(...LIST)]);
  writeFileSync(configFile, text.replace('"exclude"', '"none"'));
  expect(await run("deploy")).toMatchObject({ code: 0 });
  expect([readFileSync(list, "utf8"), existsSync(join(root, ".gitignore"))]).toEqual([before, false]);
  writeFileSync(configFile, text);
  await run("deploy");
  expect(await run("remove", "house")).toMatchObject({ code: 0 });
  expect(readFileSync(list, "utf8")).toBe(before);
  expect(Object.keys(picture()).filter((path) => path.startsWith(".claude"))).toEqual([]);
});

test("a worktree, and a folder without a repository, have no list of their own: said, and all else is deployed", async () => {
  const { run, root, home, dir } = await ignoring("exclude", CALM);
  plant(root, { ".aiwg/context/agents/y.md": "---\ndescription: Y\n---\nYou are y.\n" });
  expect(await run("deploy")).toMatchObject({ code: 0 });
  git(root, "add", ".aiwg");
  git(root, "commit", "-qm", "ours");
  const list = readFileSync(join(root, ".git/info/exclude"), "utf8");
  git(root, "worktree", "add", "-q", join(dir, "tree"));
  const tree = { home, work: join(dir, "tree") };
  const ran = await aiwg(tree, ["deploy"]);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/\.git\/info\/exclude: .*worktree/) });
  expect(existsSync(join(tree.work, ".claude/agents/y.md"))).toBe(true);
  expect(await aiwg(tree, ["deploy"])).toMatchObject({ code: 0, stdout: "" });
  expect(readFileSync(join(root, ".git/info/exclude"), "utf8")).toBe(list);
  rmSync(join(root, ".git"), { recursive: true });
  expect(await run("deploy")).toMatchObject({ code: 0, stderr: expect.stringContaining("no repository") });
});

test("a lock cannot make us delete a file of git's", async () => {
  const { run, root, lockFile } = await ignoring("exclude", CALM);
  await run("use", "../house");
  const good = readFileSync(lockFile, "utf8");
  const before = readFileSync(join(root, ".git/info/exclude"), "utf8");
  for (const at of ["null", '"/a"']) {
    writeFileSync(
      lockFile,
      good.replace('".git/info/exclude","at":"block:aiwg"', `".git/info/exclude","at":${at}`).replace(/(exclude".*"mode":)null/, '$1"644"'),
    );
    expect(await run("deploy")).toMatchObject({ code: 2, stderr: expect.stringMatching(/git repository's own files/) });
  }
  writeFileSync(lockFile, good.replaceAll(".git/info/exclude", ".git/config"));
  expect((await run("deploy")).code).toBe(2);
  expect(readFileSync(join(root, ".git/info/exclude"), "utf8")).toBe(before);
});
