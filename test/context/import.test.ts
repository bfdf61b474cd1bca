// What a person has on single platforms, taken over only where a deploy would leave it byte for byte.
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../src/core/json.ts";
import { keepExact } from "../../src/context/import/choose.ts";
import { findStanding, type Imported } from "../../src/context/import/find.ts";
import type { ImportOptions } from "../../src/context/import/look.ts";
import { type Artifact, artifactId, diagnosticText } from "../../src/context/model.ts";
import type { At, Content, Output } from "../../src/context/output.ts";
import { platformsNamed } from "../../src/context/platforms/table.ts";
import { readBundle } from "../../src/context/parse/bundle.ts";
import { verbatimEntry, verbatimFile } from "../../src/context/verbatim.ts";
import { writeBundle } from "../../src/context/write-bundle.ts";
import { type Ground, makeGround } from "./plant.ts";

let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const WELL_KNOWN = platformsNamed(["claude-code", "codex", "copilot", "opencode"]);
const find = (options: Partial<ImportOptions> = {}): Imported =>
  findStanding({ root: ground.dir, scope: "project", bundle: "own", platforms: WELL_KNOWN, written: [], shown: (path) => path, ...options });
const ids = ({ found }: Imported): string[] => found.map(({ artifact }) => artifactId(artifact));
const told = ({ diagnostics }: Pick<Imported, "diagnostics">): string[] =>
  diagnostics.map((diagnostic) => `${diagnostic.severity} ${diagnosticText(diagnostic)}`);

// A small renderer for Claude Code: a file or entry that says everything in Claude's words as it stands, else written anew.
const sha = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
function render(artifact: Artifact): Output[] {
  const output = (path: string, at: At, content: Content, hash: string): Output => ({ path, at, unit: path, content, hash, owners: [], limit: null });
  const file = (path: string, bytes: Uint8Array, mode: 0o644 | 0o755 = 0o644): Output => output(path, null, { as: "file", bytes, mode }, sha(bytes));
  const anew = Buffer.from("written anew");
  switch (artifact.kind) {
    case "rule":
      return [file(`.claude/rules/${artifact.name}.md`, verbatimFile(artifact, { may: new Set(["paths", "description"]) }) ?? anew)];
    case "agent":
      return [
        file(`.claude/agents/${artifact.name}.md`, verbatimFile(artifact, { may: new Set(["name", "description", "tools", "color"]), must: ["name"] }) ?? anew),
      ];
    case "command":
      return [file(`.claude/commands/${artifact.name}.md`, verbatimFile(artifact, { may: new Set(["description", "argument-hint"]) }) ?? anew)];
    case "skill":
      return artifact.files.map((part) => file(`.claude/skills/${artifact.name}/${part.path}`, part.bytes, part.executable ? 0o755 : 0o644));
    case "mcp": {
      const value = verbatimEntry(artifact, { may: new Set(["type", "command", "args", "env", "url", "headers"]) }) ?? {};
      return [output(".mcp.json", `/mcpServers/${artifact.name}`, { as: "value", value }, sha(canonicalJson(value)))];
    }
    case "behavior":
      return [];
  }
}

const renderAll = (found: Imported["found"]): { outputs: Output[]; fidelity: [] } => ({
  outputs: found.flatMap(({ artifact }) => render(artifact)),
  fidelity: [],
});

const PROJECT = {
  ".claude/rules/style.md": '---\r\npaths:\r\n  - "src/**"   # ours\r\n---\r\nBe kind.\r\n\r\n\r\n',
  ".claude/rules/plain.md": "No front matter, no last line end",
  ".claude/skills/pdf/SKILL.md": "---\nname: pdf\ndescription: makes pdf\n---\nDo.\n",
  ".claude/skills/pdf/run.sh": "#!/bin/sh\n",
  ".claude/agents/reviewer.md": "---\nname: reviewer\ndescription: >\n  reviews\n  code\ntools: Read, Grep\ncolor: red\n---\n\nYou review.\n",
  ".claude/commands/fix.md": "---\nargument-hint: [issue]\n---\nFix $ARGUMENTS\n",
  ".mcp.json": '{"mcpServers": {"db": {"type": "stdio", "command": "db", "env": {}}, "net": {"type": "http", "url": "https://x.invalid"}}}',
};

test("import, then deploy, writes nothing: what was taken over renders to what stands there, also after it went through our own bundle", () => {
  ground.plant(PROJECT);
  const imported = find();
  expect(told(imported)).toEqual([]);
  expect(ids(imported)).toEqual(["rule/plain", "rule/style", "skill/pdf", "agent/reviewer", "command/fix", "mcp/db", "mcp/net"]);
  const kept = keepExact(imported.found, renderAll(imported.found));
  expect(told(kept)).toEqual([]);
  writeBundle(
    join(ground.dir, ".aiwg/context"),
    kept.exact.map(({ artifact }) => artifact),
  );
  const bundle = readBundle(join(ground.dir, ".aiwg/context"), { shown: ".aiwg/context", name: "own", layout: "bundle" });
  expect(bundle.diagnostics).toEqual([]);
  const outputs = bundle.artifacts.flatMap(render);
  expect(outputs.length).toBe(8);
  for (const { path, content } of outputs) {
    if (content.as === "file") expect([path, Buffer.from(content.bytes).toString()]).toEqual([path, readFileSync(join(ground.dir, path), "utf8")]);
  }
  expect(keepExact(imported.found, { outputs, fidelity: [] }).exact).toHaveLength(7);
});

test("what a deploy would write in other words, with another mode or at another place stays a person's own, and that is told", () => {
  ground.plant({
    ".claude/agents/odd.md": "---\nname: odd\ndescription: d\nunknown: 1\n---\nx\n",
    ".claude/agents/alias.md": "---\nname: other\ndescription: d\n---\nx\n",
    ".claude/commands/exec.md": "x",
    ".opencode/skills/far/SKILL.md": "---\nname: far\ndescription: d\n---\nx\n",
    ".claude/skills/misnamed/SKILL.md": "---\nname: other\ndescription: d\n---\nx\n",
    ".claude/rules/good.md": "x",
  });
  chmodSync(join(ground.dir, ".claude/commands/exec.md"), 0o755);
  const { found, diagnostics } = find();
  expect(told({ diagnostics })).toEqual(["note .opencode/skills/far/SKILL.md: stays as it is: a deploy would write a skill at another place"]);
  const kept = keepExact(found, renderAll(found));
  expect(kept.exact.map(({ artifact }) => artifactId(artifact))).toEqual(["rule/good"]);
  expect(told(kept)).toEqual([
    "note .claude/skills/misnamed/SKILL.md: stays as it is: a deploy would write .claude/skills/misnamed/SKILL.md in other words",
    "note .claude/agents/alias.md: stays as it is: a deploy would write .claude/agents/alias.md in other words",
    "note .claude/agents/odd.md: stays as it is: a deploy would write .claude/agents/odd.md in other words",
    "note .claude/commands/exec.md: stays as it is: a deploy would write .claude/commands/exec.md in other words",
  ]);
});

test("other clients' files are understood, or left with a reason", () => {
  ground.plant({
    ".codex/agents/planner.toml":
      'name = "planner"\ndescription = "plans"\nmodel = "gpt-x"\nsandbox_mode = "read-only"\ndeveloper_instructions = """\nPlan \\"well\\".\n"""\n',
    ".codex/agents/broken.toml": "name = \n",
    ".codex/agents/dated.toml": 'when = 2024-01-01\ndescription = "d"\ndeveloper_instructions = "x"\n',
    ".codex/config.toml": '[mcp_servers.mine]\ncommand = "x"\n# aiwg:begin team\n[mcp_servers.ours]\ncommand = "y"\n# aiwg:end team\n',
    ".github/instructions/web.instructions.md": '---\napplyTo: "**/*.ts,**/*.{js,jsx}"\n---\nWeb.\n',
    ".github/agents/scout.agent.md": "---\ndescription: scouts\ntools: [read, search]\n---\nScout.\n",
    ".github/agents/odd.agent.md": "---\ndescription: odd\ntools: [read, ponder]\n---\nOdd.\n",
    ".github/agents/free.agent.md": "---\ndescription: free\n---\nFree.\n",
    ".github/prompts/ask.prompt.md": "Ask.\n",
    ".vscode/mcp.json": '{"servers": {"v": {"type": "stdio", "command": "v", "env": {"K": "${env:KEY}"}}, "asks": {"command": "a", "args": ["${input:key}"]}}}',
    ".opencode/agents/map.md": "---\ndescription: d\ntools:\n  write: false\n---\nx\n",
    ".opencode/commands/test.md": "---\ndescription: tests\n---\nRun $ARGUMENTS\n",
    "opencode.json":
      '{"mcp": {"o": {"type": "local", "command": ["o", "-x"], "environment": {"A": "{env:B}"}, "enabled": true}, "r": {"type": "remote", "url": "https://r.invalid"}, "bad": {"type": "local", "command": "o"}}}',
    "AGENTS.md": "Mine.\n<!-- aiwg:begin team -->\nOurs.\n<!-- aiwg:end team -->\n",
    "CLAUDE.md": "<!-- aiwg:begin team -->\nOurs.\n<!-- aiwg:end team -->\n",
  });
  const imported = find();
  const by = Object.fromEntries(imported.found.map(({ artifact, places }) => [artifactId(artifact), { ...artifact, places }]));
  expect(Object.keys(by)).toEqual(["rule/web", "agent/free", "agent/planner", "agent/scout", "command/ask", "command/test", "mcp/o", "mcp/r", "mcp/v"]);
  expect(by["rule/web"]).toMatchObject({ globs: ["**/*.ts", "**/*.{js,jsx}"], always: false, places: [{ path: ".github/instructions/web.instructions.md" }] });
  expect(by["agent/planner"]).toMatchObject({ description: "plans", model: "gpt-x", extra: { sandbox_mode: "read-only" }, body: 'Plan "well".\n' });
  expect(by["mcp/v"]).toMatchObject({ transport: { command: "v", env: { K: "${KEY}" } }, places: [{ at: "/servers/v" }] });
  expect(by["mcp/o"]).toMatchObject({ transport: { type: "stdio", command: "o", args: ["-x"], env: { A: "${B}" } }, places: [{ at: "/mcp/o" }] });
  expect(by["mcp/r"]).toMatchObject({ transport: { type: "http", url: "https://r.invalid" } });
  expect(told(imported)).toEqual([
    "note AGENTS.md: stays as it is: a deploy adds marked blocks to it and takes no text over; to share its text with other platforms, move it to rules/",
    "note .codex/agents/broken.toml: stays as it is: line 1 is not valid TOML",
    "note .codex/agents/dated.toml: stays as it is: it holds a value that JSON does not have",
    `note .github/agents/odd.agent.md: stays as it is: its tools have names of this client only ("ponder"); write them by hand in agents/ with Claude Code's names`,
    "note .opencode/agents/map.md: stays as it is: its tools are limited in a way that agents of ours cannot say",
    'note .codex/config.toml: stays as it is: server "mine": it stands in a table of yours; to share it with other platforms, write it in mcp.json',
    'note .vscode/mcp.json:1: stays as it is: server "asks": it asks its user, or a file, for a value',
    'note opencode.json:1: stays as it is: server "bad": its command is not a list of texts',
  ]);
  expect(ids(find({ platforms: platformsNamed(["opencode"]) }))).toEqual(["command/test", "mcp/o", "mcp/r"]);
});

test("one artifact at two places is one; another content under its name stays where it is; what is ours already is not looked at", () => {
  const skill = "---\nname: s\ndescription: d\n---\nx\n";
  ground.plant({ ".claude/skills/s/SKILL.md": skill, ".agents/skills/s/SKILL.md": skill, ".github/skills/s/SKILL.md": `${skill}other` });
  const imported = find();
  expect(imported.found).toMatchObject([{ places: [{ path: ".claude/skills/s/SKILL.md" }, { path: ".agents/skills/s/SKILL.md" }] }]);
  expect(told(imported)).toEqual(["note .github/skills/s/SKILL.md: stays as it is: a deploy would write a skill at another place"]);
  expect(ids(find({ written: [".claude", ".agents"].map((folder) => ({ path: `${folder}/skills/s/SKILL.md`, at: null })) }))).toEqual([]);
});

test("files that lead out of the project, broken and empty ones are left alone", () => {
  ground.plant({ ".claude/rules/x.md": "x", ".mcp.json": "{", ".vscode/mcp.json": '{"servers": {"a b": {"command": "x"}, "n": 3}}', "opencode.json": "[]" });
  symlinkSync("/etc/hostname", join(ground.dir, ".claude/rules/out.md"));
  symlinkSync("/etc/hostname", join(ground.dir, "CLAUDE.md"));
  const imported = find();
  expect(ids(imported)).toEqual(["rule/x"]);
  expect(told(imported)).toEqual([
    "note .claude/rules/out.md: stays as it is: is a link that leads out of the bundle",
    "note CLAUDE.md: stays as it is: is a link that leads out of the bundle",
    "note .mcp.json:1: stays as it is: not valid JSON with comments: CloseBraceExpected",
    "note .vscode/mcp.json:1: stays as it is: its name or entry cannot be an artifact's",
    "note .vscode/mcp.json:1: stays as it is: its name or entry cannot be an artifact's",
    "note opencode.json: stays as it is: it holds no keys",
  ]);
});
