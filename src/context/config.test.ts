import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addBundle, type ContextConfig, readContextConfig, removeBundle, setPlatforms } from "./config.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function read(text: string): ContextConfig {
  writeFileSync(join(dir, "aiwg.jsonc"), text);
  return readContextConfig(join(dir, "aiwg.jsonc"), "aiwg.jsonc", "project");
}

test("a file that is not there says nothing", () => {
  expect(readContextConfig(join(dir, "none.jsonc"), "none.jsonc", "project")).toEqual({ platforms: null, bundles: [], gitignore: "none", models: {} });
});

test("a project may name platforms, bundles, models and what git sees", () => {
  const config = read(`{
    "platforms": ["codex"], // mine
    "bundles": [{"name": "team", "source": "../team", "exclude": ["skill:x"]}],
    "gitignore": "exclude", "models": {"codex": {"fast": "small"}},
  }`);
  expect(config).toEqual({
    platforms: ["codex"],
    bundles: [{ name: "team", source: "../team", exclude: ["skill:x"] }],
    gitignore: "exclude",
    models: { codex: { fast: "small" } },
  });
});

const wrong: readonly (readonly [string, RegExp])[] = [
  [`{"platforms": "codex"}`, /aiwg\.jsonc:1: "platforms"/],
  [`{\n"bundles": [\n{"name": "a", "sorce": "./x"}]}`, /aiwg\.jsonc:3: unknown key "bundles\.0\.sorce"|aiwg\.jsonc:3: "bundles\.0\.source"/],
  [`{"bundles": [{"name": "a b", "source": "./x"}]}`, /must be 1-64 of/],
  [`{"bundles": [\n{"name": "a", "source": "./x"},\n{"name": "a", "source": "./y"}]}`, /aiwg\.jsonc:3: .*"a" is there twice/],
  [`{"bundles": [{"name": "a", "source": "./x", "include": ["everything"]}]}`, /such as skill:review/],
  [`{"gitignore": "all"}`, /gitignore/],
  [`{"models": {"codex": {"smart": "x"}}}`, /unknown key "models\.codex\.smart"/],
];
for (const [text, message] of wrong) {
  test(`${text.replaceAll("\n", " ")} is refused with its line`, () => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(message) }));
  });
}

test("an added bundle keeps comments, indentation and line ends, and one of its name is replaced", () => {
  const text = `{\r\n    // ours\r\n    "platforms": ["codex"], // one\r\n    "mission": {"max_iterations": 3}\r\n}\r\n`;
  const once = addBundle(text, { name: "a", source: "./a" }, "aiwg.jsonc");
  expect(once).toContain("// ours\r\n");
  expect(once.replaceAll("\r\n", "")).not.toContain("\n");
  const twice = addBundle(addBundle(once, { name: "b", source: "~/b" }, "aiwg.jsonc"), { name: "a", source: "./other", exclude: ["rule:x"] }, "aiwg.jsonc");
  expect(read(twice).bundles).toEqual([
    { name: "a", source: "./other", exclude: ["rule:x"] },
    { name: "b", source: "~/b" },
  ]);
  expect(twice).toContain('"platforms": ["codex"], // one');
});

test("a removed bundle leaves the rest as it was", () => {
  const text = `{"bundles": [\n  // first\n  {"name": "a", "source": "./a"},\n  // second\n  {"name": "b", "source": "./b"}\n]}\n`;
  expect(read(removeBundle(text, "a", "aiwg.jsonc")).bundles.map(({ name }) => name)).toEqual(["b"]);
  expect(removeBundle(text, "a", "aiwg.jsonc")).toContain("// second");
  expect(removeBundle(text, "none", "aiwg.jsonc")).toBe(text);
});

test("without a file one is made, with a schema; a byte order mark stays", () => {
  const made = setPlatforms(undefined, ["claude-code", "codex"], "aiwg.jsonc");
  expect(made).toMatch(/^\{\n {2}"\$schema": "https:/);
  expect(read(made).platforms).toEqual(["claude-code", "codex"]);
  const marked = setPlatforms(`\uFEFF{"platforms": []}`, ["codex"], "aiwg.jsonc");
  expect(marked.startsWith("\uFEFF{")).toBe(true);
  expect(read(marked).platforms).toEqual(["codex"]);
});

test("a text that is no object is not edited", () => {
  for (const text of ["[", "[]", `{"a": 1, "a": 2}`])
    expect(() => addBundle(text, { name: "a", source: "./a" }, "x.jsonc")).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringMatching(/^x\.jsonc:1: /) }),
    );
});
