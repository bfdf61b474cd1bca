// Bundles of a scope: where they come from, two of one name, two commands at once, sources that go away, and what a failure leaves.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DeployInput, deploy } from "../../src/context/deploy.ts";
import { platformsNamed } from "../../src/context/platforms/table.ts";
import { siteOf } from "../../src/context/site.ts";
import { placesOf } from "../../src/core/node/paths.ts";
import { BUNDLE, CALM, SCOPES, makeGround, plant } from "./context-rig.ts";
import { aiwg, git, spawnAiwg } from "./rig.ts";

const agent = (name: string): string => `---\nname: ${name}\ndescription: Plays ${name}\n---\n\nYou are ${name}.\n`;
const sourcesIn = (file: string): string[] => [...readFileSync(file, "utf8").matchAll(/"source": "([^"]*)"/g)].map(([, source = ""]) => source);

describe.each(SCOPES)("in %s scope", (scope) => {
  test("a source that was typed in a subfolder works from everywhere", async () => {
    const { root, home, run, put, configFile, dir } = makeGround(scope);
    plant(join(root, "shared/rules-of-ours"), CALM);
    put("deep/er/file.txt", "");
    const within = { home, work: join(root, "deep/er") };
    const flags = scope === "user" ? ["--scope", "user"] : [];
    if (scope === "project") mkdirSync(join(root, ".aiwg"));
    expect(await aiwg(within, ["use", "../../shared/rules-of-ours", "--to", "claude-code", ...flags])).toMatchObject({ code: 0 });
    expect(sourcesIn(configFile)).toEqual(["./shared/rules-of-ours"]);
    expect(existsSync(join(root, ".claude/agents/x.md"))).toBe(true);
    expect(existsSync(join(root, "deep/er/.claude"))).toBe(false);
    plant(join(dir, "other"), { "agents/o.md": agent("o") });
    expect(await aiwg(within, ["use", join(dir, "other"), ...flags])).toMatchObject({ code: 0 });
    expect(sourcesIn(configFile)).toEqual(["./shared/rules-of-ours", join(dir, "other")]);
    for (const work of [root, within.work]) expect(await aiwg({ home, work }, ["status", "--check", ...flags])).toMatchObject({ code: 0 });
    expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
  });

  test("the same folder in other words is the same bundle; another one of its name is refused, and nothing changes", async () => {
    const { run, json, dir, bundle, configFile, picture } = makeGround(scope, CALM);
    expect(await run("use", bundle, "--to", "claude-code")).toMatchObject({ code: 0 });
    const [config, before] = [readFileSync(configFile, "utf8"), picture(true)];
    expect(await run("use", `${bundle}/../house/.`)).toMatchObject({ code: 0, stdout: "" });
    plant(join(dir, "more/house"), { "agents/o.md": agent("o") });
    expect(await json("use", join(dir, "more/house"))).toMatchObject({
      code: 4,
      error: { code: "state_conflict", message: expect.stringContaining("house"), hint: expect.stringContaining("--name") },
    });
    expect(await run("use", join(dir, "more/house"), "--name", scope)).toMatchObject({ code: 2, stderr: expect.stringContaining("--name") });
    expect([readFileSync(configFile, "utf8"), picture(true)]).toEqual([config, before]);
    expect(await run("use", join(dir, "more/house"), "--name", "more")).toMatchObject({ code: 0 });
    expect((await json("status")).data).toMatchObject({ bundles: [{ name: "house" }, { name: "more" }] });
  });

  test("two bundles with another agent of one name collide: exit 2, both named, all as before", async () => {
    const { run, dir, bundle, configFile, picture } = makeGround(scope, CALM);
    await run("use", bundle, "--to", "claude-code");
    const [config, before] = [readFileSync(configFile, "utf8"), picture(true)];
    plant(join(dir, "rival"), { "agents/x.md": agent("x").replace("You", "We") });
    const ran = await run("use", join(dir, "rival"));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/house.*rival|rival.*house/s);
    expect(ran.stderr).toContain('Leave it out of rival (--exclude agent:x with aiwg use, or "exclude" in aiwg.jsonc), or out of house.\n');
    expect([readFileSync(configFile, "utf8"), picture(true)]).toEqual([config, before]);
    plant(join(dir, "rival"), { "agents/z.md": agent("z") });
    expect(await run("use", join(dir, "rival"), "--exclude", "agent:x")).toMatchObject({ code: 0, stdout: expect.stringContaining("agents/z.md") });
    expect(readFileSync(configFile, "utf8")).toMatch(/"name": "rival",\s*"source": ".*",\s*"exclude": \[\s*"agent:x"\s*\]/);
  });

  test("two that are used at once are both there", async () => {
    const { root, home, dir, configFile, run } = makeGround(scope, CALM);
    const names = ["one", "two", "three"];
    for (const name of names) plant(join(dir, name), { [`agents/${name}.md`]: agent(name) });
    const flags = scope === "user" ? ["--scope", "user"] : [];
    await run("init", "--to", "claude-code");
    const ran = await Promise.all(names.map((name) => spawnAiwg({ home, work: root }, ["use", join(dir, name), ...flags])));
    expect(ran.map(({ code, stderr }) => (code === 0 ? "" : stderr))).toEqual(["", "", ""]);
    expect(sourcesIn(configFile).toSorted()).toEqual(names.map((name) => join(dir, name)).toSorted());
    for (const name of names) expect(existsSync(join(root, `.claude/agents/${name}.md`))).toBe(true);
    expect(await run("status", "--check")).toMatchObject({ code: 0 });
  });

  test("a deploy beside others that use and remove bundles never brings an old config back", async () => {
    const { root, home, dir, run, bundle } = makeGround(scope, CALM);
    const flags = scope === "user" ? ["--scope", "user"] : [];
    plant(join(dir, "late"), { "agents/late.md": agent("late") });
    await run("use", bundle, "--to", "claude-code");
    rmSync(join(root, ".claude/agents/x.md"));
    const at = { home, work: root };
    const ran = await Promise.all([
      spawnAiwg(at, ["deploy", ...flags]),
      spawnAiwg(at, ["use", join(dir, "late"), ...flags]),
      spawnAiwg(at, ["deploy", "--to", "codex", ...flags]),
      spawnAiwg(at, ["deploy", ...flags]),
    ]);
    expect(ran.map(({ code, stderr }) => (code === 0 ? "" : stderr))).toEqual(["", "", "", ""]);
    expect(await run("status", "--check")).toMatchObject({ code: 0, stdout: expect.stringMatching(/codex +agent +late +current/) });
  });

  test("what fails leaves config and tree as they were", async () => {
    const { run, root, home, dir, bundle, picture, own, configFile } = makeGround(scope, CALM);
    const before = picture(true);
    for (const [args, code] of [
      [["use", join(dir, "none"), "--to", "claude-code"], 3],
      [["use", bundle], 2],
      [["use", bundle, "--to", "claud-code"], 2],
      [["use", bundle, "--to", "claude-code", "--name", "a b"], 2],
    ] as const)
      expect([args, (await run(...args)).code]).toEqual([args, code]);
    expect(existsSync(own)).toBe(false);
    expect(picture(true)).toEqual(before);
    // The journal cannot be written, since a file stands where its folder goes; the config is on disk by then.
    const journal = scope === "project" ? join(root, ".aiwg/journal") : join(home, "state/context/journal");
    rmSync(journal, { recursive: true, force: true });
    plant(dirname(journal), { journal: "in the way" });
    expect(await run("use", bundle, "--to", "claude-code")).toMatchObject({ code: 6, stderr: expect.stringContaining("journal cannot be written") });
    expect(existsSync(configFile)).toBe(false);
    expect(picture(true)).toEqual(before);
  });

  test("a source that went away is said, with nothing deleted; its bundle can still be removed, also beside another such", async () => {
    const { run, json, bundle, dir, root, picture } = makeGround(scope, CALM);
    plant(join(dir, "second"), { "agents/second.md": agent("second") });
    plant(join(dir, "third"), { "agents/third.md": agent("third") });
    const before = picture();
    await run("use", bundle, "--to", "claude-code,codex");
    await run("use", join(dir, "second"));
    await run("use", join(dir, "third"));
    const deployed = picture(true);
    renameSync(bundle, `${bundle}.gone`);
    for (const command of ["deploy", "status"]) {
      const ran = await run(command);
      expect(ran).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("bundle house: ") });
      expect(ran.stderr).toContain("aiwg remove house");
    }
    expect(picture(true)).toEqual(deployed);
    renameSync(join(dir, "second"), join(dir, "second.gone"));
    expect(await run("remove", "house")).toMatchObject({ code: 3, stderr: expect.stringContaining("aiwg remove second") });
    expect(picture(true)).toEqual(deployed);
    expect(await run("remove", "house", "second")).toMatchObject({ code: 0 });
    expect(existsSync(join(root, ".claude/agents/x.md"))).toBe(false);
    expect(await json("status", "--check")).toMatchObject({ code: 0, data: { bundles: [{ name: "third" }] } });
    expect(await run("remove", "third")).toMatchObject({ code: 0 });
    expect(picture()).toEqual(before);
  });

  test("a defective artifact is told with its line, the rest is deployed, and what stood of it stays", async () => {
    const { run, json, bundle, root, read } = makeGround(scope, CALM);
    await run("use", bundle, "--to", "claude-code");
    const good = read(".claude/agents/x.md");
    writeFileSync(join(bundle, "agents/x.md"), "---\ndescription: [broken\n---\nNew.\n");
    writeFileSync(join(bundle, "commands/fix.md"), "Fix it.\n");
    const ran = await run("deploy");
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringMatching(/agents\/x\.md:\d+: /) });
    expect(read(".claude/agents/x.md")).toBe(good);
    expect(read(".claude/commands/fix.md")).toBe("Fix it.\n");
    // Drift of units is what --check is about, not the sources.
    expect((await json("deploy", "--dry-run")).data).toMatchObject({ changes: [], diagnostics: [{ severity: "error", line: expect.any(Number) }] });
    writeFileSync(join(bundle, "commands/fix.md"), "Fix it now.\n");
    expect(await run("deploy", "--strict")).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was written: --strict") });
    expect(read(".claude/commands/fix.md")).toBe("Fix it.\n");
    expect(existsSync(join(root, ".claude/agents/x.md"))).toBe(true);
  });
});

test("a bundle named again without a choice keeps the one it has, and that is told with the way to all of it", async () => {
  const { run, bundle, configFile } = makeGround("project", CALM);
  await run("use", bundle, "--to", "claude-code", "--only", "rule:style", "--only", "agent:x");
  const told = 'of house the config takes only rule:style, agent:x; for all of it take "include" out of .aiwg/aiwg.jsonc, then: aiwg deploy\n';
  expect(await run("use", bundle)).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining(told) });
  writeFileSync(configFile, readFileSync(configFile, "utf8").replace(/,\s*"include": \[[^\]]*\]/, ""));
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: expect.stringContaining("changelog") });
  expect((await run("use", bundle)).stderr).not.toContain("the config takes");
});

test("what the project's own bundle has with other content cannot be left out of that, so its file is named", async () => {
  const { run, put, bundle } = makeGround("project", CALM);
  put(".aiwg/context/agents/x.md", agent("x").replace("You", "We"));
  const { code, stderr } = await run("use", bundle, "--to", "claude-code");
  expect([code, stderr]).toEqual([2, expect.stringContaining("Leave it out of house (--exclude agent:x with aiwg use, or")]);
  expect(stderr).toContain(", or change .aiwg/context/agents/x.md.\n");
});

test("remove takes the bundle out and leaves the comments of the config", async () => {
  const { run, bundle, configFile, root } = makeGround("project");
  git(root, "init", "-q");
  await run("init", "--to", "claude-code");
  const config = readFileSync(configFile, "utf8").replace("{", '{\n  // ours: "platforms" by hand');
  writeFileSync(configFile, config);
  expect(await run("use", bundle, "--yes")).toMatchObject({ code: 0 });
  expect(readFileSync(configFile, "utf8")).toContain("// ours");
  expect(await run("remove", "hous")).toMatchObject({ code: 3, stderr: expect.stringContaining("Did you mean house?") });
  expect(await run("remove", "house")).toMatchObject({ code: 0 });
  expect(readFileSync(configFile, "utf8")).toContain("// ours");
  expect(readFileSync(configFile, "utf8")).not.toContain('"house"');
});

test("what a bundle calls itself and holds cannot drive a terminal", async () => {
  const esc = "\u001b]0;owned\u0007\u001b[31m";
  const { run, root, bundle, put } = makeGround("project", { ...BUNDLE, [`agents/e${esc}vil.md`]: `---\ndescription: "${esc}"\nx: [\n---\n` });
  put(".claude/agents/x.md", esc);
  plant(join(bundle, "..", `ho${esc}use`), CALM);
  for (const args of [
    ["use", bundle, "--to", "claude-code", "--dry-run"],
    ["use", bundle, "--to", "claude-code", "--yes"],
    ["use", `../ho${esc}use`, "--dry-run"],
    ["use", `../no${esc}ne`],
    ["status"],
    ["status", `agent/${esc}`],
    ["status", "--json"],
    ["keep", `.claude/${esc}`],
    ["save", `.claude/${esc}`],
    ["remove", esc],
    ["import", esc],
    ["platforms", esc],
    ["deploy", "--to", esc],
  ]) {
    const ran = await run(...args);
    expect([args, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(ran.stdout + ran.stderr)]).toEqual([args, false]);
  }
  expect(existsSync(join(root, ".claude/commands/fix.md"))).toBe(true);
});

test("a plan whose config was changed by somebody else meanwhile is made anew, and only that one is carried out", async () => {
  const { root, home, bundle } = makeGround("project", CALM);
  const places = placesOf({ AIWG_HOME: home, HOME: home });
  const config = { platforms: ["claude-code"], bundles: [{ name: "house", source: bundle }], gitignore: "none", models: {} } as const;
  const now: DeployInput = {
    site: siteOf({ scope: "project", root, home, places }),
    cwd: root,
    env: {},
    places,
    config,
    platforms: platformsNamed(["claude-code"]),
    fetched: new Map(),
  };
  const accepted: number[] = [];
  const deps = { now: Date.now, ask: async () => false, accept: ({ changes }: { readonly changes: readonly unknown[] }) => accepted.push(changes.length) > 0 };
  await deploy({ ...now, config: { ...config, bundles: [] }, again: async () => now }, null, deps);
  expect(existsSync(join(root, ".claude/agents/x.md"))).toBe(true);
  expect(accepted).toHaveLength(1);
  const stubborn: DeployInput = { ...now, again: async () => stubborn };
  await expect(deploy(stubborn, null, deps)).rejects.toMatchObject({ code: "lock_held", message: expect.stringContaining("other runs keep changing") });
});
