// Taking over what a person has for single tools: nothing is rewritten, and what cannot become ours exactly as it stands stays theirs.
import { existsSync, readFileSync, readdirSync } from "node:fs";
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
});
