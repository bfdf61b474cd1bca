import fc from "fast-check";
import { expect, test } from "vitest";
import { isId, mintId, uuidv7 } from "./ids.ts";
import { canonicalJson, jsonPointer } from "./json.ts";
import { grouped, inert, nearest, oneLine } from "./text.ts";
import { parseDuration } from "./time.ts";

test("ids are 1–128 safe characters and never a path step", () => {
  for (const good of ["a", "m-1", "A.b_c:d-e", "...", "x".repeat(128)]) expect(isId(good)).toBe(true);
  for (const bad of ["", ".", "..", "a/b", "a b", "é", "a\u0000", "a\n", "x".repeat(129)]) expect(isId(bad)).toBe(false);
});

test("minted ids are valid, unique and sort by time", () => {
  expect(isId(mintId("m", Date.now()))).toBe(true);
  fc.assert(fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 1e9 }), (t, later) => uuidv7(t) < uuidv7(t + later)));
  expect(uuidv7(0)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("canonical JSON does not depend on the order of members", () => {
  expect(canonicalJson({ b: 1, a: [1, { d: "é", c: 1e21 }] })).toBe('{"a":[1,{"c":1e+21,"d":"é"}],"b":1}');
  expect(jsonPointer(["a/b", 0, "c~d"])).toBe("/a~1b/0/c~0d");
});

test("text from outside cannot move a terminal or reorder what is read", () => {
  expect(inert("a\u001b[31mred\u0007\r\nb\tc\u202eevil\u009b2J")).toBe("a\uFFFD[31mred\uFFFD\nb\tc\uFFFDevil\uFFFD2J");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(inert(text))));
  expect(oneLine("a\n  b\tc", 10)).toBe("a b c");
  expect(oneLine("x".repeat(20), 10)).toBe(`${"x".repeat(9)}…`);
});

test("a near miss finds its word, a far one none", () => {
  expect(nearest("statsu", ["status", "start", "watch"])).toBe("status");
  expect(nearest("hihg", ["low", "high"])).toBe("high");
  expect(nearest("xyzzy", ["status", "start"])).toBeUndefined();
});

test("durations are a whole number and a unit", () => {
  expect(["250ms", "30s", "15m", "2h", "1d"].map((text) => parseDuration(text, "--x"))).toEqual([250, 30_000, 900_000, 7_200_000, 86_400_000]);
  for (const bad of ["", "5", "1.5s", "-1s", "5 s", "1w", "s"]) expect(() => parseDuration(bad, "--x")).toThrow("--x");
});

test("numbers are grouped in threes", () => {
  expect([0, 12, 999, 1_000, 12_345, 1_234_567].map(grouped)).toEqual(["0", "12", "999", "1,000", "12,345", "1,234,567"]);
});
