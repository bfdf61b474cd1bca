// Law: the short way to canonical JSON gives what the library gives, also what it refuses.
import canonicalize from "canonicalize";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messageOf } from "./errors.ts";
import { canonicalJson, jsonPointer } from "./json.ts";

const outcome = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return `refused: ${messageOf(error)}`;
  }
};

// Few keys, so that they are often in order; halves of surrogate pairs, escapes that look like one, numbers beyond the finite.
const key = fc.oneof(
  fc.constantFrom("", "a", "b", "10", "9", "é", "__proto__", "toJSON", "\ud83d\ude00", "\ufb33"),
  fc.string({ unit: "binary", maxLength: 2 }),
);
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 4 }), fc.constantFrom("\ud800", "\\ud800", "\udc00x", "\u2028", '"', "\u007f"));
const leaf = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(Number.POSITIVE_INFINITY, -0, 1e21, 5e-324, Number.NaN),
);
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("value"), { maxLength: 3 }), tie("object")),
  object: fc.uniqueArray(fc.tuple(key, tie("value")), { maxLength: 4, selector: ([name]) => name }).chain((members) => {
    const ordered = members.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return fc.constantFrom(members, ordered, ordered).map((list) => Object.fromEntries(list));
  }),
}));

test("canonical JSON is what the library says it is", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(outcome(() => canonicalJson(value))).toEqual(outcome(() => canonicalize(value)));
    }),
    { numRuns: 2_000 },
  );
});

test("what is no JSON, nests deep or goes in circles is left to the library", () => {
  const circle: unknown[] = [];
  circle.push({ a: circle });
  const deep = Array.from({ length: 50_000 }).reduce<unknown>((inner) => [inner], 1);
  const odd = [
    circle,
    deep,
    { at: new Date(0) },
    { b: 1, a: undefined },
    [undefined],
    { a: 1n },
    new Map([["a", 1]]),
    Object.create({ toJSON: () => ({ b: 1, a: 2 }) }),
  ];
  for (const value of odd) expect(outcome(() => canonicalJson(value))).toEqual(outcome(() => canonicalize(value)));
  expect(() => canonicalJson(undefined)).toThrow("no canonical JSON form");
});

test("canonical JSON does not depend on the order of members", () => {
  expect(canonicalJson({ b: 1, a: [1, { d: "é", c: 1e21 }] })).toBe('{"a":[1,{"c":1e+21,"d":"é"}],"b":1}');
  expect(jsonPointer(["a/b", 0, "c~d"])).toBe("/a~1b/0/c~0d");
});
