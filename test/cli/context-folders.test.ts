// Rules for one folder of a project: told in that folder where the client loads its files with it, and at the root where not.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeGround } from "./context-rig.ts";

const API = '---\nglobs: ["packages/api/**"]\n---\n\nEvery route has a test.\n';
const IN_FOLDER = "packages/api/AGENTS.md";
const BLOCK = "<!-- aiwg:begin house -->\nEvery route has a test.\n<!-- aiwg:end house -->\n";
const TO = ["--to", "opencode"];

function ground(rules: Readonly<Record<string, string>> = { "rules/api.md": API }): ReturnType<typeof makeGround> {
  const made = makeGround("project", rules);
  mkdirSync(join(made.root, "packages/api"), { recursive: true });
  return made;
}

test("it stands in its folder, beside what a person wrote there, and goes again", async () => {
  const { run, json, put, read, bundle, picture } = ground();
  put(IN_FOLDER, "Mine.\n");
  const before = picture();
  const { data } = await json("use", bundle, ...TO);
  expect(data).toMatchObject({ fidelity: [], tokens: { opencode: 0 } });
  expect(read(IN_FOLDER)).toBe(`Mine.\n\n${BLOCK}`);
  expect(Object.keys(picture())).toEqual(Object.keys(before));
  expect(await run("deploy")).toMatchObject({ code: 0, stderr: expect.stringContaining("everything is in place") });
  await run("remove", "house");
  expect(picture()).toEqual(before);
});

test("an edit of it is saved into the rule", async () => {
  const { run, read, bundle, put } = ground();
  await run("use", bundle, ...TO);
  put(IN_FOLDER, read(IN_FOLDER).replace("a test", "two tests"));
  expect(await run("save", IN_FOLDER)).toMatchObject({ code: 0 });
  expect(await run("status", "--check")).toMatchObject({ code: 0 });
  expect(read(IN_FOLDER)).toContain("Every route has two tests.");
});

test("it moves to the root once its folder is gone, and back", async () => {
  const { run, read, bundle, root } = ground();
  await run("use", bundle, ...TO);
  rmSync(join(root, "packages"), { recursive: true });
  await run("deploy");
  expect(read("AGENTS.md")).toContain("Applies to files matching `packages/api/**`");
  mkdirSync(join(root, "packages/api"), { recursive: true });
  await run("deploy");
  expect(existsSync(join(root, "AGENTS.md"))).toBe(false);
  expect(read(IN_FOLDER)).toBe(BLOCK);
});

test("a folder that is a link, or somebody else's, is none", async () => {
  const { run, read, bundle, root, home } = ground({
    "rules/api.md": API.replace("packages/api", "linked"),
    "rules/git.md": API.replace("packages/api", ".git/hooks"),
    "rules/own.md": API.replace("packages/api", ".aiwg"),
  });
  mkdirSync(join(home, "elsewhere"));
  symlinkSync(join(home, "elsewhere"), join(root, "linked"));
  mkdirSync(join(root, ".git/hooks"), { recursive: true });
  expect(await run("use", bundle, ...TO)).toMatchObject({ code: 0 });
  // Its own folder is there from now on.
  expect(await run("deploy")).toMatchObject({ code: 0 });
  expect(read("AGENTS.md")).toContain("`linked/**`");
  expect(existsSync(join(home, "elsewhere/AGENTS.md"))).toBe(false);
  expect(existsSync(join(root, ".git/hooks/AGENTS.md"))).toBe(false);
});

test("with a client that reads the root alone, one place serves both", async () => {
  const { run, read, bundle, root } = ground();
  await run("use", bundle, "--to", "opencode,codex");
  expect(read("AGENTS.md")).toContain("Every route has a test.");
  expect(existsSync(join(root, IN_FOLDER))).toBe(false);
});

test("a rule for some files of a folder, or for two folders, stays at the root", async () => {
  const { run, read, bundle, root } = ground({
    "rules/some.md": API.replace("api/**", "api/**/*.ts"),
    "rules/two.md": '---\nglobs: ["packages/api/**", "packages/web/**"]\n---\n\nTwo.\n',
  });
  await run("use", bundle, ...TO);
  expect(read("AGENTS.md")).toMatch(/packages\/api\/\*\*\/\*\.ts[^]*packages\/web/);
  expect(existsSync(join(root, IN_FOLDER))).toBe(false);
});

test("a person's CLAUDE.md of the folder, which AGENTS.md would hide, keeps its reader", async () => {
  const { run, put, read, bundle, root } = ground();
  put("packages/api/CLAUDE.md", "Mine.\n");
  await run("use", bundle, ...TO);
  expect(existsSync(join(root, IN_FOLDER))).toBe(false);
  expect(read("AGENTS.md")).toContain("Every route has a test.");
});
