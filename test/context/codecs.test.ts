// Codecs through render, judged by what reads their output: YAML and TOML parsers, a shell, a JavaScript engine.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { load } from "js-yaml";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse as parseToml } from "smol-toml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Artifact } from "../../src/context/model.ts";
import type { ModelChoices } from "../../src/context/render/models.ts";
import type { Output, Rendered } from "../../src/context/output.ts";
import { platformsNamed } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render/render.ts";
import { agent, behavior, command, emptyFacts, part, rule, server, skill } from "./fixture.ts";

const decoder = new TextDecoder();

function rendered(artifact: Artifact, platform: string, models: ModelChoices = {}): Rendered {
  return render({ artifacts: [artifact], platforms: platformsNamed([platform]), scope: "project", facts: emptyFacts(), models });
}

function textAt(outputs: readonly Output[], path: string): string {
  const content = outputs.find((output) => output.path === path)?.content;
  if (content?.as === "file") return decoder.decode(content.bytes);
  return content?.as === "block" ? content.text : "";
}

function valuesOf({ outputs }: Rendered): unknown[] {
  return outputs.flatMap(({ content }) => (content.as === "value" || content.as === "member" ? [content.value] : []));
}

function frontMatter(text: string): unknown {
  return load(/^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? "");
}

const lossesOf = ({ fidelity }: Rendered): string[] => fidelity.map(({ field, grade, protects }) => `${field} ${grade}${protects ? " protects" : ""}`);

describe("front matter", () => {
  test("says back any description, on one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (description) => {
        const text = textAt(rendered(agent("a", { description }), "claude-code").outputs, ".claude/agents/a.md");
        expect(frontMatter(text)).toMatchObject({ name: "a", description });
      }),
    );
  });

  test("a rule without any has none", () => {
    expect(textAt(rendered(rule("r", { body: "\n\nText\r\n" }), "claude-code").outputs, ".claude/rules/r.md")).toBe("Text\n");
  });

  test("of one platform alone wins there and is not seen elsewhere", () => {
    const overridden = agent("a", { model: "reasoning", overrides: { opencode: { mode: "all" }, "claude-code": { model: "haiku" } } });
    expect(frontMatter(textAt(rendered(overridden, "claude-code").outputs, ".claude/agents/a.md"))).toMatchObject({ model: "haiku" });
    expect(frontMatter(textAt(rendered(overridden, "opencode").outputs, ".opencode/agents/a.md"))).toMatchObject({ mode: "all" });
  });
});

describe("what is meant for one platform in a file that others read too", () => {
  test("is written, and the others are told", () => {
    const shared = skill("pdf", { overrides: { opencode: { color: "x" }, codex: { model: "m", color: "y" } } });
    const { outputs, fidelity } = render({
      artifacts: [shared],
      platforms: platformsNamed(["codex", "opencode"]),
      scope: "project",
      facts: emptyFacts(),
      models: {},
    });
    // Both prefer the place as much, so the first by name has the last word.
    expect(frontMatter(textAt(outputs, ".agents/skills/pdf/SKILL.md"))).toMatchObject({ color: "y", model: "m" });
    expect(fidelity.map(({ platform, field, grade }) => `${platform} ${field} ${grade}`)).toEqual(["opencode color degraded", "opencode model degraded"]);
    const one = render({
      artifacts: [skill("pdf", { overrides: { opencode: { color: "x" } } })],
      platforms: platformsNamed(["codex", "opencode"]),
      scope: "project",
      facts: emptyFacts(),
      models: {},
    });
    expect(frontMatter(textAt(one.outputs, ".agents/skills/pdf/SKILL.md"))).toMatchObject({ color: "x" });
  });
});

describe("a file that is of the client's own dialect already", () => {
  const written = (text: string): { bytes: Uint8Array } => ({ bytes: new TextEncoder().encode(text) });

  test("is given back byte for byte", () => {
    const text = "---\r\n# mine\r\nname:   'a'\r\ndescription: >\r\n  d\r\ntools: [Read]\r\n---\r\nBody  \r\n\r\n";
    const own = agent("a", { tools: ["Read"], extra: { color: "red" }, ...written(text) });
    expect(textAt(rendered(own, "claude-code").outputs, ".claude/agents/a.md")).toBe(text);
    const plain = rule("r", written("\n\n# Text\r\n"));
    expect(textAt(rendered(plain, "claude-code").outputs, ".claude/rules/r.md")).toBe("\n\n# Text\r\n");
    const scoped = rule("r", { globs: ["*.ts"], always: false, ...written("---\napplyTo: '*.ts'\n---\nText") });
    expect(textAt(rendered(scoped, "copilot-cli").outputs, ".github/instructions/r.instructions.md")).toBe("---\napplyTo: '*.ts'\n---\nText");
    const call = command("c", written("---\ndescription: d\nagent: build\n---\nGo $ARGUMENTS"));
    expect(textAt(rendered(call, "opencode").outputs, ".opencode/commands/c.md")).toBe("---\ndescription: d\nagent: build\n---\nGo $ARGUMENTS");
  });

  test("is written anew where a key, a name, a model or a tool means something else there", () => {
    const globs = rule("r", { globs: ["*.ts"], always: false, ...written("---\nglobs: '*.ts'\n---\nText") });
    expect(frontMatter(textAt(rendered(globs, "claude-code").outputs, ".claude/rules/r.md"))).toEqual({ paths: ["*.ts"] });
    const head = "---\nname: other\ndescription: d\n---\nBody\n";
    expect(frontMatter(textAt(rendered(agent("a", written(head)), "claude-code").outputs, ".claude/agents/a.md"))).toMatchObject({ name: "a" });
    const tier = agent("a", { model: "fast", ...written("---\nname: a\ndescription: d\nmodel: fast\n---\nBody\n") });
    expect(frontMatter(textAt(rendered(tier, "claude-code").outputs, ".claude/agents/a.md"))).toMatchObject({ model: "haiku" });
    const lower = agent("a", { tools: ["read", "search"], ...written("---\nname: a\ndescription: d\ntools: [read, search]\n---\nBody\n") });
    expect(frontMatter(textAt(rendered(lower, "claude-code").outputs, ".claude/agents/a.md"))).toMatchObject({ tools: "Read, Grep, Glob" });
    const idle = agent("a", { tools: [], ...written("---\nname: a\ndescription: d\ntools: []\n---\nBody\n") });
    expect(frontMatter(textAt(rendered(idle, "qwen-code").outputs, ".qwen/agents/a.md"))).toMatchObject({ tools: ["none"] });
    const own = agent("a", { overrides: { codex: { x: 1 } }, ...written("---\nname: a\ndescription: d\ncodex: {x: 1}\n---\nBody\n") });
    expect(frontMatter(textAt(rendered(own, "claude-code").outputs, ".claude/agents/a.md"))).toEqual({ name: "a", description: "Plays a" });
  });
});

describe("skills", () => {
  test("are copied byte for byte", () => {
    const bytes = new Uint8Array([0, 255, 10]);
    const files = [part("SKILL.md", "---\r\nname: 'pdf'\r\n# a comment\r\ndescription: x\r\n---\r\nbody"), { path: "bin/x", bytes, executable: true }];
    const { outputs } = rendered(skill("pdf", { files }), "codex");
    expect(textAt(outputs, ".agents/skills/pdf/SKILL.md")).toBe(decoder.decode(files[0]?.bytes));
    expect(outputs.find(({ path }) => path.endsWith("bin/x"))?.content).toEqual({ as: "file", bytes, mode: 0o755 });
  });

  test("with front matter for one platform are written anew for it alone", () => {
    const own = skill("pdf", { extra: { license: "MIT" }, overrides: { codex: { model: "m" } } });
    expect(frontMatter(textAt(rendered(own, "codex").outputs, ".agents/skills/pdf/SKILL.md"))).toEqual({
      name: "pdf",
      description: "Does pdf",
      license: "MIT",
      model: "m",
    });
    expect(textAt(rendered(own, "claude-code").outputs, ".claude/skills/pdf/SKILL.md")).toBe(decoder.decode(own.files[0]?.bytes));
  });
});

describe("agents", () => {
  test("of Codex are TOML that says back any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), (noise, description) => {
        const body = `start ${noise}"""\\`;
        const output = parseToml(textAt(rendered(agent("a", { description, body }), "codex").outputs, ".codex/agents/a.toml"));
        // Lone surrogates are no text of a file.
        expect(output).toMatchObject({ name: "a", description: description.toWellFormed() });
        expect(output["developer_instructions"]).toBe(`${body.toWellFormed().replaceAll(/\r\n?/g, "\n").trimEnd()}\n`);
      }),
    );
  });

  test("lose their tools in Codex, which --strict refuses", () => {
    expect(lossesOf(rendered(agent("a", { tools: ["Read"] }), "codex"))).toEqual(["tools unsupported protects"]);
    expect(lossesOf(rendered(agent("a"), "codex"))).toEqual([]);
  });

  test("of OpenCode may use what they name and nothing else", () => {
    const { outputs } = rendered(agent("a", { tools: ["Read", "mcp__db__query"], model: "acme/m" }), "opencode");
    expect(frontMatter(textAt(outputs, ".opencode/agents/a.md"))).toMatchObject({
      mode: "subagent",
      model: "acme/m",
      tools: { "*": false, read: true, db_query: true },
    });
    expect(lossesOf(rendered(agent("a", { model: "gpt" }), "opencode"))).toEqual(["model degraded"]);
  });

  test("of OpenCode and Codex leave out values that would stop the client", () => {
    const odd = agent("a", { extra: { color: "blue", temperature: "hot", mode: "all", sandbox_mode: 3 } });
    expect(frontMatter(textAt(rendered(odd, "opencode").outputs, ".opencode/agents/a.md"))).toEqual({ description: "Plays a", mode: "all" });
    expect(lossesOf(rendered(odd, "opencode"))).toEqual(["color unsupported", "temperature unsupported", "sandbox_mode unsupported protects"]);
    expect(textAt(rendered(odd, "codex").outputs, ".codex/agents/a.toml")).not.toContain("sandbox_mode");
    const entry = server("s", { extra: { startup_timeout_sec: "5", tool_timeout_sec: 5 } });
    expect(parseToml(textAt(rendered(entry, "codex").outputs, ".codex/config.toml"))).toEqual({ mcp_servers: { s: { command: "npx", tool_timeout_sec: 5 } } });
  });

  test("of Qwen Code without a tool name one that nobody has, since an empty list sets no limit there", () => {
    for (const tools of [[], ["Frobnicate"], ["mcp__db"]]) {
      const result = rendered(agent("a", { tools }), "qwen-code");
      expect(frontMatter(textAt(result.outputs, ".qwen/agents/a.md"))).toMatchObject({ tools: ["none"] });
      expect(lossesOf(result)).toContain("tools translated");
    }
  });

  test("of Copilot name tools as Copilot does; a limit in brackets is lost and protects", () => {
    const result = rendered(agent("a", { tools: ["Bash(git *)", "Grep", "Frobnicate"] }), "copilot-cli");
    expect(frontMatter(textAt(result.outputs, ".github/agents/a.agent.md"))).toMatchObject({ tools: ["execute", "search"] });
    expect(lossesOf(result)).toEqual(["tools translated", "tools degraded", "tools degraded protects"]);
  });

  test("that share a file with Claude Code's keep its model, and that is said", () => {
    const result = rendered(agent("a", { model: "fast", extra: { disallowedTools: "Bash" } }), "copilot-cli");
    expect(lossesOf(result)).toEqual(["disallowedTools unsupported protects", "model degraded"]);
    const shared = render({
      artifacts: [agent("a", { model: "fast", extra: { disallowedTools: "Bash" } })],
      platforms: platformsNamed(["claude-code", "copilot-cli"]),
      scope: "project",
      facts: emptyFacts(),
      models: {},
    });
    expect(shared.outputs.map(({ path }) => path)).toEqual([".claude/agents/a.md"]);
    expect(lossesOf(shared)).toEqual(["model translated", "model degraded", "disallowedTools unsupported protects"]);
  });
});

describe("commands", () => {
  test("ask for their arguments in the client's own words", () => {
    const it = command("c", { body: "Fix $ARGUMENTS and $ARGUMENTS\n", argumentHint: "<n>" });
    expect(textAt(rendered(it, "copilot-vscode").outputs, ".github/prompts/c.prompt.md")).toContain("Fix ${input:arguments} and ${input:arguments}");
    expect(textAt(rendered(it, "opencode").outputs, ".opencode/commands/c.md")).toContain("Fix $ARGUMENTS and $ARGUMENTS");
    expect(lossesOf(rendered(it, "opencode"))).toEqual(["argument-hint unsupported"]);
  });
});

describe("MCP servers", () => {
  const http = server("s.x", {
    transport: { type: "http", url: "https://${HOST}/", headers: { authorization: "Bearer ${T}", A: "x${B}", C: "${D}", E: "f" } },
  });

  test("of Codex are TOML tables, with the variables that Codex can pass on", () => {
    const { outputs, fidelity } = rendered(http, "codex");
    expect(parseToml(textAt(outputs, ".codex/config.toml"))).toEqual({
      mcp_servers: { "s.x": { url: "https://${HOST}/", bearer_token_env_var: "T", http_headers: { E: "f" }, env_http_headers: { C: "D" } } },
    });
    expect(outputs[0]?.content).toMatchObject({ claims: ['mcp_servers."s.x"'] });
    expect(fidelity.map(({ field, grade }) => [field, grade])).toEqual([
      ["url", "unsupported"],
      ["headers.A", "unsupported"],
    ]);
  });

  test("that Codex cannot reach are left out and said", () => {
    const result = rendered(server("s", { transport: { type: "sse", url: "https://x", headers: {} } }), "codex");
    expect(result.outputs).toEqual([]);
    expect(lossesOf(result)).toEqual(["type unsupported"]);
  });

  test("name variables in each dialect's way, nulls and odd keys included", () => {
    expect(valuesOf(rendered(http, "copilot-vscode"))).toMatchObject([{ url: "https://${env:HOST}/", headers: { A: "x${env:B}" } }]);
    expect(valuesOf(rendered(http, "opencode"))).toMatchObject([{ type: "remote", url: "https://{env:HOST}/", enabled: true }]);
    const off = server("s", { extra: { disabled: true, timeout: null } });
    expect(valuesOf(rendered(off, "opencode"))).toEqual([{ type: "local", command: ["npx"], enabled: false }]);
    expect(textAt(rendered(off, "codex").outputs, ".codex/config.toml")).toContain("enabled = false");
    expect(lossesOf(rendered(off, "opencode"))).toEqual(["timeout unsupported"]);
    expect(lossesOf(rendered(off, "claude-code"))).toEqual(["disabled unsupported protects"]);
  });
});

describe("behaviors", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "aiwg codecs-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function lay({ outputs }: Rendered): void {
    for (const { path, content } of outputs) {
      if (content.as !== "file") continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content.bytes);
      chmodSync(join(root, path), content.mode);
    }
  }

  const STOP = `no "quotes" \\n 100%s`;
  const script = '#!/bin/sh\ncat > seen\nprintf "%s\\n" "$PWD" "$AIWG_EVENT" "$AIWG_PLATFORM" "$AIWG_BEHAVIOR_DIR" "$@" >> seen\ncat reason >&2\nexit 2\n';
  const odd = ["it's", '"$(touch pwned)"', "a b; touch pwned", "$HOME", "*", ""];
  const guard = behavior("guard.1", { on: ["tool.before"], tools: ["shell"], run: ["./go.sh", ...odd], files: [part("go.sh", script)] });

  for (const [platform, env] of [
    ["claude-code", true],
    ["codex", false],
    ["copilot-cli", false],
  ] as const) {
    test(`of ${platform} run by a shell with their words untouched, in the project, and can block`, () => {
      const result = rendered(guard, platform);
      lay(result);
      writeFileSync(join(root, "reason"), `${STOP}\n`);
      const texts = [...valuesOf(result), textAt(result.outputs, ".github/hooks/guard.1.json")].map((value) =>
        typeof value === "string" ? value : JSON.stringify(value),
      );
      const json = texts.find((text) => text.includes("AIWG_EVENT")) ?? "";
      const line = /"(?:command|bash)":\s*("(?:[^"\\]|\\.)*AIWG_EVENT(?:[^"\\]|\\.)*")/.exec(json)?.[1] ?? '""';
      const hook: unknown = JSON.parse(line);
      const cwd = env ? tmpdir() : root;
      const ran = spawnSync("sh", ["-c", String(hook)], {
        cwd,
        input: '{"tool":"x"}',
        env: { PATH: process.env["PATH"], HOME: "/home/x", ...(env && { CLAUDE_PROJECT_DIR: root }) },
      });
      const outer = { permissionDecision: "deny", permissionDecisionReason: STOP };
      const denied = { ...outer, hookSpecificOutput: { hookEventName: "PreToolUse", ...outer } };
      if (platform === "copilot-cli") expect(JSON.parse(String(ran.stdout))).toEqual(denied);
      else expect([ran.status, String(ran.stderr)]).toEqual([2, `${STOP}\n`]);
      const seen = readFileSync(join(root, "seen"), "utf8");
      expect(seen).toBe(`{"tool":"x"}${[root, "tool.before", platform, join(root, ".aiwg/behaviors/guard.1"), ...odd].join("\n")}\n`);
      expect(() => readFileSync(join(root, "pwned"))).toThrow("ENOENT");
    });
  }

  test("of OpenCode run as a plugin: exit 2 stops the tools that are meant, others pass", async () => {
    lay(rendered(guard, "opencode"));
    writeFileSync(join(root, "reason"), STOP);
    type Plugin = { AiwgBehavior: () => Promise<Record<string, (input: object, output: object) => Promise<void>>> };
    const module = (await import(pathToFileURL(join(root, ".opencode/plugins/guard.1.js")).href)) as Plugin;
    const hooks = await module.AiwgBehavior();
    await expect(hooks["tool.execute.before"]?.({ tool: "bash" }, { args: {} })).rejects.toThrow(STOP);
    expect(readFileSync(join(root, "seen"), "utf8")).toContain('{"input":{"tool":"bash"},"output":{"args":{}}}');
    await expect(hooks["tool.execute.before"]?.({ tool: "read" }, { args: {} })).resolves.toBeUndefined();
  });

  test("two events that are one event of the client's have two entries, each found by its own mark", () => {
    const { outputs } = rendered(behavior("b", { on: ["tool.after", "file.written"] }), "claude-code");
    const members = outputs.flatMap(({ at, content }) => (content.as === "member" ? [{ at, ...content }] : []));
    expect(members.map(({ at }) => at)).toEqual(["/hooks/PostToolUse/b", "/hooks/PostToolUse/b@file.written"]);
    for (const { mark } of members) expect(members.filter(({ value }) => JSON.stringify(value).includes(mark)).length).toBe(1);
  });

  test("stand or fall with their scripts, which lie once for all platforms", () => {
    const result = render({
      artifacts: [guard],
      platforms: platformsNamed(["claude-code", "codex", "opencode"]),
      scope: "project",
      facts: emptyFacts(),
      models: {},
    });
    expect(new Set(result.outputs.map(({ unit }) => unit))).toEqual(new Set(["behavior/guard.1"]));
    const scripts = result.outputs.filter(({ path }) => path.startsWith(".aiwg/"));
    expect(scripts.map(({ path, owners }) => [path, owners.map(([platform]) => platform)])).toEqual([
      [".aiwg/behaviors/guard.1/go.sh", ["claude-code", "codex", "opencode"]],
    ]);
  });

  test("stop a prompt in Copilot as well, which runs the hooks of Claude Code but not their exit codes", () => {
    const it = behavior("b", { on: ["prompt"], files: [part("run.sh", "#!/bin/sh\nexit 2\n")] });
    const result = rendered(it, "claude-code");
    lay(result);
    const [command] = result.outputs.flatMap(({ content }) =>
      content.as === "member" ? [/"command":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(content.value))?.[1] ?? ""] : [],
    );
    const run = (env: Record<string, string>) =>
      spawnSync("sh", ["-c", String(JSON.parse(command ?? ""))], { cwd: root, env: { PATH: process.env["PATH"], ...env } });
    expect(run({}).status).toBe(2);
    const copilot = run({ COPILOT_CLI: "1" });
    expect([copilot.status, JSON.parse(String(copilot.stdout))]).toEqual([0, { decision: "block", reason: "stopped by b" }]);
  });

  test("that guard a tool where a client has no such event are a loss that protects", () => {
    expect(lossesOf(rendered(behavior("b", { on: ["tool.before"], tools: ["read"] }), "codex"))).toEqual(["tool.before unsupported protects"]);
    expect(lossesOf(rendered(behavior("b", { on: ["session.end"] }), "opencode"))).toEqual(["session.end unsupported"]);
    expect(rendered(behavior("b", { on: ["session.end"] }), "opencode").outputs).toEqual([]);
  });
});
