import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJsonc } from "./jsonc.ts";

test("comments and trailing commas are read, and a place has its line", () => {
  const parsed = parseJsonc(`\uFEFF{ // one\n "a": [\n  {"b": 1},\n ],\n}`);
  if ("fault" in parsed) expect.unreachable(parsed.fault);
  expect(JSON.stringify(parsed.value)).toBe('{"a":[{"b":1}]}');
  expect([parsed.lineOf([]), parsed.lineOf(["a"]), parsed.lineOf(["a", 0, "b"]), parsed.lineOf(["a", 0, "none"]), parsed.lineOf(["none"])]).toEqual([
    1, 2, 3, 3, 1,
  ]);
});

test("a key set twice at any depth, deep nesting and broken text are faults with a line", () => {
  expect(parseJsonc(`{"a": [1,\n {"b": 1,\n "b": 2}]}`)).toEqual({ fault: '"a.1.b" is set twice', line: 3 });
  for (const depth of [100, 100_000]) expect(parseJsonc("[".repeat(depth) + "]".repeat(depth))).toEqual({ fault: "nested too deep", line: 1 });
  expect(parseJsonc(`{\n"a": }`)).toEqual({ fault: "not valid JSON with comments: ValueExpected", line: 2 });
});

test("whatever JSON can say is read as JSON reads it, and no text makes it throw", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const parsed = parseJsonc(text);
      expect("value" in parsed ? JSON.stringify(parsed.value) : parsed).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => void parseJsonc(text)));
});
