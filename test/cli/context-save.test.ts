// What a person changed in deployed files goes back into its source, so that the next deploy has nothing to say; what cannot be said
// there is refused, and the source stays as it was.
import { spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pictureOf } from "../context/rig.ts";
import { BUNDLE, CALM, type Ground, SCOPES, makeGround, plant } from "./context-rig.ts";
import { MAIN } from "./rig.ts";

const ALL = ["--to", "claude-code,codex,copilot,opencode"];
type Edit = { readonly what: string; readonly path: string; readonly from: string; readonly to: string; readonly source: string; readonly says: string };

const PROJECT: readonly Edit[] = [
  { what: "an agent's text", path: ".claude/agents/x.md", from: "You are x.", to: "You are X.", source: "agents/x.md", says: "---\n\nYou are X.\n" },
  { what: "an agent's field", path: ".claude/agents/x.md", from: "Plays x", to: "Reviews", source: "agents/x.md", says: "description: Reviews" },
  { what: "an agent in TOML", path: ".codex/agents/x.toml", from: "You are x.", to: "You are ten.", source: "agents/x.md", says: "\n\nYou are ten.\n" },
  { what: "an agent of OpenCode", path: ".opencode/agents/x.md", from: "You are x.", to: "You are xi.", source: "agents/x.md", says: "You are xi.\n" },
  { what: "a command", path: ".claude/commands/fix.md", from: "Fix issue", to: "Mend issue", source: "commands/fix.md", says: "Mend issue $ARGUMENTS.\n" },
  {
    what: "a prompt",
    path: ".github/prompts/fix.prompt.md",
    from: "Fix issue",
    to: "Close issue",
    source: "commands/fix.md",
    says: "Close issue $ARGUMENTS.\n",
  },
  {
    what: "a skill's steps",
    path: ".agents/skills/changelog/SKILL.md",
    from: "Read the",
    to: "Skim the",
    source: "skills/changelog/SKILL.md",
    says: "Skim the commits.",
  },
  {
    what: "a skill's script",
    path: ".claude/skills/changelog/scripts/collect.sh",
    from: "git log",
    to: "git log -3",
    source: "skills/changelog/scripts/collect.sh",
    says: "git log -3\n",
  },
  {
    what: "a scoped rule",
    path: ".claude/rules/tests.md",
    from: "One behaviour",
    to: "Two behaviours",
    source: "rules/tests.md",
    says: "---\n\nTwo behaviours",
  },
  {
    what: "the first rule of a block",
    path: "AGENTS.md",
    from: "Short sentences.",
    to: "Short words.\n\nNo jargon.",
    source: "rules/style.md",
    says: "# Style\n\nShort words.\n\nNo jargon.\n",
  },
  {
    what: "the last rule of a block",
    path: "AGENTS.md",
    from: "One behaviour",
    to: "One thing",
    source: "rules/tests.md",
    says: "---\n\nOne thing per test.\n",
  },
  {
    what: "a behavior's script",
    path: ".aiwg/behaviors/guard/guard.sh",
    from: "exit 0",
    to: "exit 2",
    source: "behaviors/guard/guard.sh",
    says: "#!/bin/sh\nexit 2\n",
  },
  {
    what: "a server",
    path: ".mcp.json",
    from: "files-mcp",
    to: "other-mcp",
    source: "mcp.json",
    says: '// the files of this project\n    "files": { "command": "npx", "args": ["-y","other-mcp"] }',
  },
  { what: "a server of VS Code", path: ".vscode/mcp.json", from: "files-mcp", to: "vs-mcp", source: "mcp.json", says: '"vs-mcp"' },
  { what: "a server of OpenCode", path: "opencode.json", from: "files-mcp", to: "open-mcp", source: "mcp.json", says: '"open-mcp"' },
  { what: "a server in TOML", path: ".codex/config.toml", from: "files-mcp", to: "toml-mcp", source: "mcp.json", says: '"toml-mcp"' },
];
const USER: readonly Edit[] = PROJECT.flatMap((edit) => {
  const moved: Readonly<Record<string, string | undefined>> = {
    ".claude/agents/x.md": ".claude/agents/x.md",
    ".codex/agents/x.toml": ".codex/agents/x.toml",
    ".opencode/agents/x.md": ".config/opencode/agents/x.md",
    ".claude/commands/fix.md": ".claude/commands/fix.md",
    ".agents/skills/changelog/SKILL.md": ".agents/skills/changelog/SKILL.md",
    ".claude/rules/tests.md": ".claude/rules/tests.md",
    "AGENTS.md": ".codex/AGENTS.md",
    ".aiwg/behaviors/guard/guard.sh": "state/behaviors/guard/guard.sh",
    ".mcp.json": ".claude.json",
    "opencode.json": ".config/opencode/opencode.json",
    ".codex/config.toml": ".codex/config.toml",
  };
  const path = moved[edit.path];
  return path === undefined ? [] : [{ ...edit, path }];
});

function change({ read, put }: Ground, { path, from, to }: Pick<Edit, "path" | "from" | "to">): void {
  const text = read(path);
  expect(text).toContain(from);
  put(path, text.replace(from, to));
}

describe.each(SCOPES)("in %s scope", (scope) => {
  for (const edit of scope === "project" ? PROJECT : USER) {
    test(`${edit.what} (${edit.path}) is saved, and the next deploy is content`, async () => {
      const ground = makeGround(scope);
      const { run, json, root, bundle } = ground;
      expect(await run("use", bundle, ...ALL, "--yes")).toMatchObject({ code: 0 });
      change(ground, edit);
      expect(await run("deploy")).toMatchObject({ code: 4 });
      expect(await json("save", join(root, edit.path))).toMatchObject({
        code: 0,
        data: { saved: [{ path: edit.path, source: join(bundle, edit.source) }], refused: [] },
      });
      const source = readFileSync(join(bundle, edit.source), "utf8");
      expect(source).toContain(edit.says);
      expect(await run("deploy", "--yes")).toMatchObject({ code: 0 });
      expect(await run("status", "--check")).toMatchObject({ code: 0 });
      expect(ground.read(edit.path)).toContain(edit.to);
      expect(await run("save")).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("nothing was edited") });
    });
  }

  test("several edits are saved at once, two rules of one block among them", async () => {
    const ground = makeGround(scope, { ...CALM, "rules/a.md": "First.\n", "rules/b.md": "Second.\n", "rules/c.md": "Third.\n" });
    const block = scope === "project" ? "AGENTS.md" : ".codex/AGENTS.md";
    const { run, bundle } = ground;
    await run("use", bundle, "--to", "codex,opencode");
    for (const [from, to] of [
      ["First.", "1st.\n\nAnd more."],
      ["Third.", "3rd."],
    ] as const)
      change(ground, { path: block, from, to });
    change(ground, { path: ".codex/agents/x.toml", from: "You are x.", to: "You are y." });
    expect(await run("save")).toMatchObject({ code: 0 });
    expect(["a", "b", "c"].map((name) => readFileSync(join(bundle, `rules/${name}.md`), "utf8"))).toEqual(["1st.\n\nAnd more.\n", "Second.\n", "3rd.\n"]);
    expect(await run("deploy")).toMatchObject({ code: 0 });
  });

  test("what the source says in other words, for other platforms, and in comments, stays", async () => {
    const rich = [
      "---",
      "# who reads it",
      "name: x",
      "description: Plays x # short",
      "tools: [Read, Grep]",
      "model: fast",
      "codex:",
      "  sandbox_mode: read-only",
      "---",
      "",
      "Run $ARGUMENTS.",
      "",
    ].join("\n");
    const ground = makeGround(scope, { ...CALM, "agents/x.md": rich, "commands/fix.md": `${BUNDLE["commands/fix.md"] ?? ""}Twice: $ARGUMENTS.\n` });
    const { run, bundle } = ground;
    await run("use", bundle, "--to", "claude-code,codex");
    const save = async (edits: readonly (readonly [from: string, to: string])[]): Promise<string> => {
      for (const [from, to] of edits) change(ground, { path: ".claude/agents/x.md", from, to });
      expect(await run("save")).toMatchObject({ code: 0 });
      expect(await run("deploy")).toMatchObject({ code: 0 });
      return readFileSync(join(bundle, "agents/x.md"), "utf8");
    };
    const first = await save([["Plays x", "Reviews all"]]);
    expect(first).toBe(rich.replace("description: Plays x # short", 'description: "Reviews all"'));
    const second = await save([["model: haiku", "model: opus"]]);
    expect(second).toBe(first.replace("model: fast", 'model: "reasoning"'));
    // A name that means nothing elsewhere is said for this platform only; so are keys that no other one knows.
    const third = await save([
      ["model: opus", "model: claude-x-9"],
      ["Run", "Call"],
    ]);
    expect(third).toBe(second.replace("---\n\nRun", 'claude-code: {"model": "claude-x-9"}\n---\n\nCall'));
    const fourth = await save([["Read, Grep", "Read"]]);
    expect(fourth).toBe(third.replace("tools: [Read, Grep]", 'tools: "Read"'));
  });

  test("two edits of one source that contradict each other: the first is saved, the second stays in conflict", async () => {
    const ground = makeGround(scope, CALM);
    const { run, bundle, read } = ground;
    await run("use", bundle, "--to", "claude-code,codex");
    change(ground, { path: ".claude/agents/x.md", from: "You are x.", to: "You are one." });
    change(ground, { path: ".codex/agents/x.toml", from: "You are x.", to: "You are two." });
    expect(await run("save")).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("x.toml: the source of agent/x has changed as well since it was deployed"),
    });
    expect(readFileSync(join(bundle, "agents/x.md"), "utf8")).toContain("You are one.");
    expect(await run("deploy")).toMatchObject({ code: 4 });
    expect(read(".codex/agents/x.toml")).toContain("You are two.");
  });

  test("what changed on both sides is not saved: neither text is lost, and the way out is named", async () => {
    const ground = makeGround(scope, CALM);
    const { run, bundle, read } = ground;
    await run("use", bundle, "--to", "claude-code");
    for (const [deployed, source] of [
      [".claude/agents/x.md", "agents/x.md"],
      [".claude/skills/changelog/SKILL.md", "skills/changelog/SKILL.md"],
    ] as const) {
      appendFileSync(join(ground.root, deployed), "HERE\n");
      appendFileSync(join(bundle, source), "THERE\n");
      const ran = await run("save", deployed);
      expect(ran).toMatchObject({ code: 4, stderr: expect.stringMatching(/has changed as well since it was deployed.*aiwg deploy --force/) });
      expect(readFileSync(join(bundle, source), "utf8")).toMatch(/THERE\n$/);
      expect(readFileSync(join(bundle, source), "utf8")).not.toContain("HERE\nT");
      expect(read(deployed)).toMatch(/HERE\n$/);
    }
  });

  test("a script that a person made executable stays so", async () => {
    const { run, root, bundle } = makeGround(scope, { ...CALM, "skills/changelog/notes.sh": "echo\n" });
    await run("use", bundle, "--to", "claude-code");
    chmodSync(join(root, ".claude/skills/changelog/notes.sh"), 0o755);
    expect(await run("deploy")).toMatchObject({ code: 4 });
    expect(await run("save")).toMatchObject({ code: 0 });
    expect(pictureOf(bundle)["skills/changelog/notes.sh"]).toBe("file 755 echo\n");
    expect(await run("status", "--check")).toMatchObject({ code: 0 });
  });

  test("a change that the source has no words for is refused with exit 4, and no source changes by a byte", async () => {
    const ground = makeGround(scope);
    const { run, json, bundle, root } = ground;
    await run("use", bundle, ...ALL, "--yes");
    const settings = ".claude/settings.json";
    change(ground, { path: settings, from: "guard.sh", to: "guard.sh --loud" });
    const plugin = scope === "project" ? ".opencode/plugins/guard.js" : ".config/opencode/plugins/guard.js";
    ground.put(plugin, `${ground.read(plugin)}// mine\n`);
    // What would collide with an artifact of another bundle, or be defective.
    change(ground, { path: ".claude/commands/fix.md", from: "---\n", to: "---\nbroken: [\n" });
    const [sources, outputs] = [pictureOf(bundle), ground.picture(true)];
    const refused = await json("save");
    expect(refused.code).toBe(4);
    expect(refused.data).toMatchObject({ saved: [], refused: expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining("fix.md") })]) });
    expect((await run("save", join(root, settings))).stderr).toMatch(/behavior\/guard.*aiwg keep.*aiwg deploy --force/s);
    expect(pictureOf(bundle)).toEqual(sources);
    expect(ground.picture(true)).toEqual(outputs);
    expect(existsSync(ground.own)).toBe(false);
  });

  test("an edit of the scope's own bundle goes there", async () => {
    const ground = makeGround(scope, CALM);
    plant(ground.own, { "agents/own.md": "---\ndescription: Ours\n---\nYou are ours.\n" });
    await ground.run("init", "--to", "claude-code");
    expect(await ground.run("deploy")).toMatchObject({ code: 0 });
    change(ground, { path: ".claude/agents/own.md", from: "You are ours.", to: "You are mine." });
    expect(await ground.run("save", join(ground.root, ".claude"))).toMatchObject({ code: 0 });
    expect(readFileSync(join(ground.own, "agents/own.md"), "utf8")).toBe("---\ndescription: Ours\n---\nYou are mine.\n");
    expect(await ground.run("status", "--check")).toMatchObject({ code: 0 });
  });
});

// A source that nobody may write: a mount of its own in a namespace; where the system refuses one, this is skipped by name.
const NAMESPACE = ["--user", "--map-root-user", "--mount"];
const canMount = spawnSync("unshare", [...NAMESPACE, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).status === 0;

describe.skipIf(!canMount).each(SCOPES)("with a source that is read-only, in %s scope", (scope) => {
  const frozen = ({ bundle, root, home }: Ground, ...commands: readonly (readonly string[])[]): { readonly code: number | null; readonly out: string } => {
    const script = 'bundle=$1; shift; mount --bind "$bundle" "$bundle" && mount -o remount,bind,ro "$bundle" && exec "$@"';
    const flags = scope === "user" ? ["--scope", "user"] : [];
    let last = { code: null as number | null, out: "" };
    for (const args of commands) {
      const env = { PATH: process.env["PATH"], HOME: home, AIWG_HOME: home };
      const run = spawnSync("unshare", [...NAMESPACE, "sh", "-c", script, "sh", bundle, process.execPath, MAIN, ...args, ...flags], {
        cwd: root,
        env,
        encoding: "utf8",
      });
      last = { code: run.status, out: run.stdout + run.stderr };
    }
    return last;
  };

  test.each([
    ["an agent", ".claude/agents/x.md", "You are x.", "agents/x.md"],
    ["a skill", ".claude/skills/changelog/SKILL.md", "Read the", "skills/changelog/SKILL.md"],
    ["a server", scope === "project" ? ".mcp.json" : ".claude.json", "files-mcp", "mcp.json"],
  ])("%s is kept beside the scope's own bundle, and wins from then on", async (_what, path, from, source) => {
    const ground = makeGround(scope);
    const { run, bundle, own, root, picture } = ground;
    const before = picture();
    await run("use", bundle, "--to", "claude-code", "--yes");
    change(ground, { path, from, to: "changed" });
    const sources = pictureOf(bundle);
    expect(frozen(ground, ["save", join(root, path)])).toMatchObject({ code: 0, out: expect.stringContaining(`overrides/house/${source}`) });
    expect(pictureOf(bundle)).toEqual(sources);
    expect(readFileSync(join(own, "overrides/house", source), "utf8")).toContain("changed");
    expect(await run("deploy", "--yes")).toMatchObject({ code: 0 });
    expect(await run("status", "--check")).toMatchObject({ code: 0 });
    expect(await run("deploy")).toMatchObject({ code: 0, stdout: "" });
    // An edit on top goes to the same place, also where the source could be written again.
    ground.put(path, ground.read(path).replace("changed", "twice"));
    expect(await run("save")).toMatchObject({ code: 0 });
    expect(pictureOf(bundle)).toEqual(sources);
    expect(await run("deploy", "--yes")).toMatchObject({ code: 0 });
    expect(await run("remove", "house")).toMatchObject({ code: 0, stderr: expect.stringContaining("overrides/house") });
    expect(picture()).toEqual(before);
  });

  test("what cannot be said leaves no folder behind", async () => {
    const ground = makeGround(scope, CALM);
    const { run, bundle, own } = ground;
    await run("use", bundle, "--to", "claude-code");
    change(ground, { path: ".claude/agents/x.md", from: "---\n", to: "---\nbroken: [\n" });
    expect(frozen(ground, ["save"])).toMatchObject({ code: 4 });
    expect(existsSync(own) ? readdirSync(own) : []).toEqual([]);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "note"), "");
    expect(frozen(ground, ["save"])).toMatchObject({ code: 4 });
    expect(readdirSync(own)).toEqual(["note"]);
    expect(BUNDLE["agents/x.md"]).toBe(readFileSync(join(bundle, "agents/x.md"), "utf8"));
  });
});
