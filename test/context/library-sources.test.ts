// Bundles from elsewhere through the library: planned and applied at the lock's pin.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apply, plan } from "../../src/context/index.ts";
import { git, newGround, newRepo, SKILL } from "./elsewhere.ts";

test("plan and apply fetch what the options name, and keep the pin of the lock", async () => {
  const ground = newGround();
  const root = join(ground.work, "project");
  mkdirSync(root);
  const { url, folder, commit } = newRepo(ground);
  const first = commit([{ path: "skills/a/SKILL.md", text: SKILL }]);
  git(folder, ["tag", "v1"]);
  const env = { PATH: process.env["PATH"], HOME: ground.home, AIWG_HOME: ground.home };
  const options = { root, env, home: ground.home, platforms: ["claude-code"], bundles: [{ name: "team", source: `${url}#v1` }] };
  expect((await plan(options)).changes).toMatchObject([{ op: "create", path: ".claude/skills/a/SKILL.md" }]);
  expect((await apply(options)).outcome).toBe("applied");
  commit([{ path: "skills/a/SKILL.md", text: `${SKILL}Evil.\n` }]);
  git(folder, ["tag", "-f", "v1", "main"]);
  expect((await apply(options)).outcome).toBe("unchanged");
  expect(readFileSync(join(root, ".claude/skills/a/SKILL.md"), "utf8")).toBe(SKILL);
  expect(readFileSync(join(root, ".aiwg/aiwg.lock"), "utf8")).toContain(first);
  await expect(plan({ ...options, bundles: [{ name: "team", source: `${url}#v9` }] })).rejects.toMatchObject({ code: "not_found" });
});
