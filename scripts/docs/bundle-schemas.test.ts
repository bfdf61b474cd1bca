import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { readBundle } from "../../src/context/parse/bundle.ts";
import { writeFrontMatter } from "../../src/context/parse/front-matter.ts";
import { parseMcp } from "../../src/context/parse/mcp.ts";
import type { JsonObject } from "../../src/context/model.ts";
import { BUNDLE_SCHEMAS, FRONT_MATTER } from "./bundle-schemas.ts";

const PATHS = { rule: "rules/x.md", skill: "skills/x/SKILL.md", agent: "agents/x.md", command: "commands/x.md", behavior: "behaviors/x/BEHAVIOR.md" } as const;
type Kind = keyof typeof PATHS;

function isRead(kind: Kind, data: JsonObject): boolean {
  const dir = mkdtempSync(join(tmpdir(), "aiwg-schemas-"));
  try {
    const file = join(dir, PATHS[kind]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, writeFrontMatter(data, "Text.\n"));
    return readBundle(dir, { shown: "b" }).diagnostics.every(({ severity }) => severity !== "error");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test("editors and the parser agree about front matter", () => {
  const cases: Readonly<Record<Kind, readonly JsonObject[]>> = {
    rule: [
      {},
      { globs: "*.ts" },
      { globs: ["*.ts", "*.js"] },
      { paths: ["x"], alwaysApply: true },
      { globs: 3 },
      { alwaysApply: "yes" },
      { description: [] },
      { other: {} },
    ],
    skill: [{ description: "d" }, { name: "x", description: "d", license: "MIT", metadata: { a: 1 } }, { name: "x" }, { description: "" }, { description: 3 }],
    agent: [
      { description: "d" },
      { description: "d", tools: ["Read"], model: "fast" },
      { description: "d", tools: "Read, Grep" },
      {},
      { description: "d", tools: 3 },
      { description: "d", model: [] },
    ],
    command: [{}, { description: "d", "argument-hint": "[x]" }, { "argument-hint": ["x"] }, { description: {} }],
    behavior: [
      { on: "prompt", run: ["node", "x.js"] },
      { on: ["tool.before"], run: ["node"], tools: ["shell"], timeout: 3 },
      { on: "prompt" },
      { run: ["node"] },
      { on: "never", run: ["node"] },
      { on: "prompt", run: [] },
      { on: "prompt", run: "node" },
      { on: "prompt", run: ["node"], timeout: 0 },
      { on: "prompt", run: ["node"], timeout: 3_601 },
    ],
  };
  for (const kind of Object.keys(PATHS) as Kind[]) {
    const verdicts = cases[kind].map((data) => [data, FRONT_MATTER[kind].safeParse(data).success] as const);
    expect(verdicts.some(([, good]) => good) && verdicts.some(([, good]) => !good), kind).toBe(true);
    for (const [data, good] of verdicts) expect([kind, data, good]).toEqual([kind, data, isRead(kind, data)]);
  }
});

test("editors and the loader agree about mcp.json", () => {
  const [mcp] = BUNDLE_SCHEMAS.filter(({ path }) => path.endsWith("/mcp.schema.json"));
  const schema = z.fromJSONSchema(JSON.parse(mcp?.generate() ?? "{}"));
  const local = { command: "npx" };
  const cases: readonly (readonly [servers: JsonObject, good: boolean])[] = [
    [{}, true],
    [{ a: local, "b.c_d-1": { url: "https://x.invalid", type: "sse", other: 1 } }, true],
    [{ a: { ...local, type: "stdio", args: ["-y"], env: { A: "b" } } }, true],
    [{ a: {} }, false],
    [{ a: { ...local, url: "https://x.invalid" } }, false],
    [{ a: { ...local, url: "https://x.invalid", type: "stdio" } }, false],
    [{ a: { ...local, type: "http" } }, false],
    [{ a: { url: "https://x.invalid", type: "stdio" } }, false],
    [{ a: { command: "" } }, false],
    [{ "a b": local }, false],
    [{ "..": local }, false],
  ];
  for (const [mcpServers, good] of cases) {
    const { diagnostics } = parseMcp(Buffer.from(JSON.stringify({ mcpServers })), { bundle: "b", path: "mcp.json" });
    expect([mcpServers, schema.safeParse({ mcpServers }).success, diagnostics.length === 0]).toEqual([mcpServers, good, good]);
  }
});

test("each schema is a JSON Schema of an object with a title", () => {
  expect(BUNDLE_SCHEMAS.map(({ path }) => path)).toHaveLength(7);
  for (const { generate } of BUNDLE_SCHEMAS)
    expect(JSON.parse(generate())).toMatchObject({ type: "object", title: expect.any(String), $schema: "https://json-schema.org/draft/2020-12/schema" });
});
