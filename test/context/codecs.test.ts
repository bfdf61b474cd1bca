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
import type { ModelChoices } from "../../src/context/models.ts";
import type { Output, Rendered } from "../../src/context/output.ts";
import { platformsNamed } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render.ts";
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

describe("skills", () => {
  test("are copied byte for byte", () => {
    const bytes = new Uint8Array([0, 255, 10]);
    const files = [part("SKILL.md", "---\r\nname: 'pdf'\r\n# a comment\r\ndescription: x\r\n---\r\nbody"), { path: "bin/x", bytes, executable: true }];
    const { outputs } = rendered(skill("pdf", { files }), "codex");
    expect(textAt(outputs, ".agents/skills/pdf/SKILL.md")).toBe(decoder.decode(files[0]?.bytes));
    expect(outputs.find(({ path }) => path.endsWith("bin/x"))?.content).toEqual({ as: "file", bytes, mode: 0o755 });
  });

  test("say the folder's name, whatever they said before", () => {
    for (const head of ["---\nname: other\ndescription: d\n---\n", "---\ndescription: d\n---\n", ""]) {
      const { outputs } = rendered(skill("pdf", { files: [part("SKILL.md", `${head}body\n`)], description: "d", body: "body\n" }), "codex");
      expect(frontMatter(textAt(outputs, ".agents/skills/pdf/SKILL.md"))).toEqual({ name: "pdf", description: "d" });
    }
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
    expect(valuesOf(rendered(off, "opencode"))).toEqual([{ type: "local", command: ["npx"], enabled: false, timeout: null }]);
    expect(textAt(rendered(off, "codex").outputs, ".codex/config.toml")).toContain("enabled = false");
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

  const script = '#!/bin/sh\ncat > seen\nprintf "%s\\n" "$PWD" "$AIWG_EVENT" "$AIWG_PLATFORM" "$AIWG_BEHAVIOR_DIR" "$@" >> seen\necho stop >&2\nexit 2\n';
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
      expect(ran.status).toBe(2);
      expect(String(ran.stderr)).toBe("stop\n");
      const seen = readFileSync(join(root, "seen"), "utf8");
      expect(seen).toBe(`{"tool":"x"}${[root, "tool.before", platform, join(root, ".aiwg/behaviors/guard.1"), ...odd].join("\n")}\n`);
      expect(() => readFileSync(join(root, "pwned"))).toThrow("ENOENT");
    });
  }

  test("of OpenCode run as a plugin: exit 2 stops the tools that are meant, others pass", async () => {
    lay(rendered(guard, "opencode"));
    type Plugin = { AiwgBehavior: () => Promise<Record<string, (input: object, output: object) => Promise<void>>> };
    const module = (await import(pathToFileURL(join(root, ".opencode/plugins/guard.1.js")).href)) as Plugin;
    const hooks = await module.AiwgBehavior();
    await expect(hooks["tool.execute.before"]?.({ tool: "bash" }, { args: {} })).rejects.toThrow("stop");
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

  test("that guard a tool where a client has no such event are a loss that protects", () => {
    expect(lossesOf(rendered(behavior("b", { on: ["tool.before"], tools: ["read"] }), "codex"))).toEqual(["tool.before unsupported protects"]);
    expect(lossesOf(rendered(behavior("b", { on: ["session.end"] }), "opencode"))).toEqual(["session.end unsupported"]);
    expect(rendered(behavior("b", { on: ["session.end"] }), "opencode").outputs).toEqual([]);
  });
});
