// What doctor says of context: each planted trouble is found by its id, with where it is and what to do; a sound project has none.
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newRun, writeJournal } from "../../src/context/apply/journal.ts";
import { siteOf } from "../../src/context/site.ts";
import { placesOf } from "../../src/core/node/paths.ts";
import { BUNDLE, CALM, type Ground, SCOPES, makeGround, plant } from "./context-rig.ts";
import { aiwg, jsonOf } from "./rig.ts";

type Check = { readonly id: string; readonly status: string; readonly message: string; readonly hint: string | null; readonly fixable: boolean };
const ALL = ["--to", "claude-code,codex,copilot,opencode"];

async function doctor(
  { home, root }: Ground,
  args: readonly string[] = [],
  env = {},
): Promise<{ readonly code: number | null; readonly checks: readonly Check[]; readonly wrong: readonly Check[] }> {
  const ran = await aiwg({ home, work: root }, ["doctor", "--json", ...args], { AIWG_SERVE_PORT: "0", ...env });
  const all = (jsonOf(ran).data as { checks: Check[] }).checks;
  const checks = all.filter(({ id }) => id.startsWith("context"));
  return { code: ran.code, checks, wrong: checks.filter(({ status }) => status !== "ok") };
}

const trusted = (root: string): string => `[projects.${JSON.stringify(root)}]\ntrust_level = "trusted"\n`;
const hook = (command: string): string => JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ type: "command", command }] }] } });

test("a sound project has nothing wrong; what clients ask is told, and looking writes nothing", async () => {
  const ground = makeGround("project", { ...BUNDLE, "mcp.json": '{ "mcpServers": { "files": { "command": "node" } } }' });
  const { run, root, home, picture } = ground;
  plant(home, { ".codex/config.toml": trusted(root) });
  await run("use", "../house", ...ALL, "--yes");
  const before = picture(true);
  const { checks, wrong, code } = await doctor(ground);
  expect(wrong).toEqual([]);
  expect(code).toBe(0);
  expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(["context.state", "context.trust", "context.gate"]));
  expect(checks.find(({ id }) => id === "context.state")?.message).toMatch(/\d+ artifacts stand as the bundles say/);
  expect(checks.map(({ message }) => message).join("\n")).toContain("Claude Code asks once whether the servers of this project may run.");
  expect(picture(true)).toEqual(before);
  expect(existsSync(join(root, ".claude"))).toBe(true);
});

test("a folder in which no tool is in use has no finding at all", async () => {
  const ground = makeGround("project", {});
  ground.put("readme.md", "x");
  expect((await doctor(ground)).checks).toEqual([]);
  expect(existsSync(join(ground.root, ".aiwg"))).toBe(false);
});

type Planted = {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly home?: Readonly<Record<string, string>>;
  readonly id: string;
  readonly says: RegExp;
};

const PLANTED: readonly Planted[] = [
  {
    what: "a rule of Codex that it does not read",
    files: { ".codex/rules/a.md": "x", ".codex/rules/b.md": "x" },
    id: "context.dead",
    says: /\.codex\/rules\/a\.md and 1 more like it: Codex does not read it.*AGENTS\.md/s,
  },
  { what: "an agent of Copilot in YAML", files: { ".github/agents/x.yaml": "x" }, id: "context.dead", says: /\.github\/agents\/x\.yaml.*\.agent\.md/s },
  {
    what: "instructions without their ending",
    files: { ".github/instructions/x.md": "x", ".github/instructions/y.instructions.md": "y" },
    id: "context.dead",
    says: /instructions\/x\.md: GitHub Copilot does not read it/,
  },
  { what: "an old file of Cursor", files: { ".cursorrules": "x" }, id: "context.dead", says: /\.cursorrules.*none of.*AGENTS\.md/s },
  { what: "servers where nobody looks", files: { ".agents/mcp.json": "{}" }, id: "context.dead", says: /\.agents\/mcp\.json/ },
  {
    what: "AGENTS.md beside CLAUDE.md",
    files: { "AGENTS.md": "Mine.\n", "CLAUDE.md": "Also mine.\n" },
    id: "context.hidden",
    says: /AGENTS\.md: Claude Code does not read it while there is CLAUDE\.md/,
  },
  {
    what: "CLAUDE.md beside an empty AGENTS.md",
    files: { "AGENTS.md": "", "CLAUDE.md": "Mine.\n" },
    id: "context.hidden",
    says: /CLAUDE\.md: OpenCode does not read it while there is AGENTS\.md, even an empty one/,
  },
  {
    what: "AGENTS.override.md",
    files: { "AGENTS.md": "Mine.\n", "AGENTS.override.md": "" },
    id: "context.hidden",
    says: /AGENTS\.md: Codex CLI does not read it while there is AGENTS\.override\.md/,
  },
  {
    what: "servers of Copilot beside .mcp.json",
    files: { ".mcp.json": "{}", ".github/mcp.json": '{"mcpServers":{"a":{"command":"node"}}}' },
    id: "context.hidden",
    says: /\.github\/mcp\.json: GitHub Copilot CLI does not read it while there is \.mcp\.json/,
  },
  {
    what: "a comment in .mcp.json",
    files: { ".mcp.json": '{\n// mine\n"mcpServers": {} }' },
    id: "context.ignored",
    says: /\.mcp\.json: Claude Code and GitHub Copilot CLI ignore all of it: it has comments/,
  },
  {
    what: "a comment in Claude's settings",
    files: { ".claude/settings.json": "{} // mine" },
    id: "context.ignored",
    says: /\.claude\/settings\.json: Claude Code ignores all of it/,
  },
  {
    what: "broken settings",
    files: { ".claude/settings.json": '{\n"a": [\n}' },
    id: "context.ignored",
    says: /settings\.json: Claude Code ignores all of it: line 3/,
  },
  {
    what: "two skills of one name",
    files: { ".github/skills/s/SKILL.md": "one", ".claude/skills/s/SKILL.md": "two" },
    id: "context.duplicate",
    says: /\.claude\/skills\/s\/SKILL\.md: GitHub Copilot CLI takes \.github\/skills\/s\/SKILL\.md instead/,
  },
  {
    what: "a skill that Codex lists twice",
    files: { ".agents/skills/s/SKILL.md": "one", ".codex/skills/s/SKILL.md": "one" },
    id: "context.duplicate",
    says: /Codex CLI lists the skill "s" twice/,
  },
  {
    what: "one server in two settings of OpenCode",
    files: { "opencode.json": '{"mcp":{"a":{"type":"local","command":["x"]}}}', "opencode.jsonc": '{"mcp":{"a":{"type":"local","command":["y"]}}} // mine' },
    id: "context.duplicate",
    says: /opencode\.json: OpenCode takes the server "a" from opencode\.jsonc instead/,
  },
  {
    what: "a user's own skill of a project's name",
    files: { ".claude/skills/s/SKILL.md": "one" },
    home: { ".claude/skills/s/SKILL.md": "two" },
    id: "context.rival",
    says: /\.claude\/skills\/s\/SKILL\.md: Claude Code takes your own skill "s" \(~\/\.claude\/skills\/s\/SKILL\.md\) instead/,
  },
  {
    what: "a user's own command of a project's name",
    files: { ".claude/commands/c.md": "one" },
    home: { ".claude/commands/c.md": "two" },
    id: "context.rival",
    says: /takes your own command "c"/,
  },
  {
    what: "a user's agent of Copilot of a project's name",
    files: { ".github/agents/a.agent.md": "one" },
    home: { ".copilot/agents/a.agent.md": "two" },
    id: "context.rival",
    says: /GitHub Copilot CLI takes your own agent "a"/,
  },
  {
    what: "a skill in user and project for Codex",
    files: { ".agents/skills/s/SKILL.md": "one" },
    home: { ".agents/skills/s/SKILL.md": "one" },
    id: "context.rival",
    says: /Codex CLI lists the skill "s" twice/,
  },
  {
    what: "a hook that Copilot finds twice",
    files: {
      ".claude/settings.json": hook("./check.sh"),
      ".github/hooks/h.json": JSON.stringify({ version: 1, hooks: { preToolUse: [{ type: "command", bash: "./check.sh" }] } }),
    },
    id: "context.twice",
    says: /GitHub Copilot CLI runs "\.\/check\.sh" twice/,
  },
  {
    what: "a hook of Codex in user and project",
    files: { ".codex/hooks.json": hook("./check.sh") },
    home: { ".codex/hooks.json": hook("./check.sh") },
    id: "context.twice",
    says: /Codex CLI runs "\.\/check\.sh" twice, as \.codex\/hooks\.json/,
  },
  {
    what: "a project that Codex does not trust",
    files: { ".codex/agents/a.toml": "" },
    home: { ".codex/config.toml": trusted("/elsewhere") },
    id: "context.trust",
    says: /Codex reads nothing of \.codex\/ here until it trusts this project.*trust_level = "trusted"/s,
  },
];

test.each(PLANTED)("$what is found, with what to do", async ({ files, home = {}, id, says }) => {
  const ground = makeGround("project", {});
  plant(ground.root, { ".aiwg/aiwg.jsonc": '{ "platforms": ["claude-code", "codex", "copilot", "opencode"] }', ...files });
  plant(ground.home, home);
  const before = ground.picture(true);
  const { wrong } = await doctor(ground);
  expect(wrong.map((check) => ({ id: check.id, text: `${check.message} ${check.hint ?? ""}` }))).toContainEqual({ id, text: expect.stringMatching(says) });
  for (const { hint } of wrong) expect(hint).toMatch(/\S/);
  expect(ground.picture(true)).toEqual(before);
});

test("what only looks like a trouble is none", async () => {
  const ground = makeGround("project", {});
  const { root, home } = ground;
  plant(root, {
    ".aiwg/aiwg.jsonc": '{ "platforms": ["claude-code", "codex", "copilot", "opencode"] }',
    // CLAUDE.md takes AGENTS.md in; a link is the same file; equal skills are one for those that take one.
    "AGENTS.md": "Mine.\n",
    "CLAUDE.md": "@AGENTS.md\n",
    ".agents/skills/s/SKILL.md": "one",
    ".claude/skills/s/SKILL.md": "one",
    ".opencode/rules/r.md": "read",
    "opencode.json": '{"instructions": [".opencode/rules/*.md"], "mcp": {"a": {"type": "local", "command": ["x"]}}}',
    ".opencode/opencode.json": '{"mcp": {"a": {"type": "local", "command": ["x"]}}}',
    ".codex/config.toml": "",
    ".claude/settings.json": hook("./check.sh"),
    ".github/hooks/h.json": hook("./other.sh"),
  });
  plant(home, { ".codex/config.toml": trusted(root), ".claude/skills/s/SKILL.md": "one" });
  expect((await doctor(ground)).wrong).toEqual([]);
  renameSync(join(root, "CLAUDE.md"), join(root, "old.md"));
  symlinkSync("AGENTS.md", join(root, "CLAUDE.md"));
  expect((await doctor(ground)).wrong).toEqual([]);
});

describe.each(SCOPES)("in %s scope", (scope) => {
  test("states that are not current are told with the way out, and so is what stops a deploy", async () => {
    const ground = makeGround(scope, { ...CALM, "agents/y.md": "---\ndescription: Y\n---\nYou are y.\n" });
    const { run, put, bundle, root } = ground;
    put(".claude/commands/fix.md", "mine\n");
    await run("use", bundle, "--to", "claude-code");
    put(".claude/agents/x.md", "edited\n");
    plant(bundle, {
      "agents/y.md": "---\ndescription: Y\n---\nYou are Y.\n",
      "agents/bad.md": "---\nx: [\n---\n",
      "mcp.json": '{"mcpServers":{"m":{"command":"no-such-program-here"}}}',
    });
    const { wrong, code } = await doctor(ground);
    expect(code).toBe(1);
    const flag = scope === "user" ? " --scope user" : "";
    expect(Object.fromEntries(wrong.map(({ id, message, hint }) => [id, `${message} ${hint ?? ""}`]))).toMatchObject({
      "context.edited": expect.stringContaining(
        `.claude/agents/x.md: changed since aiwg wrote it Take it into its source with aiwg save .claude/agents/x.md${flag}`,
      ),
      "context.foreign": expect.stringContaining(`aiwg keep .claude/commands/fix.md${flag}`),
      "context.stale": expect.stringContaining(`Run aiwg deploy${flag}.`),
      "context.missing": expect.stringContaining(scope === "user" ? ".claude.json" : ".mcp.json"),
      "context.defect": expect.stringMatching(/agents\/bad\.md:\d+: /),
      "context.program": expect.stringContaining('mcp/m would start "no-such-program-here"'),
    });
    renameSync(bundle, `${bundle}.gone`);
    expect((await doctor(ground)).wrong.map(({ id, message }) => [id, message])).toContainEqual(["context.deploy", expect.stringContaining("bundle house: ")]);
    expect(existsSync(join(root, ".claude/agents/x.md"))).toBe(true);
  });

  test("a run that was killed is ended by --fix", async () => {
    const ground = makeGround(scope, CALM);
    const { run, home, root, bundle, read } = ground;
    await run("use", bundle, "--to", "claude-code");
    const journal = scope === "project" ? join(root, ".aiwg/journal/journal.json") : join(home, "state/context/journal/journal.json");
    // A run that wrote its journal and got no further: signed as ours are, with nothing done yet.
    const site = siteOf({ scope, root, home, places: placesOf({ AIWG_HOME: home, HOME: home }) });
    const before = read(".claude/agents/x.md");
    writeJournal(site, {
      journal: 1,
      run: newRun(),
      root: site.root,
      lockBefore: null,
      lockAfter: null,
      steps: [{ path: ".claude/agents/x.md", old: null, new: null }],
      folders: [],
      emptied: [],
    });
    expect(existsSync(journal)).toBe(true);
    expect((await doctor(ground)).wrong).toContainEqual(expect.objectContaining({ id: "context.journal", status: "fail", fixable: true }));
    expect((await doctor(ground, ["--fix"])).wrong.map(({ id }) => id)).not.toContain("context.journal");
    expect(existsSync(journal)).toBe(false);
    expect(read(".claude/agents/x.md")).toBe(before);
  });
});

test("what is dead or moved in the home folder is told to those who deploy there", async () => {
  const ground = makeGround("user", CALM);
  const { run, home, bundle } = ground;
  plant(home, { "AGENTS.md": "x", ".claude/settings.json": "{} // mine", ".copilot/prompts/p.md": "x" });
  expect((await doctor({ ...ground, root: ground.work })).checks).toEqual([]);
  await run("use", bundle, "--to", "claude-code,codex");
  const { wrong } = await doctor({ ...ground, root: ground.work }, [], { CLAUDE_CONFIG_DIR: "/else/where" });
  expect(wrong.map(({ id, message }) => `${id} ${message}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^context\.dead ~\/AGENTS\.md: none of/),
      expect.stringMatching(/^context\.dead ~\/\.copilot\/prompts\/p\.md/),
      expect.stringMatching(/^context\.ignored ~\/\.claude\/settings\.json: Claude Code ignores/),
      expect.stringMatching(/^context\.moved CLAUDE_CONFIG_DIR is set to \/else\/where: Claude Code looks there/),
    ]),
  );
});

test("names of files cannot drive a terminal through doctor, and a hundred rivals are told in ten lines", async () => {
  const ground = makeGround("project", {});
  const { root, home } = ground;
  plant(root, {
    ".aiwg/aiwg.jsonc": '{ "platforms": ["claude-code", "opencode"] }',
    ".claude/settings.json": hook("\u001b[31m"),
    ".github/hooks/h.json": hook("\u001b[31m"),
  });
  for (let i = 0; i < 100; i++) {
    plant(root, { [`.claude/skills/s${i}/SKILL.md`]: "one" });
    plant(home, { [`.claude/skills/s${i}/SKILL.md`]: "two" });
  }
  mkdirSync(join(root, ".codex/rules"), { recursive: true });
  writeFileSync(join(root, ".codex/rules/\u001b[31mred.md"), "");
  const ran = await aiwg({ home, work: root }, ["doctor"], { AIWG_SERVE_PORT: "0" });
  expect(ran.stdout + ran.stderr).not.toContain("\u001b");
  expect(ran.stdout.split("\n").filter((line) => line.includes("context.rival"))).toHaveLength(10);
  expect(ran.stdout).toContain("and 91 more like it");
  expect(readFileSync(join(root, ".claude/skills/s1/SKILL.md"), "utf8")).toBe("one");
});
