import fc from "fast-check";
import { expect, test } from "vitest";
import { findBlocks, holdsMarker, removeBlock, setBlock, withoutBlocks } from "./block.ts";
import type { Edited } from "./text.ts";

function textOf(edited: Edited): string {
  if ("defect" in edited) throw new Error(`line ${edited.defect.line}: ${edited.defect.message}`);
  return edited.text;
}
function defectOf(value: object): unknown {
  return "defect" in value ? value.defect : undefined;
}
const anyText = fc
  .tuple(fc.constantFrom("", "\uFEFF"), fc.array(fc.constantFrom("a", "# T", " ", "\t", "\n", "\r\n", "\r", "\n\n", "```", "~~~", "<!-- x -->", "é")))
  .map(([bom, parts]) => bom + parts.join(""));
const anyBody = fc.array(fc.constantFrom("rule", "", "```", "\n", "text é"), { maxLength: 6 }).map((parts) => parts.join("\n"));

test("removing a block that was inserted gives back every byte, whatever the text was", () => {
  fc.assert(
    fc.property(anyText, anyBody, fc.constantFrom("html", "hash"), (text, body, syntax) => {
      const inserted = setBlock(text, syntax, "b", body);
      if ("defect" in inserted) {
        expect(inserted.defect.message).toMatch(/never closed/);
        return;
      }
      expect(inserted.text.startsWith(text)).toBe(true);
      const found = findBlocks(inserted.text, syntax);
      expect("blocks" in found && found.blocks.get("b")?.text).toBe(body);
      expect(textOf(removeBlock(inserted.text, syntax, "b"))).toBe(text);
    }),
    { numRuns: 2_000 },
  );
});

test("a second block, an update and removals in any order give back every byte", () => {
  fc.assert(
    fc.property(anyText, anyBody, anyBody, fc.boolean(), (text, one, two, firstFirst) => {
      const a = setBlock(text, "html", "a", one);
      if ("defect" in a) return;
      const b = textOf(setBlock(textOf(setBlock(a.text, "html", "b", one)), "html", "b", two));
      const [x, y] = firstFirst ? ["a", "b"] : ["b", "a"];
      expect(textOf(removeBlock(textOf(removeBlock(b, "html", x)), "html", y))).toBe(text);
    }),
  );
});

test("what a person adds around a block stays when the block goes, and no two lines are joined", () => {
  fc.assert(
    fc.property(fc.constantFrom("", "a", "a\n", "a\n\n", "a\r\n"), fc.constantFrom("more", "more\n", "\nmore\n", "\r\nmore"), (text, more) => {
      const inserted = textOf(setBlock(text, "html", "b", "rule"));
      const added = inserted.endsWith("\n") || more.startsWith("\n") || more.startsWith("\r") ? inserted + more : `${inserted}\n${more}`;
      const removed = textOf(removeBlock(added, "html", "b"));
      expect(removed.startsWith(text)).toBe(true);
      expect(removed.split(/\s+/).filter(Boolean)).toEqual([...text.trim().split(/\s+/), "more"].filter(Boolean));
    }),
  );
  expect(textOf(removeBlock("a\n\nNEW\n<!-- aiwg:begin b -->\nr\n<!-- aiwg:end b -->\n", "html", "b"))).toBe("a\n\nNEW\n");
});

test("an update keeps the line ends of its file and everything around the block", () => {
  const text = "\uFEFF# Mine\r\n\r\n<!-- aiwg:begin b -->\r\nold\r\n<!-- aiwg:end b -->\r\nafter\n";
  expect(textOf(setBlock(text, "html", "b", "one\ntwo"))).toBe("\uFEFF# Mine\r\n\r\n<!-- aiwg:begin b -->\r\none\r\ntwo\r\n<!-- aiwg:end b -->\r\nafter\n");
});

test.each([
  ["begin without end", "x\n<!-- aiwg:begin b -->\ny\n", 2, /no end marker/],
  ["end without begin", "x\n\n<!-- aiwg:end b -->\n", 3, /no begin/],
  ["a block inside of a block", "<!-- aiwg:begin a -->\n<!-- aiwg:begin b -->\n<!-- aiwg:end b -->\n<!-- aiwg:end a -->\n", 2, /inside/],
  ["a block twice", "<!-- aiwg:begin a -->\n<!-- aiwg:end a -->\n<!-- aiwg:begin a -->\n<!-- aiwg:end a -->\n", 3, /twice/],
  ["the end of another block", "<!-- aiwg:begin a -->\n<!-- aiwg:end b -->\n", 2, /named a/],
])("broken markers are a defect with a line: %s", (_, text, line, message) => {
  for (const result of [findBlocks(text, "html"), setBlock(text, "html", "c", "t"), removeBlock(text, "html", "a")]) {
    expect(defectOf(result)).toEqual({ line, message: expect.stringMatching(message) });
  }
});

test("markers inside of a person's code fence are not ours, and nothing is appended behind an open fence", () => {
  const quoted = "How it looks:\n```md\n<!-- aiwg:begin b -->\nx\n<!-- aiwg:end b -->\n```\n";
  expect("blocks" in findBlocks(quoted, "html") && findBlocks(quoted, "html")).toEqual({ blocks: new Map() });
  const set = textOf(setBlock(quoted, "html", "b", "ours"));
  expect(set.startsWith(quoted)).toBe(true);
  expect(textOf(removeBlock(set, "html", "b"))).toBe(quoted);
  expect(defectOf(setBlock("a\n\n~~~~\ncode\n~~~\n", "html", "b", "x"))).toEqual({ line: 3, message: expect.stringMatching(/never closed/) });
});

test("a text that holds a marker line is known before it is written", () => {
  expect(holdsMarker("a\r\n<!-- aiwg:end b -->\r\nc", "html")).toBe(true);
  expect(holdsMarker("see <!-- aiwg:end b -->", "html")).toBe(false);
  expect(holdsMarker("# aiwg:begin x", "hash")).toBe(true);
});

test("what goes into a block may not even resemble a marker; what stands around one and resembles it is a person's", () => {
  for (const like of ["  <!-- aiwg:end b -->", "<!--aiwg:begin b-->", "text\n\t<!-- aiwg:end"]) {
    expect([like, holdsMarker(like, "html"), withoutBlocks(like, "html")]).toEqual([like, true, like]);
  }
});

test("a text without its blocks is what a person has there; of broken markers nothing is ours", () => {
  fc.assert(
    fc.property(anyText, anyBody, fc.constantFrom("html", "hash"), (text, body, syntax) => {
      const inserted = setBlock(text, syntax, "b", body);
      if ("text" in inserted) expect(withoutBlocks(inserted.text, syntax).trimEnd()).toBe(text.trimEnd());
    }),
  );
  const broken = "mine\n<!-- aiwg:begin a -->\nx\n<!-- aiwg:end a -->\n<!-- aiwg:begin b -->\n";
  expect(withoutBlocks(broken, "html")).toBe(broken);
  expect(withoutBlocks("a\n<!-- aiwg:begin x -->\n1\n<!-- aiwg:end x -->\nb\n<!-- aiwg:begin y -->\n<!-- aiwg:end y -->", "html")).toBe("a\nb\n");
});
