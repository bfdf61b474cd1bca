// Which folders are understood as bundles, and what is made of each.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { artifactId, diagnosticText } from "../../src/context/model.ts";
import { type Bundle, type ReadOptions, readBundle } from "../../src/context/parse/bundle.ts";
import { type Ground, makeGround } from "./plant.ts";

let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const read = (options: Partial<ReadOptions> = {}): Bundle => readBundle(join(ground.dir, "b"), { shown: "b", ...options });
const ids = (bundle: Bundle): string[] => bundle.artifacts.map(artifactId);
const told = (bundle: Bundle): string[] => bundle.diagnostics.map((diagnostic) => `${diagnostic.severity} ${diagnosticText(diagnostic)}`);
const skill = (name: string, text = "x"): string => `---\nname: ${name}\ndescription: "d"\n---\n${text}\n`;

test("a Claude Code plugin gives skills, agents, commands and servers; its hooks are told, what needs an installed plugin is left out", () => {
  ground.plant({
    "b/.claude-plugin/plugin.json": '{"name": "Tool Box", "version": "2.0.0"}',
    "b/skills/s/SKILL.md": skill("s", "Run ${CLAUDE_PLUGIN_ROOT}/x"),
    "b/agents/a.md": skill("a"),
    "b/commands/c.md": "do",
    "b/commands/group/d.md": "do",
    "b/.mcp.json": '{"mcpServers": {"net": {"url": "https://x.invalid"}, "own": {"command": "${CLAUDE_PLUGIN_ROOT}/server"}}}',
    "b/hooks/hooks.json": "{}",
    "b/rules/not-a-plugins.md": "x",
  });
  const bundle = read();
  expect(bundle).toMatchObject({ name: "Tool-Box", version: "2.0.0" });
  expect(ids(bundle)).toEqual(["skill/s", "agent/a", "command/c", "mcp/net"]);
  expect(told(bundle)).toEqual([
    "note b/.claude-plugin/plugin.json: plugin Tool Box: its hooks are not read; a behavior says the same for every platform",
    "warn b/skills/s/SKILL.md: speaks of ${CLAUDE_PLUGIN_ROOT}, which is set for installed plugins only",
    'error b/.mcp.json:1: server "own" needs ${CLAUDE_PLUGIN_ROOT}, the folder of an installed plugin',
  ]);
});

test("a marketplace gives all plugins in it; the later of two artifacts of one name gets its plugin's in front", () => {
  ground.plant({
    "b/.claude-plugin/marketplace.json": JSON.stringify({
      name: "market",
      metadata: { version: "3" },
      plugins: [
        { name: "one", source: "./plugins/one" },
        { name: "Two", source: "./plugins/two" },
        { name: "far", source: { source: "github", repo: "o/r" } },
        { name: "out", source: "../elsewhere" },
        { name: "gone", source: "./plugins/gone" },
        { name: "listed", source: "./", skills: ["./shelf/a", "./shelf/more", "./none"], mcpServers: { net: { url: "https://x.invalid" } } },
      ],
    }),
    "b/plugins/one/skills/s/SKILL.md": skill("s", "first"),
    "b/plugins/one/skills/same/SKILL.md": skill("same"),
    "b/plugins/two/.claude-plugin/plugin.json": '{"name": "two", "commands": "./extra"}',
    "b/plugins/two/skills/s/SKILL.md": skill("s", "second"),
    "b/plugins/two/skills/same/SKILL.md": skill("same"),
    "b/plugins/two/extra/c.md": "c",
    "b/plugins/two/commands/unused.md": "u",
    "b/shelf/a/SKILL.md": skill("a"),
    "b/shelf/more/b/SKILL.md": skill("b"),
    "b/skills/unlisted/SKILL.md": skill("unlisted"),
  });
  const bundle = read();
  expect(bundle).toMatchObject({ name: "market", version: "3" });
  expect(ids(bundle)).toEqual(["skill/a", "skill/b", "skill/s", "skill/same", "skill/two-s", "command/c", "mcp/net"]);
  const renamed = bundle.artifacts.find(({ name }) => name === "two-s");
  expect(renamed?.kind === "skill" && Buffer.from(renamed.files[0]?.bytes ?? []).toString()).toBe(skill("two-s", "second"));
  expect(told(bundle)).toEqual([
    "note b/.claude-plugin/marketplace.json: plugin far lies elsewhere, so it is not read",
    "note b/.claude-plugin/marketplace.json: plugin out lies elsewhere, so it is not read",
    'note b/.claude-plugin/marketplace.json: plugin gone has no folder "plugins/gone", so it is not read',
    "note b/plugins/two/skills/s/SKILL.md: skill/s is there already; this one is called two-s",
    'warn b/.claude-plugin/marketplace.json: plugin listed: "./none" names no skill inside of the source',
  ]);
});

test("a folder of skills, and one that is a skill, are bundles", () => {
  ground.plant({ "b/pdf/SKILL.md": skill("pdf"), "b/docx/SKILL.md": skill("docx"), "b/docs/readme.md": "x", "b/README.md": "x" });
  symlinkSync("/etc", join(ground.dir, "b/link"));
  expect([ids(read()), told(read())]).toEqual([["skill/docx", "skill/pdf"], []]);
  ground.plant({ "My_Skill/SKILL.md": skill("my-skill"), "My_Skill/notes.txt": "n", "My_Skill/.git/config": "x" });
  const alone = readBundle(join(ground.dir, "My_Skill"), { shown: "My_Skill" });
  expect(alone.artifacts).toMatchObject([{ kind: "skill", name: "my-skill", files: [{ path: "SKILL.md" }, { path: "notes.txt" }] }]);
  expect([alone.name, told(alone)]).toEqual(["My_Skill", []]);
});

test("a bare file of instructions is one rule that is always loaded, the first of several", () => {
  ground.plant({ "b/.github/copilot-instructions.md": "for copilot", "b/src/main.c": "int x;" });
  expect(read().artifacts).toMatchObject([{ kind: "rule", name: "b", always: true, body: "for copilot" }]);
  ground.plant({ "b/AGENTS.md": "for all", "b/CLAUDE.md": "@AGENTS.md" });
  expect(read({ name: "team" }).artifacts).toMatchObject([{ kind: "rule", name: "team", body: "for all", from: "b/AGENTS.md" }]);
});

test("our own layout wins over a file of instructions, and its manifest over everything", () => {
  ground.plant({ "b/AGENTS.md": "x", "b/rules/r.md": "r", "b/SKILL.md": skill("b") });
  expect(ids(read())).toEqual(["rule/r"]);
  ground.plant({ "b/bundle.jsonc": "{}", "b/.claude-plugin/plugin.json": '{"name": "p"}' });
  expect(ids(read())).toEqual(["rule/r"]);
});

test("an empty bundle is a warning, and none where it was asked for by layout; a folder of something else is refused with what a bundle is", () => {
  mkdirSync(join(ground.dir, "b/rules"), { recursive: true });
  expect(told(read())).toEqual(["warn b: the bundle is empty"]);
  expect(told(read({ layout: "bundle" }))).toEqual([]);
  expect(readBundle(join(ground.dir, "none"), { shown: "none", layout: "bundle" })).toMatchObject({ artifacts: [], diagnostics: [] });
  ground.plant({ "other/main.py": "x" });
  expect(() => readBundle(join(ground.dir, "other"), { shown: "other" })).toThrow(
    expect.objectContaining({ code: "usage", message: "other is not a bundle", hint: expect.stringContaining("skills/<name>/SKILL.md") }),
  );
});

test("a hidden file in the place of an artifact is a defect of it, but for what systems and editors leave", () => {
  ground.plant({
    "b/rules/r.md": "r",
    "b/rules/.hidden.md": "x",
    "b/rules/._r.md": "x",
    "b/rules/.#r.md": "x",
    "b/rules/.gitkeep": "",
    "b/skills/..%2f/SKILL.md": "---\nname: x\ndescription: d\n---\n",
    "b/skills/.git/x": "x",
    "b/agents/.cache/x.md": "x",
  });
  expect(ids(read())).toEqual(["rule/r"]);
  expect(told(read())).toEqual([
    "error b/rules/.hidden.md: has a name that begins with a dot",
    "error b/skills/..%2f/SKILL.md: has a name that begins with a dot",
  ]);
});

test("what lies beside artifacts and is none is told once for each folder", () => {
  ground.plant({ "b/rules/r.md": "r", "b/rules/x.mdc": "x", "b/rules/sub/y.md": "y", "b/behaviors/none/x.sh": "x" });
  expect(told(read())).toEqual([
    "warn b/rules: not read as a rule: sub, x.mdc; it must be rules/<name>.md",
    "warn b/behaviors: not read as a behavior: none; it must be behaviors/<name>/BEHAVIOR.md",
  ]);
});

const manifests: readonly (readonly [string, string, RegExp])[] = [
  ["bundle.jsonc", '{\n"name": "a b"}', /^b\/bundle\.jsonc:2: \/name: must be 1-64/],
  ["bundle.jsonc", "{", /^b\/bundle\.jsonc:1: not valid JSON/],
  [".claude-plugin/plugin.json", '{\n"name": 3}', /plugin\.json:2: \/name/],
  [".claude-plugin/marketplace.json", '{"plugins":\n[{"name": "a",\n"source": "./a", "skills": 3}]}', /marketplace\.json:3: \/plugins\/0\/skills/],
];
for (const [path, text, message] of manifests) {
  test(`a broken ${path} (${text.length} characters) is refused with its line`, () => {
    ground.plant({ [`b/${path}`]: text, "b/rules/r.md": "r" });
    expect(() => read()).toThrow(expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(message) }));
  });
}

test("a name that cannot stand in a marker is refused", () => {
  ground.plant({ "b/rules/r.md": "r" });
  for (const name of ["a b", "a-->", "", ".", "ä"]) expect(() => read({ name })).toThrow(expect.objectContaining({ code: "usage" }));
});
