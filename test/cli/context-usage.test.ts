// What is typed wrongly about context: refused with a suggestion, and nothing is written.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CALM, SCOPES, makeGround, plant } from "./context-rig.ts";
import { aiwg, jsonOf } from "./rig.ts";

const refused: readonly (readonly [what: string, args: readonly string[], code: number, message: RegExp])[] = [
  ["a flag", ["use", "../house", "--too", "claude-code"], 2, /unknown flag --too, did you mean --to\?/],
  ["a flag of another command", ["status", "--force", "x"], 2, /unknown flag --force/],
  ["a platform", ["deploy", "--to", "claud-code"], 2, /no platform "claud-code".*Did you mean claude-code\?/s],
  ["a group", ["use", "../house", "--to", "copilto"], 2, /no platform "copilto".*Did you mean copilot/s],
  ["a platform to import", ["import", "opncode"], 2, /no platform "opncode".*Did you mean opencode\?/s],
  ["a platform to look at", ["platforms", "codx"], 2, /no platform "codx".*Did you mean codex\?/s],
  ["a platform of status", ["status", "--to", "codx"], 2, /no platform "codx"/],
  ["an empty list of platforms", ["deploy", "--to", ","], 2, /--to: "," is not a list/],
  ["a scope", ["status", "--scope", "usr"], 2, /--scope: "usr" is not one of project, user; did you mean user\?/],
  ["no source", ["use"], 2, /argument is missing: <source>/],
  ["no bundle", ["remove"], 2, /missing.*bundle|bundle.*missing|at least 1/i],
  ["no path", ["keep"], 2, /argument is missing: <path>/],
  ["a source without ./", ["use", "house", "--to", "codex"], 2, /"house" is not understood.*\.\/house/s],
  ["a source from elsewhere", ["use", "git+http://host.invalid/x.git", "--to", "codex"], 2, /may be git\+https, git\+ssh or git\+file only.*owner\/repo/s],
  ["a source that is a file", ["use", "./a-file", "--to", "codex"], 2, /is not a folder/],
  ["a source that is none", ["use", "./nowhere", "--to", "codex"], 3, /there is no folder/],
  ["a folder that is no bundle", ["use", "./plain", "--to", "codex"], 2, /is not a bundle.*rules\/\*\.md/s],
  ["a bundle's name", ["use", "../house", "--to", "codex", "--name", "../x"], 2, /--name: "\.\.\/x" must be 1-64 of/],
  ["a bundle", ["remove", "house"], 3, /no bundle "house".*No bundle is in use here/s],
  ["an artifact", ["status", "agent/x"], 3, /"agent\/x" is not deployed here/],
  ["a path to save", ["save", "a-file"], 3, /aiwg has written nothing at a-file/],
  ["a path to keep", ["keep", "a-file"], 3, /aiwg has written nothing at a-file/],
  ["a path to force", ["deploy", "--to", "codex", "--force", "a-file"], 3, /aiwg has written nothing at a-file/],
  ["a path out of the root", ["keep", "../a-file"], 5, /"\.\.\/a-file"/],
  ["no platform at all", ["use", "../house"], 2, /no platform is named.*--to claude-code/s],
  ["nothing to import from", ["import"], 2, /no tool has files here.*aiwg import claude-code/s],
];

for (const [what, args, code, message] of refused) {
  test(`${what} that does not exist or fit is refused, and nothing is written`, async () => {
    const { run, work, home, root, picture } = makeGround("project", CALM);
    plant(root, { "a-file": "x", "plain/readme.txt": "x" });
    const before = picture(true);
    const ran = await run(...args);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr).toMatch(message);
    expect(existsSync(join(root, ".aiwg"))).toBe(false);
    expect(picture(true)).toEqual(before);
    const { error } = jsonOf(await aiwg({ home, work }, [...args, "--json"]));
    expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String), hint: expect.stringMatching(/\S/) });
  });
}

describe.each(SCOPES)("in %s scope", (scope) => {
  test("a slip in the config is told with its line and a suggestion, by every command", async () => {
    const { run, configFile, own } = makeGround(scope, CALM);
    plant(join(own, ".."), { "aiwg.jsonc": '{\n  // comment\n  "platfroms": ["codex"]\n}\n' });
    for (const args of [["deploy"], ["status"], ["save"], ["use", "../house"], ["remove", "x"], ["init"], ["plan"]]) {
      const ran = await run(...args);
      expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/aiwg\.jsonc:3: .*platfroms.*did you mean.*platforms/is) });
    }
    plant(join(own, ".."), { "aiwg.jsonc": '{ "platforms": ["cdex"] }\n' });
    expect(await run("deploy")).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean codex?") });
    expect(readFileSync(configFile, "utf8")).toBe('{ "platforms": ["cdex"] }\n');
  });

  test("a lock that does not parse, or is of a later aiwg, stops everything and stays as it is", async () => {
    const { run, bundle, lockFile, picture } = makeGround(scope, CALM);
    await run("use", bundle, "--to", "claude-code");
    const before = picture(true);
    const good = readFileSync(lockFile, "utf8");
    for (const [text, message] of [
      [good.replace('"lock": 1', '"lock": 2'), /later aiwg/],
      [good.slice(0, 100), /aiwg\.lock:\d+: not valid JSON/],
      [`<<<<<<< ours\n${good}`, /merge conflict/],
    ] as const) {
      plant(join(lockFile, ".."), { "aiwg.lock": text });
      for (const args of [["deploy"], ["status"], ["save"], ["remove", "house"]])
        expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
      expect(readFileSync(lockFile, "utf8")).toBe(text);
    }
    expect(picture(true)).toEqual(before);
  });

  test("platforms are remembered once named, also by deploy, and status can be asked for one", async () => {
    const { run, json, bundle, configFile } = makeGround(scope, CALM);
    await run("use", bundle, "--to", "codex");
    const config = readFileSync(configFile, "utf8");
    expect(await run("use", bundle, "--to", "codex")).toMatchObject({ code: 0 });
    expect(readFileSync(configFile, "utf8")).toBe(config);
    expect((await json("deploy", "--to", "opencode", "--dry-run")).data).toMatchObject({ platforms: ["codex", "opencode"] });
    expect(readFileSync(configFile, "utf8")).toBe(config);
    expect(await run("deploy", "--to", "opencode")).toMatchObject({ code: 0 });
    expect(await json("deploy")).toMatchObject({ code: 0, data: { platforms: ["codex", "opencode"], changes: [] } });
    const { artifacts } = (await json("status", "--to", "opencode")).data as { artifacts: { platform: string }[] };
    expect([...new Set(artifacts.map(({ platform }) => platform))]).toEqual(["opencode"]);
  });
});

test("where nothing is to be deployed, deploy makes no file", async () => {
  const { run, root, put } = makeGround("project");
  put(".claude/settings.json", "{}");
  expect(await run("deploy")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("aiwg use <folder>") });
  expect(existsSync(join(root, ".aiwg"))).toBe(false);
});

test("a folder that is somebody's home is no project", async () => {
  const { home, run } = makeGround("project", CALM);
  const ran = await aiwg({ home, work: home }, ["use", "../house", "--to", "codex"]);
  expect(ran).toMatchObject({ code: 5, stderr: expect.stringContaining("--scope user") });
  expect(existsSync(join(home, ".aiwg"))).toBe(false);
  expect(await run("status")).toMatchObject({ code: 0 });
});

test("bare aiwg says which bundles go to which platforms", async () => {
  const { run, bundle } = makeGround("project", CALM);
  await run("use", bundle, "--to", "claude-code,codex");
  expect(await run()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/context +house → claude-code, codex/),
    stderr: expect.stringContaining("aiwg status"),
  });
});

test("help, the list of platforms and the ways out of a conflict fit 80 columns", async () => {
  const { run, bundle, put } = makeGround("project", CALM);
  put(".claude/agents/x.md", "mine");
  const texts = [(await run("use", bundle, "--to", "claude-code")).stdout, (await run("platforms")).stdout];
  for (const command of ["init", "use", "deploy", "plan", "status", "save", "keep", "remove", "import", "platforms"])
    texts.push((await run(command, "--help")).stdout);
  const long = texts.flatMap((text) => text.split("\n")).filter((line) => line.length > 80);
  expect(long).toEqual([]);
});
