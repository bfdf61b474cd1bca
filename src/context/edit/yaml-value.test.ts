import fc from "fast-check";
import { CORE_SCHEMA, load } from "js-yaml";
import { expect, test } from "vitest";
import type { Json } from "../model.ts";
import type { JsonEdited } from "./json-value.ts";
import { removeYamlValue, setYamlValue, yamlValueAt } from "./yaml-value.ts";

function ok(edited: JsonEdited): { readonly text: string; readonly parents: readonly string[] } {
  if ("defect" in edited) throw new Error(`line ${edited.defect.line}: ${edited.defect.message}`);
  return edited;
}

/** What a document says beyond our entries of `mcp`. */
function otherwise(text: string): unknown {
  const said = text.replace(/^\uFEFF/, "");
  const root = /^\s*[^\s#]/m.test(said) ? load(said, { schema: CORE_SCHEMA }) : null;
  const { mcp, ...rest } = (root ?? {}) as Record<string, Json>;
  const kept = Object.entries(typeof mcp === "object" && mcp !== null ? mcp : {}).filter(([key]) => key !== "n1" && key !== "n2");
  return { ...rest, mcp: Object.fromEntries(kept) };
}

// Documents as people write them: comments, blank lines, quotes, block scalars, lists, flow collections, either line end.
const scalar = fc.constantFrom(
  "1",
  "true",
  "text",
  '"a: b # no"',
  "'it''s'",
  "null",
  "",
  "[1, {a: b}]",
  "{x: 1}",
  "{}",
  "|\n    mcp:\n      one: 1\n    two",
  ">-\n    folded\n\n    more",
);
const filler = fc.constantFrom("", "", "# a comment\n", "\n", "  # indented\n", "   \n");
const child = fc.tuple(fc.constantFrom("one", "two", '"three"', "'four'", "a.b"), scalar, filler).map(([key, value, after]) => `  ${key}: ${value}\n${after}`);
const block = fc
  .tuple(fc.constantFrom("mcp", "'mcp'", "other", "model", "z"), fc.constantFrom("", " # why"), fc.array(child, { maxLength: 3 }), filler)
  .map(([key, comment, children, after]) => `${key}:${comment}\n${after}${children.join("")}`);
const line = fc.tuple(fc.constantFrom("mcp", "a", "b", "c"), scalar).map(([key, value]) => `${key}: ${value}\n`);
const list = fc.constantFrom("hooks:\n- command: x\n  # y\n- z\n", "hooks:\n  - one: 1\n    two: 2\n");
const anyDocument = fc
  .tuple(
    fc.constantFrom("", "\uFEFF", "---\n", "# top\n"),
    fc.array(fc.oneof(block, line, list, filler), { maxLength: 5 }),
    fc.constantFrom("\n", "\r\n"),
    fc.constantFrom("", "cut", "# end", "..."),
  )
  .map(([head, parts, eol, tail]) => {
    const text = head + parts.join("") + (tail === "cut" ? "" : tail);
    return (tail === "cut" ? text.replace(/\n$/, "") : text).replaceAll("\n", eol);
  });
const anyValue = fc.constantFrom<Json>(
  { command: "npx", args: ["-y", "p: #q"], env: { T: "${T}" } },
  { url: "https://x/y" },
  { text: "two\nlines\n", empty: {}, none: [] },
  { "odd key:": "yes" },
);

test("setting a value and removing it gives back every byte of any document, or nothing is edited", () => {
  let edited = 0;
  fc.assert(
    fc.property(anyDocument, fc.constantFrom("new", "one", "x.y", "true"), anyValue, (text, name, value) => {
      const found = yamlValueAt(text, `/mcp/${name}`);
      const set = setYamlValue(text, `/mcp/${name}`, value);
      if ("defect" in set || found !== undefined) return;
      edited += 1;
      expect(yamlValueAt(set.text, `/mcp/${name}`)).toMatchObject({ value });
      expect(ok(removeYamlValue(set.text, `/mcp/${name}`, (pointer) => set.parents.includes(pointer))).text).toBe(text);
    }),
    { numRuns: 3_000 },
  );
  expect(edited).toBeGreaterThan(500);
});

test("what else the document says is the same after any edit", () => {
  fc.assert(
    fc.property(anyDocument, anyValue, anyValue, fc.boolean(), (text, one, two, firstFirst) => {
      const a = setYamlValue(text, "/mcp/n1", one);
      if ("defect" in a) return;
      const b = setYamlValue(a.text, "/mcp/n2", two);
      if ("defect" in b) return;
      const ours = (pointer: string): boolean => a.parents.includes(pointer);
      const changed = ok(setYamlValue(b.text, "/mcp/n1", { now: "this" }));
      expect(yamlValueAt(changed.text, "/mcp/n2")).toMatchObject({ value: two });
      expect(otherwise(b.text)).toEqual(otherwise(text));
      expect(otherwise(changed.text)).toEqual(otherwise(text));
      const [x, y] = firstFirst ? ["n1", "n2"] : ["n2", "n1"];
      const half = ok(removeYamlValue(b.text, `/mcp/${x}`, ours)).text;
      expect(yamlValueAt(half, `/mcp/${y}`)).toMatchObject({ value: firstFirst ? two : one });
      expect(ok(removeYamlValue(half, `/mcp/${y}`, ours)).text).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test("entries look as their neighbours do, and comments stay", () => {
  const text = "model: x # fast\n\nmcp_servers: # mine\n    db:\n        command: d # keep\n    # the end\nother: 1\n";
  const { text: set } = ok(setYamlValue(text, "/mcp_servers/s", { command: "npx" }));
  expect(set).toBe("model: x # fast\n\nmcp_servers: # mine\n    db:\n        command: d # keep\n    s:\n      command: npx\n    # the end\nother: 1\n");
  expect(ok(setYamlValue("a: 1", "/m/s", 1)).text).toBe("a: 1\nm:\n  s: 1");
  expect(ok(setYamlValue("", "/m/s", 1))).toEqual({ text: "m:\n  s: 1\n", parents: ["/m"] });
  expect(yamlValueAt(set.replace("npx", "npx # mine"), "/mcp_servers/s")).toEqual({ value: { command: "npx" }, commented: true });
});

test("what cannot be edited by whole lines is a defect, and stays", () => {
  const message = expect.stringMatching(/put each entry on lines of its own|not YAML that we edit/);
  for (const text of ["m: {}\n", "m: {a: 1}\n", "{m: {a: 1}}\n", "m: &x\n  a: 1\nn: *x\n", "m:\n- a\n", "m:\n\ta: 1\n", "a: 1\n...\n---\nb: 2\n", "m: [\n"])
    expect(setYamlValue(text, "/m/s", 1), text).toMatchObject({ defect: { message } });
  expect(setYamlValue("- a\n", "/m/s", 1)).toMatchObject({ defect: { line: 1 } });
  expect(load("m:\n  a: 1\n")).toEqual({ m: { a: 1 } });
});
