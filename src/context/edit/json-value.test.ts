import fc from "fast-check";
import { getNodeValue } from "jsonc-parser";
import { expect, test } from "vitest";
import type { Json } from "../model.ts";
import { type JsonEdited, membersAt, nodeAt, parseJsonText, removeValue, setMember, setValue, valueOf } from "./json-value.ts";

function ok(edited: JsonEdited): { readonly text: string; readonly parents: readonly string[] } {
  if ("defect" in edited) throw new Error(`line ${edited.defect.line}: ${edited.defect.message}`);
  return edited;
}
function parsed(text: string): Json {
  const json = parseJsonText(text);
  if ("defect" in json) throw new Error(`line ${json.defect.line}: ${json.defect.message}\n${text}`);
  return getNodeValue(json.root) as Json;
}
function at(text: string, pointer: string): unknown {
  const json = parseJsonText(text);
  const node = "defect" in json ? undefined : nodeAt(json, pointer);
  return node === undefined || "defect" in node ? undefined : valueOf(node);
}

// Documents as people and tools write them: whitespace and comments wherever JSON with comments has them.
const gap = fc
  .array(fc.constantFrom(" ", "\t", "\n", "\r\n", "\n  ", "\r\n\t", "\r", "/* c */", "// c\n", "// c \r\n", "/* a\n b */"), { maxLength: 3 })
  .map((parts) => parts.join(""));
const joined = (items: readonly (readonly [string, string, string])[], trailing: string | null): string =>
  items.map(([before, item, after], i) => `${before}${item}${after}${i + 1 < items.length || trailing !== null ? "," : ""}`).join("") + (trailing ?? "");
const { value: anyValue } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.constantFrom("1", '"s"', "null", '"// no"'), tie("object"), tie("array")),
  object: fc
    .tuple(
      gap,
      fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d/e", ""), gap, gap, tie("value"), gap), { selector: ([key]) => key, maxLength: 4 }),
      fc.option(gap),
    )
    .map(([empty, members, trailing]) =>
      members.length === 0
        ? `{${empty}}`
        : `{${joined(
            members.map(([key, before, colon, value, after]) => [before, `${JSON.stringify(key)}${colon}: ${value}`, after] as const),
            trailing,
          )}}`,
    ),
  array: fc
    .tuple(gap, fc.array(fc.tuple(gap, tie("value"), gap), { maxLength: 4 }), fc.option(gap))
    .map(([empty, items, trailing]) => (items.length === 0 ? `[${empty}]` : `[${joined(items, trailing)}]`)),
}));
const anyDocument = fc
  .tuple(
    fc.constantFrom("", "\uFEFF"),
    gap,
    anyValue.filter((text) => text.startsWith("{")),
    gap,
  )
  .map(([bom, before, value, after]) => bom + before + value + after);
const anyNew = fc.constantFrom<Json>(1, "x", { command: "c", args: ["-y", "p"] }, [], {});

test("setting a value and removing it gives back every byte of any document, parents too", () => {
  let inserted = 0;
  fc.assert(
    fc.property(anyDocument, fc.constantFrom("/new", "/a/new", "/a/b/new", "/mcpServers/new", "/x/y/z", "/d~1e/n"), anyNew, (text, pointer, value) => {
      const set = setValue(text, pointer, value);
      if ("defect" in set) return;
      inserted += 1;
      expect(at(set.text, pointer)).toEqual(value);
      expect(ok(removeValue(set.text, pointer, null, (pointer) => set.parents.includes(pointer))).text).toBe(text);
    }),
    { numRuns: 3_000 },
  );
  expect(inserted).toBeGreaterThan(1_000);
});

test("what a set value shares its document with is the same value afterwards, and removals in any order give back every byte", () => {
  fc.assert(
    fc.property(anyDocument, anyNew, anyNew, fc.boolean(), fc.constantFrom("", "/a", "/m"), (text, one, two, firstFirst, parent) => {
      const a = setValue(text, `${parent}/n1`, one);
      if ("defect" in a) return;
      const b = ok(setValue(a.text, `${parent}/n2`, two));
      const ours = (pointer: string): boolean => a.parents.includes(pointer);
      const [x, y] = firstFirst ? ["n1", "n2"] : ["n2", "n1"];
      const half = ok(removeValue(b.text, `${parent}/${x}`, null, ours)).text;
      expect(at(half, `${parent}/${y}`)).toEqual(firstFirst ? two : one);
      expect(ok(removeValue(half, `${parent}/${y}`, null, ours)).text).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test("a text without any value takes one and gives back every byte, whatever white space and comments it has", () => {
  const blank = fc.array(fc.constantFrom(" ", "\t", "\n", "\r\n", "\r", "/* c */", "// c\n", "// {}\r\n"), { maxLength: 5 });
  const end = fc.constantFrom("", "// c", "/* } */");
  fc.assert(
    fc.property(fc.constantFrom("", "\uFEFF"), blank, end, anyNew, fc.constantFrom("/n", "/a/n"), (bom, parts, last, value, pointer) => {
      const text = `${bom}${parts.join("")}${last}`;
      const set = ok(setValue(text, pointer, value));
      expect(at(set.text, pointer)).toEqual(value);
      expect(parsed(set.text)).toEqual(pointer === "/n" ? { n: value } : { a: { n: value } });
      expect(ok(removeValue(set.text, pointer, null, (one) => set.parents.includes(one))).text).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test("a member joins an array and leaves it with every other byte as it was", () => {
  fc.assert(
    fc.property(anyDocument, anyNew, fc.constantFrom("/a", "/hooks/Stop", "/b/c"), (text, value, pointer) => {
      const set = setMember(text, pointer, value, null);
      if ("defect" in set) return;
      const json = parseJsonText(set.text);
      const members = "defect" in json ? undefined : membersAt(json, pointer);
      expect(Array.isArray(members) && members.map(valueOf).at(-1)).toEqual(value);
      expect(ok(removeValue(set.text, pointer, Array.isArray(members) ? members.length - 1 : 0, (pointer) => set.parents.includes(pointer))).text).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test("removing any entry of any document leaves valid JSON with all other entries and every comment", () => {
  const comments = (text: string): number => text.split("/* c */").length - 1;
  fc.assert(
    fc.property(anyDocument, fc.constantFrom("a", "b", "c"), (text, key) => {
      const before = parsed(text) as Record<string, Json>;
      const node = parseJsonText(text);
      const gone = "defect" in node ? undefined : nodeAt(node, `/${key}`);
      const inside = gone === undefined || "defect" in gone ? 0 : comments(text.replace(/^\uFEFF/, "").slice(gone.offset, gone.offset + gone.length));
      const after = ok(removeValue(text, `/${key}`, null, () => false));
      const { [key]: _, ...rest } = before;
      expect(parsed(after.text)).toEqual(rest);
      // Those between a key and its colon or value go with the entry.
      if (gone !== undefined && inside === 0 && !/"[abc]"[^:,]*\/\*/.test(text)) expect(comments(after.text)).toBe(comments(text));
    }),
    { numRuns: 2_000 },
  );
});

test("entries look as their neighbours do", () => {
  const server = { command: "x" };
  expect(ok(setValue('{\n    "mcpServers": {\n        "mine": {} // keep\n    }\n}\n', "/mcpServers/ours", server)).text).toBe(
    '{\n    "mcpServers": {\n        "mine": {}, // keep\n        "ours": {\n            "command": "x"\n        }\n    }\n}\n',
  );
  expect(ok(setValue("{}\n", "/mcpServers/ours", server)).text).toBe('{\n  "mcpServers": {\n    "ours": {\n      "command": "x"\n    }\n  }\n}\n');
  expect(ok(setValue('{"a": 1}', "/b", server)).text).toBe('{"a": 1, "b": {"command":"x"}}');
  expect(ok(setValue('{\r\n\t"a": 1,\r\n}\r\n', "/b", server)).text).toBe('{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"command": "x"\r\n\t},\r\n}\r\n');
  expect(ok(setValue('{\n  "a": {"x": 1}\n}', "/a", server)).text).toBe('{\n  "a": {"command":"x"}\n}');
});

test("a text that cannot be edited is a defect with its line", () => {
  expect(setValue('{\n  "a": 1,,\n}', "/b", 1)).toEqual({ defect: { line: 2, message: expect.stringMatching(/not valid JSON/) } });
  expect(setValue("/* open", "/b", 1)).toEqual({ defect: { line: 1, message: expect.stringMatching(/UnexpectedEndOfComment/) } });
  expect(setValue('{\n"a": [1]}', "/a/b", 1)).toEqual({ defect: { line: 2, message: expect.stringMatching(/an array/) } });
  expect(setValue('{"a": {},\n"a": {}}', "/a/b", 1)).toEqual({ defect: { line: 2, message: '"a" is set twice' } });
  expect(setMember('{"a": {}}', "/a", 1, null)).toEqual({ defect: { line: 1, message: "/a is not an array" } });
  expect(setValue("[".repeat(100_000), "/a", 1)).toHaveProperty("defect");
});
