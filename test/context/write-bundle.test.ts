// What is written as a bundle is read back as the same artifacts, whatever they hold; what a person has is left alone.
import { mkdirSync, readFileSync, symlinkSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Artifact, BEHAVIOR_EVENTS, compareArtifacts, type Json, type JsonObject, TOOL_CLASSES } from "../../src/context/model.ts";
import { readBundle } from "../../src/context/parse/bundle.ts";
import { writeBundle } from "../../src/context/write-bundle.ts";
import { type Ground, makeGround } from "./plant.ts";

let ground: Ground;
beforeEach(() => {
  ground = makeGround();
});
afterEach(() => ground.remove());

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((text) => text.trim() || "x");
const line = fc.oneof(word, fc.constantFrom("a: b", "*", "&x", "yes", "2024-01-01", "- a", "# no", "1e3", '"', "'", "{a}", "\u0085x"));
const json: fc.Arbitrary<Json> = fc.oneof(line, fc.integer(), fc.boolean(), fc.array(line, { maxLength: 3 }));
const extra: fc.Arbitrary<JsonObject> = fc.dictionary(
  word.map((key) => `x-${key}`),
  json,
  { maxKeys: 3, noNullPrototype: true },
);
const overrides = fc.dictionary(fc.constantFrom("codex", "claude-code"), extra, { maxKeys: 2, noNullPrototype: true });
const body = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replaceAll("\r\n", "\n").replaceAll("\0", ""));
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const common = { bundles: fc.constant(["b"]), from: fc.constant(""), hash: fc.constant(""), extra, overrides };
const nameOf = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,4})?$/);
const items = fc.array(line, { minLength: 1, maxLength: 3 });
const file = fc.record({ path: fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3})?\.txt$/), bytes: fc.uint8Array({ maxLength: 20 }), executable: fc.boolean() });
const files = fc.uniqueArray(file, { maxLength: 3, selector: ({ path }) => path });

const artifact: fc.Arbitrary<Artifact> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant("rule" as const),
    name: nameOf,
    description: optional(line),
    globs: fc.oneof(fc.constant([]), items),
    always: fc.boolean(),
    body,
  }),
  fc.record({ ...common, kind: fc.constant("agent" as const), name: nameOf, description: line, tools: optional(items), model: optional(line), body }),
  fc.record({ ...common, kind: fc.constant("command" as const), name: nameOf, description: optional(line), argumentHint: optional(line), body }),
  fc.record({
    ...{ ...common, kind: fc.constant("behavior" as const), name: nameOf, description: optional(line) },
    on: fc.subarray(
      BEHAVIOR_EVENTS.filter((event) => event.startsWith("tool.")),
      { minLength: 1 },
    ),
    ...{
      tools: fc.subarray([...TOOL_CLASSES]),
      run: fc.constantFrom(["sh", "-c", "a b "], ["node", ""]),
      timeoutS: optional(fc.integer({ min: 1, max: 3_600 })),
      files,
    },
  }),
  fc
    .record({
      ...{ ...common, kind: fc.constant("mcp" as const), name: nameOf },
      transport: fc.oneof(
        fc.record({
          type: fc.constant("stdio" as const),
          command: word,
          args: fc.array(fc.string()),
          env: fc.dictionary(nameOf, fc.string(), { noNullPrototype: true }),
        }),
        fc.record({
          type: fc.constantFrom("http" as const, "sse" as const),
          url: word,
          headers: fc.dictionary(nameOf, fc.string(), { noNullPrototype: true }),
        }),
      ),
    })
    .filter((server) => JSON.stringify(server.transport).includes("\\u0000") === false),
);

// What reading adds: where it stood, its hash, its own bytes.
function essence(artifact: Artifact): object {
  const { from: _from, hash: _hash, ...rest } = artifact;
  const parts = "files" in rest ? { files: rest.files.map(({ path, bytes, executable }) => ({ path, bytes: [...bytes], executable })) } : {};
  return { ...rest, bytes: undefined, entry: undefined, ...parts };
}

test("read(write(artifacts)) gives the artifacts", () => {
  let run = 0;
  const set = fc.uniqueArray(artifact, { minLength: 1, maxLength: 6, selector: ({ kind, name }) => `${kind}/${name}` });
  fc.assert(
    fc.property(set, (artifacts) => {
      const folder = join(ground.dir, String(run++));
      mkdirSync(folder);
      writeBundle(folder, artifacts);
      const bundle = readBundle(folder, { shown: "b", name: "b", layout: "bundle" });
      expect(bundle.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(bundle.artifacts.map(essence)).toEqual(
        artifacts
          .toSorted(compareArtifacts)
          .map(essence)
          .map((one) => ("files" in one && Array.isArray(one.files) ? { ...one, files: one.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) } : one)),
      );
      // And a bundle that was read is written as it stood: byte for byte, so that hashes agree.
      const copy = join(ground.dir, String(run++));
      mkdirSync(copy);
      const { undo } = writeBundle(copy, bundle.artifacts);
      undo();
      expect(readdirSync(copy)).toEqual([]);
      writeBundle(copy, bundle.artifacts);
      expect(readBundle(copy, { shown: "b", name: "b", layout: "bundle" }).artifacts.map(({ hash }) => hash)).toEqual(bundle.artifacts.map(({ hash }) => hash));
      expect(writeBundle(copy, bundle.artifacts).paths).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

const rule = (name: string, text: string): Artifact => ({
  ...({ kind: "rule", name, bundles: ["b"], from: "", hash: "", extra: {}, overrides: {} } as const),
  ...{ description: null, globs: [], always: true, body: text },
});
const server = (name: string, command: string): Artifact => ({
  ...({ kind: "mcp", name, bundles: ["b"], from: "", hash: "", extra: {}, overrides: {} } as const),
  transport: { type: "stdio", command, args: [], env: {} },
});

test("a file that is there with other content, or a link on the way, stops the writing before it began", () => {
  ground.plant({ "b/rules/z.md": "mine", "elsewhere/x": "" });
  symlinkSync("../elsewhere", join(ground.dir, "b/agents"));
  const write = (artifacts: readonly Artifact[]): readonly string[] => writeBundle(join(ground.dir, "b"), artifacts).paths;
  expect(() => write([rule("a", "new"), rule("z", "other")])).toThrow(
    expect.objectContaining({ code: "state_conflict", message: expect.stringContaining("rules/z.md") }),
  );
  const agent: Artifact = { ...rule("x", "x"), kind: "agent", description: "d", tools: null, model: null, body: "x" };
  expect(() => write([rule("a", "new"), agent])).toThrow(
    expect.objectContaining({ code: "state_conflict", message: expect.stringContaining("agents is a link") }),
  );
  expect(readBundle(join(ground.dir, "b"), { shown: "b" }).artifacts.map(({ name }) => name)).toEqual(["z"]);
  expect(write([rule("a", "new"), rule("z", "mine")])).toEqual(["rules/a.md"]);
});

test("servers are added to an mcp.json with its comments; one of another content is a conflict", () => {
  ground.plant({ "b/mcp.json": '{\n  // mine\n  "mcpServers": {\n    "a": { "command": "a" }\n  }\n}\n' });
  const write = (artifacts: readonly Artifact[]): readonly string[] => writeBundle(join(ground.dir, "b"), artifacts).paths;
  expect(write([server("a", "a"), server("b", "b")])).toEqual(["mcp.json"]);
  expect(readFileSync(join(ground.dir, "b/mcp.json"), "utf8")).toMatch(/^\{\n {2}\/\/ mine\n {2}"mcpServers": \{\n {4}"a": [^}]*\},\n {4}"b": \{/);
  expect(() => write([server("a", "other")])).toThrow(expect.objectContaining({ code: "state_conflict" }));
  ground.plant({ "b/mcp.json": "{" });
  expect(() => write([server("c", "c")])).toThrow(expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/^mcp\.json:1: /) }));
});
