// `aiwg deploy --watch` as a process of its own: what it deploys again for, what it lives through, and how it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type Ground, makeGround, plant } from "./context-rig.ts";
import { MAIN } from "./rig.ts";

const until = { timeout: 20_000, interval: 20 };

type Watch = { readonly child: ChildProcess; readonly said: () => string };

async function startWatch({ root, home }: Ground): Promise<Watch> {
  const child = spawn(process.execPath, [MAIN, "deploy", "--watch"], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: home, AIWG_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const watch = { child, said: () => said };
  await expect.poll(watch.said, until).toContain("Ctrl-C ends it");
  return watch;
}

async function ground(files: Readonly<Record<string, string>>): Promise<Ground> {
  const made = makeGround("project", files);
  expect(await made.run("use", made.bundle, "--to", "claude-code")).toMatchObject({ code: 0 });
  return made;
}

const at = ({ root }: Ground, path: string): string | null => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : null);

test("a change of a bundle, of the project's own one and of the config is deployed; a defect and a lost bundle are lived through", async () => {
  const here = await ground({ "rules/a.md": "One.\n" });
  const { said } = await startWatch(here);
  plant(here.bundle, { "rules/a.md": "Two.\n", "skills/deep/SKILL.md": "---\nname: deep\ndescription: Deep\n---\nDeep.\n" });
  await expect
    .poll(() => [at(here, ".claude/rules/a.md"), at(here, ".claude/skills/deep/SKILL.md")], until)
    .toEqual(["Two.\n", expect.stringContaining("Deep.")]);
  plant(here.own, { "agents/z.md": "---\nname: z\ndescription: Z\n---\nYou are z.\n" });
  await expect.poll(() => at(here, ".claude/agents/z.md"), until).toContain("You are z.");
  plant(here.bundle, { "rules/a.md": "---\nglobs: [\n---\nbad\n" });
  await expect.poll(said, until).toContain("what is defective was left out");
  expect(at(here, ".claude/rules/a.md")).toBe("Two.\n");
  renameSync(here.bundle, `${here.bundle}-away`);
  await expect.poll(said, until).toContain("there is no folder");
  renameSync(`${here.bundle}-away`, here.bundle);
  plant(here.bundle, { "rules/a.md": "Three.\n" });
  await expect.poll(() => at(here, ".claude/rules/a.md"), until).toBe("Three.\n");
  plant(here.root, { ".aiwg/aiwg.jsonc": readFileSync(here.configFile, "utf8").replace("claude-code", "opencode") });
  await expect.poll(() => at(here, "AGENTS.md"), until).toContain("Three.");
  expect(at(here, ".claude/rules/a.md")).toBeNull();
});

test("what it wrote itself is no change, though the bundle lies around the outputs", async () => {
  const here = makeGround("project", {});
  plant(here.root, { "rules/a.md": "One.\n", "bundle.jsonc": '{"name": "here"}\n' });
  expect(await here.run("use", "./", "--to", "claude-code")).toMatchObject({ code: 0 });
  rmSync(join(here.root, ".claude"), { recursive: true });
  const { said } = await startWatch(here);
  plant(here.root, { "rules/b.md": "Two.\n" });
  await expect.poll(() => at(here, ".claude/rules/b.md"), until).toBe("Two.\n");
  plant(here.root, { "rules/c.md": "Three.\n" });
  await expect.poll(() => at(here, ".claude/rules/c.md"), until).toBe("Three.\n");
  await expect.poll(() => said().match(/changed$/gm), until).toHaveLength(2);
});

test("a broken config is told once, and a folder of ours that is away for a while is waited for", async () => {
  const here = await ground({ "rules/a.md": "One.\n" });
  const { said } = await startWatch(here);
  const config = readFileSync(here.configFile, "utf8");
  plant(here.root, { ".aiwg/aiwg.jsonc": '{"platforms": [' });
  await expect.poll(said, until).toContain("aiwg.jsonc:1: not valid JSON");
  plant(here.root, { ".aiwg/aiwg.jsonc": config });
  // Said once at the start, before the config was broken.
  await expect.poll(() => said().match(/everything is in place/g), until).toHaveLength(2);
  expect(said().match(/not valid JSON/g)).toHaveLength(1);
  expect(said()).toContain("Correct the text there.");
  renameSync(join(here.root, ".aiwg"), join(here.root, "away"));
  await expect.poll(said, until).toContain(".aiwg is not there any more; it goes on once it is");
  renameSync(join(here.root, "away"), join(here.root, ".aiwg"));
  plant(here.bundle, { "rules/a.md": "Two.\n" });
  await expect.poll(() => at(here, ".claude/rules/a.md"), until).toBe("Two.\n");
  expect(said()).not.toMatch(/please report|ENOENT/i);
});

test("a config that goes takes nothing with it: it is waited for, and a signal still ends the watch", async () => {
  const here = await ground({ "rules/a.md": "One.\n" });
  const { child, said } = await startWatch(here);
  const config = readFileSync(here.configFile, "utf8");
  rmSync(here.configFile);
  await expect.poll(said, until).toContain("aiwg.jsonc is not there any more; it goes on once it is");
  plant(here.bundle, { "rules/a.md": "Two.\n" });
  plant(here.root, { ".aiwg/aiwg.jsonc": config });
  await expect.poll(() => at(here, ".claude/rules/a.md"), until).toBe("Two.\n");
  expect(said()).not.toContain("deleted");
  // Moved away and back at once, again and again, while what it reads changes.
  for (let round = 0; round < 12; round++) {
    plant(here.bundle, { "rules/a.md": `Round ${round}.\n` });
    await sleep(96 + round);
    renameSync(join(here.root, ".aiwg"), join(here.root, "away"));
    await sleep(30);
    expect(existsSync(join(here.root, ".aiwg"))).toBe(false);
    renameSync(join(here.root, "away"), join(here.root, ".aiwg"));
  }
  plant(here.bundle, { "rules/a.md": "Last.\n" });
  await expect.poll(() => at(here, ".claude/rules/a.md"), until).toBe("Last.\n");
  expect(said()).not.toMatch(/please report|ENOENT|deleted|conflict/i);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([143, null]);
});

test("it ends when the project is deleted, saying so once", async () => {
  const here = await ground({ "rules/a.md": "One.\n" });
  const { child, said } = await startWatch(here);
  const ended = once(child, "close");
  rmSync(here.root, { recursive: true });
  expect(await ended).toEqual([3, null]);
  expect(said().match(/^✗ .*$/gm)).toEqual([expect.stringContaining("nothing is left to watch")]);
});

test("a signal ends it with the signal's code, and nothing is left running", async () => {
  const here = await ground({ "rules/a.md": "One.\n" });
  const { child } = await startWatch(here);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
});

test("what it cannot be combined with, and nothing to watch, are said at once", async () => {
  const { run, bundle } = makeGround("project", { "rules/a.md": "One.\n" });
  expect(await run("deploy", "--watch")).toMatchObject({ code: 2, stderr: expect.stringContaining("nothing to watch") });
  await run("use", bundle, "--to", "claude-code");
  for (const flags of [["--dry-run"], ["--frozen"], ["--force", "AGENTS.md"]])
    expect(await run("deploy", "--watch", ...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining("--watch goes with neither") });
  expect(await run("deploy", "--watch", "--json")).toMatchObject({ code: 2, stdout: expect.stringContaining("has no end") });
});
