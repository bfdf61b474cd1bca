import fc from "fast-check";
import { expect, test } from "vitest";
import { isAiwgError } from "../core/errors.ts";
import { lockText, parseLock } from "./lock-file.ts";
import type { Lock } from "./output.ts";

const hash = "a".repeat(64);
const lock: Lock = {
  lock: 1,
  bundles: { z: { source: "./z", rev: null, integrity: "sha256-x" }, a: { source: "./a", rev: "1", integrity: "sha256-y" } },
  outputs: [
    { path: "b.md", at: "block:a", hash, mode: null, owners: [["codex", "a", "rule/x"]], origin: "created" },
    { path: "a.md", at: null, hash, mode: "644", owners: [["codex", "a", "rule/x"]], origin: "adopted" },
    { path: "b.md", at: null, hash, mode: "755", owners: [], origin: "created" },
  ],
  created: ["b", ".mcp.json", ".mcp.json#/mcpServers"],
  kept: [{ path: "k.md", at: null }],
};

test("a lock is written sorted, one output a line, and read back as the same value", () => {
  const text = lockText(lock);
  expect(text).toBe(lockText(parseLock(text, "aiwg.lock")));
  expect(
    text
      .split("\n")
      .filter((line) => line.includes('"path"'))
      .map((line) => /"path":"([^"]+)"/.exec(line)?.[1]),
  ).toEqual(["a.md", "b.md", "b.md", "k.md"]);
  expect(text.endsWith("}\n")).toBe(true);
  expect(Object.keys(parseLock(text, "aiwg.lock").bundles)).toEqual(["a", "z"]);
});

const good = lockText(lock);
test.each([
  ["a path that leaves the root", good.replace('"a.md"', '"../a.md"'), 8, /has a part that is/],
  ["an absolute path", good.replace('"a.md"', '"/etc/passwd"'), 8, /absolute/],
  ["a path into .git", good.replace('"a.md"', '".git/hooks/pre-commit"'), 8, /git repository/],
  ["a folder that leaves the root", good.replace('    "b",', '    "../b",').replace('    "b"\n', '    "../b"\n'), 15, /has a part that is/],
  ["an output twice", good.replace('"a.md","at":null', '"b.md","at":null'), 9, /twice/],
  ["a hash that is none", good.replace(hash, "1234"), 8, /sha256/],
  ["a mode that is none", good.replace('"644"', '"4755"'), 8, /mode/],
  ["a merge conflict", good.replace('  "outputs"', '<<<<<<< HEAD\n  "outputs"'), 7, /merge conflict/],
  ["text that is no JSON", good.replace('"lock": 1,', '"lock": 1'), 3, /not valid JSON/],
  ["another kind of file", "[]", 1, /object/],
])("a broken lock is refused with its line: %s", (_, text, line, message) => {
  expect(text).not.toBe(good);
  let said = "";
  try {
    parseLock(text, "aiwg.lock");
  } catch (error) {
    said = error instanceof Error ? error.message : "";
  }
  expect(said).toMatch(new RegExp(`^aiwg.lock:${line}: `));
  expect(said).toMatch(message);
});

test("a lock of a later format is said to be one, and what it claims beyond our format means nothing", () => {
  expect(() => parseLock(good.replace('"lock": 1', '"lock": 2'), "aiwg.lock")).toThrow(/later aiwg/);
  expect(lockText(parseLock(good.replace('"lock": 1,', '"lock": 1, "consent": ["all"],'), "aiwg.lock"))).toBe(good);
});

test("whatever stands in a lock is read as one or refused by name", () => {
  const keys = fc.constantFrom("lock", "bundles", "outputs", "created", "kept", "path", "at", "hash", "mode", "owners", "origin", "__proto__");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, 1, "x", "../x", "644", hash, "created"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(keys, tie("value")),
    ),
  }));
  const read = (text: string): void => {
    try {
      expect(parseLock(text, "l").lock).toBe(1);
    } catch (error) {
      expect(isAiwgError(error), String(error)).toBe(true);
    }
  };
  fc.assert(
    fc.property(fc.dictionary(keys, value), (row) => read(JSON.stringify({ ...JSON.parse(good), ...row }))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.nat(good.length), fc.string({ maxLength: 3 }), (at, text) => read(good.slice(0, at) + text + good.slice(at + 1))),
    { numRuns: 500 },
  );
  for (const text of ["", "[".repeat(200_000), `{"lock":1,"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`, "\0"]) read(text);
});
