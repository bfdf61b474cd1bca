// Collections in other arrangements than ours: for Copilot, agents by category, a .rulesync folder.
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { artifactId, diagnosticText } from "../../src/context/model.ts";
import { type Bundle, readBundle } from "../../src/context/parse/bundle.ts";
import { platformsNamed } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render/render.ts";
import { emptyFacts } from "./fixture.ts";
import { type Ground, makeGround } from "./plant.ts";

let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const read = (): Bundle => readBundle(join(ground.dir, "b"), { shown: "b" });
const ids = (bundle: Bundle): string[] => bundle.artifacts.map(artifactId);
const told = (bundle: Bundle): string[] => bundle.diagnostics.map((diagnostic) => `${diagnostic.severity} ${diagnosticText(diagnostic)}`);
const agent = (name: string, more = ""): string => `---\nname: ${name}\ndescription: "plays ${name}"\n${more}---\nYou are ${name}.\n`;

test("a collection for Copilot gives agents, rules, commands and skills in our words", () => {
  ground.plant({
    "b/agents/planner.agent.md": agent(
      "The Planner",
      "tools: ['codebase', 'edit/editFiles', 'execute', 'github/*', 'tracker/search', 'vscodeAPI']\nmodel: ['GPT-5', 'Claude Sonnet 4']\n",
    ),
    "b/agents/free.agent.md": agent("free"),
    "b/agents/README.md": "about",
    "b/chatmodes/free.chatmode.md": agent("other"),
    "b/instructions/all.instructions.md": "---\napplyTo: '**'\ndescription: all\n---\nAlways.\n",
    "b/instructions/ts.instructions.md": "---\napplyTo: '**/*.ts, **/*.tsx'\n---\nTypes.\n",
    "b/prompts/fix.prompt.md": "---\nagent: agent\ndescription: fixes\n---\nFix ${input:issue}.\n",
    "b/skills/s/SKILL.md": "---\nname: s\ndescription: d\n---\nx\n",
    "b/collections/a.collection.yml": "id: a\n",
  });
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/all", "rule/ts", "skill/s", "agent/chatmodes-free", "agent/free", "agent/planner", "command/fix"]);
  expect(bundle.artifacts.filter(({ kind }) => kind === "rule")).toMatchObject([
    { always: true, globs: [] },
    { always: false, globs: ["**/*.ts", "**/*.tsx"] },
  ]);
  const own = { tools: ["codebase", "edit/editFiles", "execute", "github/*", "tracker/search", "vscodeAPI"], model: "GPT-5" };
  expect(bundle.artifacts.find(({ name }) => name === "planner")).toMatchObject({
    tools: ["Grep", "Glob", "Edit", "Write", "Bash", "mcp__github", "mcp__tracker__search"],
    model: null,
    overrides: { "copilot-vscode": own, "copilot-cli": own },
  });
  expect(bundle.artifacts.find(({ name }) => name === "free")).toMatchObject({ tools: null, overrides: {} });
  expect(told(bundle).toSorted()).toEqual([
    "note b/agents/planner.agent.md: has tools that only Copilot has; other tools get the rest",
    "note b/agents/planner.agent.md: names a model of Copilot; other tools take their own",
    "note b/chatmodes/free.chatmode.md: agent/free is there already; this one is called chatmodes-free",
    "note b/prompts/fix.prompt.md: asks for a value by ${…}, which only VS Code fills in",
  ]);
});

test("a prompt for Copilot that asks for arguments takes them everywhere, and says the same in VS Code", () => {
  const head = "---\nmode: ask\ndescription: fixes\nmodel: GPT-4.1\n---\n";
  ground.plant({
    "b/prompts/fix.prompt.md": `${head}Fix \${input:arguments}, again \${input:arguments}.\n`,
    "b/prompts/more.prompt.md": "---\ndescription: more\n---\nFix ${input:arguments} in ${selection}.\n",
    "b/prompts/odd.prompt.md": "---\ndescription: odd\n---\nFix ${input:arguments}, not $ARGUMENTS.\n",
  });
  const bundle = read();
  expect(bundle.artifacts).toMatchObject([
    { name: "fix", body: "Fix $ARGUMENTS, again $ARGUMENTS.\n" },
    { name: "more", body: "Fix $ARGUMENTS in ${selection}.\n" },
    { name: "odd", body: "Fix ${input:arguments}, not $ARGUMENTS.\n" },
  ]);
  expect(told(bundle).toSorted()).toEqual([
    "note b/prompts/fix.prompt.md: names a model of Copilot; other tools take their own",
    "note b/prompts/more.prompt.md: asks for a value by ${…}, which only VS Code fills in (so does odd.prompt.md)",
  ]);
  const platforms = platformsNamed(["claude-code", "copilot-vscode", "qwen-code"]);
  const { outputs } = render({ artifacts: bundle.artifacts, platforms, scope: "project", facts: emptyFacts("project"), models: {} });
  const textOf = (path: string): string => {
    const content = outputs.find((output) => output.path === path)?.content;
    return content?.as === "file" ? Buffer.from(content.bytes).toString() : "";
  };
  expect(textOf(".claude/commands/fix.md")).toBe("---\ndescription: fixes\n---\n\nFix $ARGUMENTS, again $ARGUMENTS.\n");
  expect(textOf(".qwen/commands/fix.md")).toContain("Fix {{args}}, again {{args}}.");
  expect(textOf(".github/prompts/fix.prompt.md")).toBe(
    "---\ndescription: fixes\nagent: ask\nmodel: GPT-4.1\n---\n\nFix ${input:arguments}, again ${input:arguments}.\n",
  );
});

test("an agent whose tools are all Copilot's own has none elsewhere: a limit is never lost", () => {
  ground.plant({ "b/agents/a.agent.md": agent("a", "tools: ['vscodeAPI']\n") });
  expect(read().artifacts).toMatchObject([{ tools: [] }]);
});

test("what a repository tells Copilot is a bundle, if it is none of ours", () => {
  ground.plant({
    "b/.github/copilot-instructions.md": "Be nice.\n",
    "b/.github/instructions/ts.instructions.md": "---\napplyTo: '*.ts'\n---\nTypes.\n",
    "b/.github/agents/a.agent.md": agent("a"),
    "b/.github/prompts/p.prompt.md": "Do.\n",
    "b/.github/workflows/ci.yml": "on: push\n",
    "b/src/index.ts": "x",
  });
  expect([ids(read()), told(read())]).toEqual([["rule/b", "rule/ts", "agent/a", "command/p"], []]);
});

test("agents by category: the file's name counts, the second of one name gets its category's", () => {
  for (const top of ["categories", "agents"]) {
    ground.remove();
    ground = makeGround();
    ground.plant({
      [`b/${top}/01-core/api.md`]: agent("api"),
      [`b/${top}/01-core/same.md`]: agent("same"),
      [`b/${top}/01-core/README.md`]: "# Core\n",
      [`b/${top}/02-Data & AI/api.md`]: agent("api", "color: red\n"),
      [`b/${top}/02-Data & AI/same.md`]: agent("same"),
      [`b/${top}/README.md`]: "# All\n",
      "b/README.md": "x",
    });
    const bundle = read();
    expect(ids(bundle)).toEqual(["agent/02-data-ai-api", "agent/api", "agent/same"]);
    expect(told(bundle)).toEqual([`note b/${top}/02-Data & AI/api.md: agent/api is there already; this one is called 02-data-ai-api`]);
  }
});

test("our own bundle may group its agents too", () => {
  ground.plant({
    "b/agents/top.md": agent("top"),
    "b/agents/web/css.md": agent("css"),
    "b/agents/web/notes.txt": "x",
    "b/agents/empty/x.txt": "x",
    "b/rules/r.md": "x\n",
  });
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/r", "agent/css", "agent/top"]);
  expect(told(bundle)).toEqual(["warn b/agents: not read as an agent: empty; it must be agents/<name>.md"]);
});

test("a .rulesync folder gives rules, subagents, commands, skills and servers", () => {
  ground.plant({
    "b/.rulesync/rules/overview.md": '---\nroot: true\ntargets: ["*"]\nglobs: ["**/*"]\ndescription: all\n---\nOverview.\n',
    "b/.rulesync/rules/ts.md": '---\nroot: false\ntargets: ["*"]\nglobs: ["**/*.ts"]\ncursor:\n  alwaysApply: false\n---\nTypes.\n',
    "b/.rulesync/rules/cursor-only.md": '---\ntargets: ["cursor"]\nglobs: ["**/*"]\n---\nOnly there.\n',
    "b/.rulesync/rules/mine.local.md": "---\nlocalRoot: true\n---\nMine.\n",
    "b/.rulesync/subagents/planner.md": '---\nname: planner\ntargets: ["*"]\ndescription: plans\nclaudecode:\n  model: opus\n---\nPlan.\n',
    "b/.rulesync/commands/fix.md": '---\ntargets: ["*"]\ndescription: fixes\n---\nFix $ARGUMENTS.\n',
    "b/.rulesync/skills/s/SKILL.md": '---\nname: s\ndescription: d\ntargets: ["*"]\n---\nx\n',
    "b/.rulesync/mcp.jsonc": '{\n// ours\n"mcpServers": {"docs": {"command": "x"}}}\n',
    "b/.rulesync/hooks.json": "{}",
    "b/AGENTS.md": "generated",
  });
  const bundle = read();
  expect(ids(bundle)).toEqual(["rule/cursor-only", "rule/overview", "rule/ts", "skill/s", "agent/planner", "command/fix", "mcp/docs"]);
  expect(bundle.artifacts.filter(({ kind }) => kind === "rule")).toMatchObject([
    { always: true, globs: [], extra: {} },
    { always: true, globs: [], description: "all", extra: {} },
    { always: false, globs: ["**/*.ts"], overrides: { cursor: { alwaysApply: false } } },
  ]);
  expect(bundle.artifacts.find(({ kind }) => kind === "agent")).toMatchObject({ extra: {}, overrides: { "claude-code": { model: "opus" } } });
  expect(told(bundle)).toEqual([
    "note b/.rulesync/rules/cursor-only.md: is meant for some tools only (targets); here it goes to all of them, unless you exclude it",
    "note b/.rulesync/rules/mine.local.md: is local to one person (localRoot), so it is left out",
  ]);
});

test("a bundle of ours beside a .rulesync folder counts", () => {
  ground.plant({ "b/.rulesync/rules/r.md": "x\n", "b/skills/s/SKILL.md": "---\nname: s\ndescription: d\n---\nx\n" });
  expect(ids(read())).toEqual(["skill/s"]);
});
