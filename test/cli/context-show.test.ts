// The life of a bundle from the command line: used, edited, saved, removed; what programs are told of it; and every exit code.
import { appendFileSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BUNDLE, CALM, SCOPES, makeGround, plant } from "./context-rig.ts";
import { git } from "./rig.ts";

const ALL = ["--to", "claude-code,codex,copilot,opencode"];

test("a bundle is used, checked, edited, saved and removed, and git sees only what is aiwg's or a person's", async () => {
  const { run, root, bundle, read } = makeGround("project");
  git(root, "init", "-q");
  plant(root, { "AGENTS.md": "# Mine\r\n", "notes.txt": "n\n" });
  git(root, "add", ".");
  git(root, "commit", "-qm", "mine");
  expect(await run("use", "../house", ...ALL, "--yes")).toMatchObject({ code: 0 });
  expect(await run("status", "--check")).toMatchObject({ code: 0 });
  appendFileSync(join(root, ".claude/agents/x.md"), "edit\n");
  const refused = await run("deploy");
  expect(refused.code).toBe(4);
  expect(read(".claude/agents/x.md")).toBe("---\nname: x\ndescription: Plays x\n---\n\nYou are x.\nedit\n");
  for (const way of ["aiwg save .claude/agents/x.md", "aiwg deploy --force .claude/agents/x.md", "aiwg keep .claude/agents/x.md"])
    expect(refused.stdout).toContain(way);
  expect(await run("status", "--check")).toMatchObject({ code: 1, stdout: expect.stringMatching(/agent +x +edited/) });
  expect(await run("save", ".claude/agents/x.md")).toMatchObject({ code: 0 });
  expect(await run("deploy")).toMatchObject({ code: 0 });
  expect(await run("status", "--check")).toMatchObject({ code: 0 });
  expect(existsSync(join(bundle, "agents/x.md"))).toBe(true);
  expect(read(".opencode/agents/x.md")).toContain("You are x.\nedit\n");
  expect(await run("remove", "house")).toMatchObject({ code: 0 });
  expect(git(root, "status", "--porcelain")).toBe("?? .aiwg/");
});

test("what is always loaded is told for each of a few platforms, in one for many, and not again where nothing is done", async () => {
  const { run } = makeGround("project");
  const line = (text: string): string | undefined => text.split("\n").find((one) => one.includes("  always loaded: "));
  expect(line((await run("use", "../house", ...ALL.slice(0, 1), "claude-code,codex", "--yes")).stderr)).toMatch(
    /: claude-code ≈ \d+ tokens, codex ≈ \d+ tokens$/,
  );
  const many = ["--to", "claude-code,codex,copilot,cursor,opencode,zed"];
  expect(line((await run("deploy", ...many, "--yes")).stderr)).toMatch(/: ≈ \d+ to \d+ tokens on 7 platforms, most on [a-z-]+ \(--json lists all\)$/);
  expect(line((await run("deploy", ...many)).stderr)).toBeUndefined();
  expect(line((await run("deploy", ...many, "--dry-run")).stderr)).toMatch(/on 7 platforms/);
  expect(line((await run("remove", "house")).stderr)).toBeUndefined();
});

describe.each(SCOPES)("in %s scope", (scope) => {
  test("a second deploy touches nothing, and remove gives back every byte, mode and link", async () => {
    const { run, root, picture, put } = makeGround(scope);
    put(".claude/CLAUDE.md", "mine, with no last line end");
    put(".mcp.json", '{\n  // mine\n  "mcpServers": { "own": { "command": "own" } }\n}\n');
    put(".codex/config.toml", 'model = "x" # mine\r\n');
    put(".claude/settings.json", '{"hooks": {}}');
    put("bin/tool", "#!/bin/sh\n");
    symlinkSync("bin", join(root, "link"));
    const before = picture();
    expect(await run("use", "../house", ...ALL, "--yes")).toMatchObject({ code: 0 });
    const used = picture(true);
    expect(Object.keys(used).length).toBeGreaterThan(Object.keys(before).length + 10);
    expect(await run("deploy")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("everything is in place") });
    expect(picture(true)).toEqual(used);
    expect(await run("remove", "house")).toMatchObject({ code: 0 });
    expect(picture()).toEqual(before);
  });

  test("what status and a dry run tell programs has the promised shape", async () => {
    const { json, picture, bundle } = makeGround(scope, CALM);
    const before = picture();
    const planned = await json("use", bundle, "--to", "claude-code,opencode", "--dry-run");
    expect(planned).toMatchObject({
      code: 0,
      data: {
        scope,
        dry_run: true,
        written: false,
        platforms: ["claude-code", "opencode"],
        diagnostics: [],
        fidelity: expect.arrayContaining([
          expect.objectContaining({ platform: "opencode", kind: "rule", name: "tests", grade: "degraded", field: expect.any(String) }),
        ]),
        tokens: { "claude-code": expect.any(Number), opencode: expect.any(Number) },
      },
    });
    const { changes } = planned.data as { changes: { op: string; path: string; at?: string }[] };
    expect(changes).toContainEqual(expect.objectContaining({ op: "create", path: ".claude/agents/x.md" }));
    expect(changes.find(({ path }) => path === ".claude/agents/x.md")).not.toHaveProperty("at");
    expect(changes).toContainEqual(expect.objectContaining({ op: "create", at: "block:house" }));
    expect(picture()).toEqual(before);
    expect((await json("use", bundle, "--to", "claude-code,opencode")).data).toMatchObject({ written: true, dry_run: false });
    const status = await json("status");
    expect(status).toMatchObject({ code: 0, data: { platforms: ["claude-code", "opencode"] } });
    const { artifacts } = status.data as { artifacts: object[] };
    expect(artifacts).toContainEqual({ platform: "claude-code", kind: "agent", name: "x", bundle: "house", path: ".claude/agents/x.md", state: "current" });
    expect(artifacts).toContainEqual(expect.objectContaining({ platform: "opencode", kind: "rule", name: "style", at: "block:house", state: "current" }));
    expect((await json("status", "skill/changelog")).data).toMatchObject({ artifacts: [{ name: "changelog" }, { name: "changelog" }] });
    expect((await json("plan")).data).toMatchObject({ changes: [], dry_run: true });
  });

  test("status of nothing is no error, and says what to do", async () => {
    const { run, json, picture } = makeGround(scope);
    expect(await run("status", "--check")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("aiwg use <folder>") });
    expect(await json("status")).toMatchObject({ code: 0, data: { platforms: [], bundles: [], artifacts: [] } });
    expect(picture()).toEqual({});
  });

  test("each state is told: missing, stale, edited, foreign, kept", async () => {
    const { run, json, root, put, bundle, picture } = makeGround(scope, {
      ...CALM,
      "agents/y.md": BUNDLE["agents/x.md"]?.replaceAll("x", "y") ?? "",
      "agents/z.md": BUNDLE["agents/x.md"]?.replaceAll("x", "z") ?? "",
    });
    put(".claude/agents/z.md", "a person's own z\n");
    expect(await run("use", bundle, "--to", "claude-code")).toMatchObject({ code: 4 });
    await run("keep", join(root, ".claude/commands/fix.md"));
    appendFileSync(join(root, ".claude/agents/x.md"), "edit\n");
    appendFileSync(join(bundle, "agents/y.md"), "more\n");
    plant(root, { ".claude/skills/changelog/SKILL.md": "mine\n" });
    const before = picture(true);
    const data = (await json("status")).data as { artifacts: { kind: string; name: string; state: string }[] };
    const states = Object.fromEntries(data.artifacts.map(({ kind, name, state }) => [`${kind}/${name}`, state]));
    expect(states).toMatchObject({ "agent/x": "edited", "agent/y": "stale", "agent/z": "foreign", "command/fix": "kept", "skill/changelog": "edited" });
    expect(picture(true)).toEqual(before);
    expect((await run("status", "--check")).code).toBe(1);
    expect((await run("status", "command/fix", "--check")).code).toBe(0);
  });
});
