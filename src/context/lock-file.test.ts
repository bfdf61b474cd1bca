import { expect, test } from "vitest";
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
