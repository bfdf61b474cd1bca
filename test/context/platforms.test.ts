// Every row with real folders and real programs: what it writes can be deployed, found again and taken away, and its hooks run.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { load } from "js-yaml";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse as parseToml } from "smol-toml";
import { describe, expect, test } from "vitest";
import type { Artifact, Behavior } from "../../src/context/model.ts";
import type { Output, Rendered } from "../../src/context/output.ts";
import type { ScopeName } from "../../src/context/platform.ts";
import { platformsNamed, PLATFORMS } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render/render.ts";
import { behavior, command, emptyFacts, FIXTURE, part, skill } from "./fixture.ts";
import { deploy, newWorld, opsOf, pictureOf, put, textAt, type World } from "./rig.ts";
import { planIn } from "./outputs.ts";

const ALL = PLATFORMS.map(({ id }) => id);

function drawn(artifacts: readonly Artifact[], names: readonly string[], scope: ScopeName = "project"): Rendered {
  return render({ artifacts, platforms: platformsNamed(names), scope, facts: emptyFacts(scope), models: {} });
}

const states = (world: World, outputs: readonly Output[]): string[] => [...new Set(planIn(world.site, outputs).states.map(({ state }) => state))];

describe("the rows", () => {
  const each = [...ALL.map((id) => [id]), ALL].flatMap((names) => (["project", "user"] as const).map((scope) => ({ names, scope })));

  test.each(each)("$names in $scope scope: what is deployed is found again, and goes without a trace", async ({ names, scope }) => {
    const world = newWorld(scope);
    const { outputs, conflicts, diagnostics } = drawn(FIXTURE, names, scope);
    // Of all together, some read the folder in which a command would stand as a skill, and have commands.
    const told = names.length === 1 ? [] : [expect.stringContaining("command/fix-issue left out for ")];
    expect([conflicts, diagnostics.map(({ message }) => message)]).toEqual([[], told]);
    const before = pictureOf(world.root);
    const { applied, planned } = await deploy(world, outputs);
    expect(opsOf(planned).filter((op) => !op.startsWith("create"))).toEqual([]);
    expect(applied.outcome).toBe("applied");
    for (const { path } of outputs.filter(({ path: file }) => /\.jsonc?$/.test(file))) expect(() => JSON.parse(textAt(world, path)), path).not.toThrow();
    for (const { path } of outputs.filter(({ path: file }) => file.endsWith(".toml"))) expect(() => parseToml(textAt(world, path)), path).not.toThrow();
    for (const { path } of outputs.filter(({ path: file }) => file.endsWith("config.yaml"))) expect(() => load(textAt(world, path)), path).not.toThrow();
    expect(states(world, outputs)).toEqual(["current"]);
    expect(planIn(world.site, outputs).changes).toEqual([]);
    await deploy(world, []);
    expect(pictureOf(world.root)).toEqual(before);
  });
});

describe("what several artifacts share in a file", () => {
  const two = [behavior("one", { on: ["tool.before"] }), behavior("two", { on: ["tool.before"] })];

  test.each([
    ["cursor", ".cursor/hooks.json"],
    ["cline", ".clinerules/hooks/PreToolUse"],
  ])("of %s stays as long as one of them needs it", async (id, path) => {
    const world = newWorld();
    await deploy(world, drawn(two, [id]).outputs);
    const both = textAt(world, path);
    const one = drawn(two.slice(1), [id]).outputs;
    await deploy(world, one);
    expect(states(world, one)).toEqual(["current"]);
    if (id === "cursor") expect(JSON.parse(textAt(world, path))).toMatchObject({ version: 1, hooks: { preToolUse: [{ type: "command" }] } });
    else expect(textAt(world, path)).toBe(both);
    await deploy(world, []);
    expect(pictureOf(world.root)).toEqual({});
  });

  test.each([
    ["cursor", ".cursor/hooks.json"],
    ["cline", ".clinerules/hooks/PreToolUse"],
  ])("of %s stands without the one that a person's file keeps out", async (id, path) => {
    const world = newWorld();
    put(world, ".aiwg/behaviors/one/run.sh", "mine");
    const { outputs } = drawn(two, [id]);
    await deploy(world, outputs);
    expect(textAt(world, path)).not.toBe("");
    expect(planIn(world.site, outputs).changes.every(({ op, unit }) => op === "conflict" && unit === "behavior/one")).toBe(true);
  });

  test("is a person's where it was there before, and stops what cannot stand beside another form", async () => {
    const world = newWorld();
    put(world, ".cursor/hooks.json", '{ "version": 1, "hooks": {} }\n');
    const before = pictureOf(world.root);
    await deploy(world, drawn(two, ["cursor"]).outputs);
    await deploy(world, []);
    expect(pictureOf(world.root)).toEqual(before);
    put(world, ".cursor/hooks.json", '{ "version": 2 }\n');
    expect(opsOf(planIn(world.site, drawn(two.slice(1), ["cursor"]).outputs))).toContain("conflict .cursor/hooks.json /version");
    expect(opsOf(planIn(world.site, drawn(two.slice(1), ["cursor"]).outputs)).filter((op) => op.startsWith("create"))).toEqual([]);
  });
});

describe("a person's YAML", () => {
  test.each([
    ["hermes", ".hermes/config.yaml", "mcp_servers"],
    ["goose", ".config/goose/config.yaml", "extensions"],
  ])("of %s keeps every byte around our servers, and what a person changes there is theirs", async (id, path, key) => {
    const world = newWorld("user");
    const servers = FIXTURE.filter(({ kind }) => kind === "mcp");
    const { outputs } = drawn(servers, [id], "user");
    put(world, path, `# mine\r\nmodel: x # fast\r\n${key}:\r\n    own: { a: 1 } # keep\r\n\r\nlast: |\r\n  ${key}:\r\n    text`, 0o600);
    const before = pictureOf(world.root);
    expect((await deploy(world, outputs)).applied.outcome).toBe("applied");
    expect(load(textAt(world, path))).toMatchObject({ model: "x", [key]: { own: { a: 1 }, files: expect.any(Object), tracker: expect.any(Object) } });
    expect(states(world, outputs)).toEqual(["current"]);
    put(world, path, textAt(world, path).replace("info", "debug"));
    expect(opsOf(planIn(world.site, outputs))).toEqual([`conflict ${path} /${key}/files`]);
    put(world, path, textAt(world, path).replace("debug", "info"));
    await deploy(world, []);
    expect(pictureOf(world.root)).toEqual(before);
    put(world, path, `${key}: &x { a: 1 }\n`);
    expect(opsOf(planIn(world.site, outputs)).every((op) => op.startsWith("conflict"))).toBe(true);
  });
});

describe("a command where a client has skills only", () => {
  test("is a skill that says in words what its arguments are", () => {
    const { outputs, fidelity } = drawn([command("fix", { body: "Fix $ARGUMENTS.\n", argumentHint: "<n>" })], ["warp", "codex"]);
    expect(outputs.map(({ path, unit }) => [path, unit])).toEqual([[".agents/skills/fix/SKILL.md", "command/fix@.agents/skills/fix/SKILL.md"]]);
    expect(fidelity.map(({ platform, field, grade }) => `${platform} ${field} ${grade}`)).toEqual([
      ...["codex * translated", "codex $ARGUMENTS translated", "warp * translated", "warp $ARGUMENTS translated"],
    ]);
  });

  test("gives way to a skill of its name, for the platforms that would mix them up, and to no other", () => {
    const { outputs, conflicts } = drawn([skill("fix"), command("fix")], ["warp", "codex", "claude-code"]);
    expect(outputs.map(({ path }) => path)).toEqual([".agents/skills/fix/SKILL.md", ".claude/commands/fix.md", ".claude/skills/fix/SKILL.md"]);
    expect(outputs[0]?.owners.map(([, , what]) => what)).toEqual(["skill/fix", "skill/fix"]);
    expect(conflicts.map(({ message }) => message.split(":")[0])).toEqual(["command/fix left out for codex", "command/fix left out for warp"]);
  });

  test("is left out where its name cannot be a skill's", () => {
    const { outputs, fidelity } = drawn([command("Fix.It")], ["warp"]);
    expect([outputs, fidelity.map(({ grade }) => grade)]).toEqual([[], ["unsupported"]]);
  });
});

describe("behaviors", () => {
  const STOP = `no "quotes" \\n 100%s`;
  const script = '#!/bin/sh\ncat > seen\nprintf "%s\\n" "$PWD" "$AIWG_EVENT" "$AIWG_PLATFORM" "$@" >> seen\ncat reason >&2\nexit 2\n';
  const guard = (rest: Partial<Behavior> = {}): Behavior =>
    behavior("guard", { on: ["tool.before"], tools: ["shell"], run: ["./go.sh", "it's", "$HOME"], files: [part("go.sh", script)], ...rest });
  const INPUT = '{"preToolUse":{"toolName":"execute_command"}}';

  async function worldOf(platform: string, it: Behavior): Promise<World> {
    const world = newWorld();
    await deploy(world, drawn([it], [platform]).outputs);
    writeFileSync(join(world.root, "reason"), `${STOP}\n`);
    return world;
  }

  function run(world: World, line: string, env: Record<string, string> = {}, cwd = world.root, input = INPUT) {
    const ran = spawnSync("sh", ["-c", line], { cwd, input, env: { PATH: process.env["PATH"], HOME: world.base, ...env } });
    return { status: ran.status, out: String(ran.stdout), err: String(ran.stderr) };
  }

  /** The only command below a file of hooks. */
  const lineIn = (text: string): string => String(JSON.parse(/"command":\s*("(?:[^"\\]|\\.)*AIWG_EVENT(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? '""'));

  const seenBy = (world: World, platform: string, input = INPUT): void =>
    expect(textAt(world, "seen")).toBe(`${input}${[world.root, "tool.before", platform, "it's", "$HOME"].join("\n")}\n`);

  test.each([
    ["cursor", ".cursor/hooks.json", "CURSOR_PROJECT_DIR"],
    ["factory", ".factory/settings.json", "FACTORY_PROJECT_DIR"],
    ["gemini-cli", ".gemini/settings.json", null],
    ["qwen-code", ".qwen/settings.json", null],
    ["augment", ".augment/settings.json", "AUGMENT_PROJECT_DIR"],
    ["windsurf", ".windsurf/hooks.json", null],
    ["kiro-ide", ".kiro/hooks/guard.json", null],
    ["goose", ".agents/plugins/guard/hooks/hooks.json", null],
    ["grok-build", ".grok/hooks/guard.json", null],
  ])("of %s run in the project, with their words untouched, and stop by exit 2", async (platform, path, variable) => {
    const world = await worldOf(platform, guard());
    const ran = run(world, lineIn(textAt(world, path)), variable === null ? {} : { [variable]: world.root }, variable === null ? world.root : world.base);
    expect(ran).toEqual({ status: 2, out: "", err: `${STOP}\n` });
    seenBy(world, platform);
  });

  test.each([
    ["gemini-cli", ".gemini/settings.json"],
    ["qwen-code", ".qwen/settings.json"],
  ])("of %s keep their words and their folder though it puts its own variables into them first", async (platform, path) => {
    const where = { run: ["./go.sh", "${HOME}'$HOME"], files: [part("go.sh", '#!/bin/sh\nprintf "%s\\n" "$AIWG_BEHAVIOR_DIR" "$@" > seen\n')] };
    const world = await worldOf(platform, guard(where));
    const line = lineIn(textAt(world, path)).replaceAll(/\$(?:\w+|\{[^}]+\})/g, "/elsewhere");
    expect(run(world, line)).toEqual({ status: 0, out: "", err: "" });
    expect(textAt(world, "seen")).toBe(`${world.root}/.aiwg/behaviors/guard\n\${HOME}'$HOME\n`);
  });

  test("of Qwen Code run at a prompt, not at the blank ones with which it takes the next step", async () => {
    const world = await worldOf("qwen-code", guard({ on: ["prompt"], tools: [] }));
    const line = lineIn(textAt(world, ".qwen/settings.json"));
    const asked = (prompt: string) => run(world, line, {}, world.root, JSON.stringify({ hook_event_name: "UserPromptSubmit", prompt }));
    expect(asked("")).toEqual({ status: 0, out: "", err: "" });
    expect(existsSync(join(world.root, "seen"))).toBe(false);
    const said = `%s \\ "prompt":"" it's`;
    expect(asked(said)).toEqual({ status: 2, out: "", err: `${STOP}\n` });
    expect(textAt(world, "seen")).toBe(
      `${JSON.stringify({ hook_event_name: "UserPromptSubmit", prompt: said })}${[world.root, "prompt", "qwen-code", "it's", "$HOME"].join("\n")}\n`,
    );
  });

  test("of Antigravity answer in JSON whatever the program says, since silence stops a tool there", async () => {
    const world = await worldOf("antigravity-cli", guard());
    const line = lineIn(textAt(world, ".agents/hooks.json"));
    expect(JSON.parse(run(world, line).out)).toEqual({ decision: "deny", reason: STOP });
    seenBy(world, "antigravity-cli");
    put(world, ".aiwg/behaviors/guard/go.sh", "#!/bin/sh\necho talk\nexit 1\n");
    expect(JSON.parse(run(world, line).out)).toEqual({ decision: "ask" });
  });

  test("of Cline run by one program per event, for the tools that are meant, and stop by what it says", async () => {
    const world = await worldOf("cline", guard());
    const hook = join(world.root, ".clinerules/hooks/PreToolUse");
    const stopped = run(world, `"${hook}"`, {}, world.base);
    expect([stopped.status, JSON.parse(stopped.out)]).toEqual([0, { cancel: true, errorMessage: STOP }]);
    seenBy(world, "cline");
    const other = run(world, `"${hook}"`, {}, world.root, '{"preToolUse":{"toolName":"read_file"}}');
    expect([other.status, JSON.parse(other.out)]).toEqual([0, { cancel: false }]);
    put(world, ".aiwg/behaviors/guard/go.sh", "#!/bin/sh\nexit 1\n");
    expect(JSON.parse(run(world, `"${hook}"`).out)).toEqual({ cancel: false });
  });

  test("of OpenClaw run inside of it and stop nothing", async () => {
    const it = guard({ on: ["prompt", "session.start", "compact.before"] });
    const world = await worldOf("openclaw", it);
    expect(load(textAt(world, "hooks/guard/HOOK.md").split("---")[1] ?? "")).toMatchObject({
      name: "guard",
      metadata: { openclaw: { events: ["agent:bootstrap", "message:received", "session:compact:before"] } },
    });
    type Handler = { default: (event: object) => Promise<void> };
    const { default: handle } = (await import(pathToFileURL(join(world.root, "hooks/guard/handler.js")).href)) as Handler;
    await handle({ type: "message", action: "received" });
    expect(textAt(world, "seen")).toContain('{"type":"message","action":"received"}');
    expect(textAt(world, "seen")).toContain("\nprompt\nopenclaw\n");
  });

  test("of Windsurf have an event for each class of tools", () => {
    const events = (tools: Behavior["tools"]): unknown => drawn([guard({ tools })], ["windsurf"]).outputs.flatMap(({ at }) => at?.split("/")[2] ?? []);
    expect(events(["write", "mcp"])).toEqual(["pre_mcp_tool_use", "pre_write_code"]);
    expect(events([])).toEqual(["pre_mcp_tool_use", "pre_read_code", "pre_run_command", "pre_write_code"]);
  });

  test("lose a guard, and say that it protects, where a client has no such event", () => {
    for (const platform of ["openclaw", "zed", "warp", "hermes", "pi"])
      expect(drawn([guard()], [platform]).fidelity, platform).toContainEqual(expect.objectContaining({ grade: "unsupported", protects: true }));
  });

  test("have matchers that every engine for regular expressions takes", () => {
    const it = guard({ on: ["tool.before", "tool.after", "file.written"], tools: ["read", "write", "shell", "mcp"] });
    // Those of plugins are our own code.
    const rows = ALL.filter((id) => id !== "opencode" && id !== "kilo");
    const matchers = rows.flatMap((id) =>
      [...JSON.stringify(drawn([it], [id]).outputs).matchAll(/"matcher":"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text),
    );
    expect(matchers.length).toBeGreaterThan(15);
    for (const text of matchers) expect(text).not.toMatch(/\(\?[!=<]/);
  });

  test("have timeouts in the client's own unit", () => {
    const timeout =
      (timeoutS: number) =>
      (platform: string): unknown =>
        /"timeout":([\d.]+)/.exec(JSON.stringify(drawn([guard({ timeoutS })], [platform]).outputs))?.[1];
    expect(["gemini-cli", "qwen-code", "augment", "factory", "cursor"].map(timeout(5))).toEqual(["5000", "5000", "5000", "5", "5"]);
    // To Qwen Code 500 would be seconds.
    expect(["gemini-cli", "qwen-code"].map(timeout(0.5))).toEqual(["500", "1000"]);
  });
});
