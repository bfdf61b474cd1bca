// `--to` and `--dry-run` where they are not a deploy's: which platforms a command is about, and that looking writes nothing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CALM, makeGround } from "./context-rig.ts";

const X = ".claude/agents/x.md";
const CODEX = ".codex/agents/x.toml";

async function edited(): Promise<ReturnType<typeof makeGround>> {
  const made = makeGround("project", CALM);
  await made.run("use", made.bundle, "--to", "claude-code,codex");
  made.put(X, made.read(X).replace("You are x.", "You are an x."));
  return made;
}

test("save --dry-run says what would be saved where, and leaves source and output as they are", async () => {
  const { run, json, read, bundle } = await edited();
  const { data } = await json("save", "--dry-run");
  expect(data).toMatchObject({ dry_run: true, saved: [{ path: X, source: expect.stringContaining("agents/x.md") }], refused: [] });
  expect(read(X)).toContain("an x.");
  expect(read(join("..", "house", "agents/x.md"))).toBe(CALM["agents/x.md"]);
  expect(existsSync(bundle)).toBe(true);
  expect(await run("save")).toMatchObject({ code: 0 });
  expect(read(join("..", "house", "agents/x.md"))).toContain("an x.");
});

test("save, status and platforms are about those of --to alone", async () => {
  const { json, run } = await edited();
  expect((await json("save", "--to", "codex")).data).toMatchObject({ saved: [] });
  expect((await json("save", "--to", "claude-code", "--dry-run")).data).toMatchObject({ saved: [{ path: X }] });
  expect((await run("platforms", "--to", "codex,zed")).stdout.split("\n").filter((line) => /^(?:codex|zed|amp)/.test(line))).toHaveLength(2);
  expect(await run("save", "--to", "codx")).toMatchObject({ code: 2, stderr: expect.stringContaining("codex") });
});

test.each([["remove", "other"], ["update"], ["keep", X]] as const)("%s deploys for those of --to too, and remembers them", async (...words) => {
  const { run, root, bundle, configFile, read } = makeGround("project", CALM);
  await run("use", bundle, "--to", "claude-code");
  await run("use", bundle, "--name", "other", "--only", "rule:style");
  expect(await run(...words, "--to", "codex", "--dry-run")).toMatchObject({ code: 0 });
  expect(existsSync(join(root, CODEX))).toBe(false);
  expect(await run(...words, "--to", "codex")).toMatchObject({ code: 0 });
  expect(existsSync(join(root, CODEX))).toBe(true);
  expect(read(join(".aiwg", "aiwg.jsonc"))).toContain("codex");
  expect(configFile).toContain(root);
});

test("an include that names nothing stops the deploy, and nothing is deleted", async () => {
  const { run, root, put, read, bundle } = makeGround("project", CALM);
  await run("use", bundle, "--to", "claude-code");
  const config = read(".aiwg/aiwg.jsonc");
  for (const [word, said] of [
    ["skil:changelog", "must be a kind and a name"],
    ["skill:changelogs", 'Did you mean "skill:changelog"?'],
  ] as const) {
    put(".aiwg/aiwg.jsonc", config.replace('"source"', `"include": ["${word}"], "source"`));
    expect(await run("deploy")).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect(existsSync(join(root, X))).toBe(true);
  }
  put(".aiwg/aiwg.jsonc", config);
  expect(await run("use", bundle, "--name", "second", "--only", "skill:zz")).toMatchObject({ code: 2, stderr: expect.stringContaining('no "skill:zz"') });
});
