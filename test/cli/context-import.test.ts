// Taking over what a person has for single tools: nothing is rewritten, and what cannot become ours exactly as it stands stays theirs.
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ground, SCOPES, makeGround } from "./context-rig.ts";

const AGENT = "---\nname: y\ndescription: Plays y # mine\ncolor: red\n---\n\n\nYou are y.\n\n";
const PERSONS: Readonly<Record<string, string>> = {
  ".claude/rules/kind.md": "Be kind.\r\n\r\n",
  ".claude/agents/y.md": AGENT,
  ".claude/commands/go.md": "Go $ARGUMENTS",
  ".claude/skills/pdf/SKILL.md": "---\nname: pdf\ndescription: makes pdf\n---\nDo.\n",
  ".claude/skills/pdf/run.sh": "#!/bin/sh\n",
};
const putAll = ({ put }: Ground, files: Readonly<Record<string, string>>): void => Object.entries(files).forEach(([path, text]) => put(path, text));

describe.each(SCOPES)("in %s scope", (scope) => {
  test("import, then deploy, writes nothing, and remove of nothing is left to do", async () => {
    const ground = makeGround(scope, {});
    const { run, json, picture, own } = ground;
    putAll(ground, PERSONS);
    const before = picture(true);
    expect((await json("import", "claude-code", "--dry-run")).data).toMatchObject({
      dry_run: true,
      imported: [{ artifact: "rule/kind" }, { artifact: "skill/pdf" }, { artifact: "agent/y" }, { artifact: "command/go" }],
    });
    expect(existsSync(own)).toBe(false);
    const ran = await run("import", "claude-code");
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/adopt +\.claude\/agents\/y\.md/) });
    expect(picture(true)).toEqual(before);
    expect(readFileSync(join(own, "agents/y.md"), "utf8")).toBe(AGENT);
    expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
    expect(picture(true)).toEqual(before);
    expect(await run("status", "--check")).toMatchObject({ code: 0, stdout: expect.stringMatching(/claude-code +agent +y +current/) });
    expect(await json("import")).toMatchObject({ code: 0, data: { imported: [] } });
    expect(picture(true)).toEqual(before);
  });

  test("what was imported is shared with another platform by the next deploy, and only there is anything written", async () => {
    const ground = makeGround(scope, {});
    const { run, picture, root } = ground;
    putAll(ground, PERSONS);
    const before = picture(true);
    await run("import", "claude-code");
    expect(await run("deploy", "--to", "codex")).toMatchObject({ code: 0 });
    const after = picture(true);
    for (const path of Object.keys(PERSONS)) expect(after[path]).toBe(before[path]);
    expect(existsSync(join(root, ".codex/agents/y.toml"))).toBe(true);
    // An adopted file is a person's: it stays when its source goes.
    expect(readFileSync(join(root, ".claude/agents/y.md"), "utf8")).toBe(AGENT);
  });

  test("without a name, what is in use here is looked at; what a deploy would put elsewhere too is left unless it may be shared", async () => {
    const ground = makeGround(scope, {});
    const { run, json, picture } = ground;
    putAll(ground, { ...PERSONS, ".codex/config.toml": 'model = "x"\n' });
    const before = picture(true);
    const dry = (await json("import", "--dry-run")).data as { imported: { artifact: string }[]; notes: string[] };
    expect(dry.notes.join("\n")).toMatch(/agents\/y\.md: stays as it is: a deploy would also write \.codex\/agents\/y\.toml; --share takes/);
    const done = await json("import");
    expect(done).toMatchObject({ code: 0, data: { imported: dry.imported, notes: dry.notes } });
    expect(dry.imported.map(({ artifact }) => artifact)).not.toContain("agent/y");
    expect(picture(true)).toEqual(before);
    expect(await run("import", "--share")).toMatchObject({ code: 0 });
    expect(Object.keys(picture()).length).toBeGreaterThan(Object.keys(before).length);
  });

  test("a file that is broken, or says more than we can give back, is left with a note and no error", async () => {
    const ground = makeGround(scope, {});
    const { run, picture, own } = ground;
    putAll(ground, { ".claude/agents/broken.md": "---\nx: [\n---\n", ".claude/agents/y.md": AGENT });
    const before = picture(true);
    const ran = await run("import", "claude-code");
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/broken\.md:\d+/) });
    expect(readdirSync(join(own, "agents"))).toEqual(["y.md"]);
    expect(picture(true)).toEqual(before);
  });

  test("what cannot be read is left as it is, each with a note, and stops nothing else", async () => {
    const ground = makeGround(scope, {});
    const { run, json, picture, root, put } = ground;
    const settings = { copilot: scope === "project" ? ".github/mcp.json" : ".copilot/mcp-config.json" };
    putAll(ground, {
      ".claude/agents/y.md": AGENT,
      ".codex/agents/broken.toml": "name = \n",
      ".gemini/commands/broken.toml": 'prompt = """',
      ".gemini/settings.json": "{",
      ".qwen/agents/broken.md": "---\nx: [\n---\n",
      [settings.copilot]: "[]",
      "elsewhere/linked.md": "Linked.\n",
    });
    put(".claude/commands/odd.md", new Uint8Array([0xff, 0xfe, 0x00]));
    put(".qwen/settings.json", new Uint8Array([0x7b, 0xff, 0x7d]));
    put(".claude/rules/big.md", new Uint8Array(10 * 1024 * 1024 + 1).fill(97));
    mkdirSync(join(root, ".claude/rules/folder.md"));
    mkdirSync(join(root, ".kiro/settings/mcp.json"), { recursive: true });
    symlinkSync("/etc/hostname", join(root, ".claude/agents/out.md"));
    symlinkSync("nowhere", join(root, ".claude/agents/gone.md"));
    symlinkSync("../../elsewhere/linked.md", join(root, ".claude/rules/linked.md"));
    const before = picture(true);
    const notes: string[] = [];
    for (const platform of ["claude-code", "codex", "copilot-cli", "gemini-cli", "kiro-cli", "qwen-code"]) {
      const { code, data } = (await json("import", platform, "--share", "--dry-run")) as { code: number; data: { notes: string[] } };
      expect(code).toBe(0);
      notes.push(...data.notes);
    }
    const faults = [
      /rules\/big\.md: stays as it is: is larger than 10 MiB/,
      /rules\/linked\.md: stays as it is: it is a link/,
      /rules\/folder\.md: stays as it is: is a folder/,
      /agents\/gone\.md: stays as it is: is a link to nowhere/,
      /agents\/out\.md: stays as it is: is a link that leads out/,
      /commands\/odd\.md: stays as it is: is not UTF-8 text/,
      /agents\/broken\.toml: stays as it is: line 1 is not valid TOML/,
      /commands\/broken\.toml: stays as it is: line 1 is not valid TOML/,
      /gemini\/settings\.json:1: stays as it is: not valid JSON/,
      /agents\/broken\.md:\d: stays as it is: front matter is not valid YAML/,
      /qwen\/settings\.json: stays as it is: is not UTF-8 text/,
      /kiro\/settings\/mcp\.json: stays as it is: is a folder/,
      /mcp(?:-config)?\.json: stays as it is: it holds no keys/,
    ];
    for (const fault of faults) expect(notes.filter((note) => fault.test(note))).not.toEqual([]);
    expect(await run("import", "claude-code")).toMatchObject({ code: 0 });
    expect(picture(true)).toEqual(before);
    expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
    expect(picture(true)).toEqual(before);
  });
});
