import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileOutput } from "./outputs.ts";
import { deploy, newWorld, put } from "./rig.ts";

test("a lock that a stranger wrote cannot make us read, write or delete outside, nor grant anything", async () => {
  const world = newWorld();
  writeFileSync(join(world.outside, "victim"), "1");
  const { planned } = await deploy(world, [fileOutput("a/victim", "1")]);
  rmSync(join(world.root, "a"), { recursive: true });
  symlinkSync(world.outside, join(world.root, "a"));
  await expect(deploy(world, [])).rejects.toMatchObject({ code: "path_escape" });
  writeFileSync(world.site.lockFile, planned.lockText?.replaceAll("a/victim", "../outside/victim") ?? "");
  await expect(deploy(world, [])).rejects.toMatchObject({ code: "config_invalid", message: expect.stringContaining(".aiwg/aiwg.lock:7") });
  expect(readFileSync(join(world.outside, "victim"), "utf8")).toBe("1");
});

test("what a lock from elsewhere calls ours is deleted only with a copy; what this user's aiwg wrote goes without one", async () => {
  const world = newWorld();
  await deploy(world, [fileOutput("a.md", "1"), fileOutput("b.md", "1")]);
  expect((await deploy(world, [fileOutput("b.md", "1")])).applied.backups).toEqual([]);
  put(world, "mine.md", "1");
  writeFileSync(world.site.lockFile, readFileSync(world.site.lockFile, "utf8").replaceAll('"b.md"', '"mine.md"'));
  const { applied } = await deploy(world, []);
  expect(applied.backups.map((path) => readFileSync(path, "utf8"))).toEqual(["1"]);
  expect(existsSync(join(world.root, "b.md"))).toBe(true);
});
