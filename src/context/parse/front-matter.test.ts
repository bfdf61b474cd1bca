import fc from "fast-check";
import { expect, test } from "vitest";
import { readFrontMatter, writeFrontMatter } from "./front-matter.ts";

const good: readonly (readonly [what: string, text: string, data: object, body: string])[] = [
  ["no front matter", "# Title\n\ntext", {}, "# Title\n\ntext"],
  ["nothing at all", "", {}, ""],
  ["an empty front matter", "---\n---\nbody", {}, "body"],
  ["one of comments only", "---\n# none yet\n\n---\nbody", {}, "body"],
  ["a byte order mark and Windows line ends", "\uFEFF---\r\nname: a\r\n---\r\none\r\ntwo\r\n", { name: "a" }, "one\ntwo\n"],
  ["no body and no last line end", "---\nname: a\n---", { name: "a" }, ""],
  ["blanks after the fences", "---  \nname: a\n---\t\nbody", { name: "a" }, "body"],
  [
    "dates and words of YAML 1.1, which stay text",
    "---\nday: 2024-01-31\nanswer: yes\nversion: 1.2.3\n---\n",
    { day: "2024-01-31", answer: "yes", version: "1.2.3" },
    "",
  ],
  [
    "a fence inside of a text, which is no end",
    '---\ntext: |\n  a\n  ---\n  b\nlast: "x\u2028---"\n---\n---\n',
    { text: "a\n---\nb\n", last: "x\u2028---" },
    "---\n",
  ],
  [
    "globs without quotes, as Cursor writes them",
    "---\nglobs: *.ts, {a,b}/it's/** \nalwaysApply: false\n---\n",
    { globs: "*.ts, {a,b}/it's/**", alwaysApply: false },
    "",
  ],
  ["globs in braces", "---\nglobs: {a,b}/**\n---\nx", { globs: "{a,b}/**" }, "x"],
  ["a list of globs", '---\nglobs: ["*.ts"]\n---\n', { globs: ["*.ts"] }, ""],
  ["a merge key, which is a key like others", "---\n<<: {a: 1}\n---\n", { "<<": { a: 1 } }, ""],
];
for (const [what, text, data, body] of good) {
  test(`${what} is read`, () => expect(readFrontMatter(text)).toMatchObject({ data, body }));
}

const broken: readonly (readonly [what: string, text: string, line: number, fault: RegExp])[] = [
  ["no closing fence", "---\nname: a\nbody", 1, /no closing ---/],
  ["only the fence", "---", 1, /no closing ---/],
  ["a list", "---\n- a\n---\n", 2, /must be a mapping/],
  ["a scalar", "---\njust words\n---\n", 2, /must be a mapping/],
  ["a key set twice", "---\na: 1\nb: 2\na: 3\n---\n", 4, /duplicated mapping key/],
  ["a tab as indentation", "---\na:\n\t- 1\n---\n", 3, /tab.*indent with spaces/],
  ["an unquoted colon", "---\nname: x\ndescription: use this: now\n---\n", 3, /put text that holds ": "/],
  ["an unquoted glob of another key", "---\nglobs: *.ts\npaths: *.ts\n---\n", 3, /begins with "\*"/],
  ["a fault beside globs without quotes", "---\nglobs: *.ts\ntools: [a, b\n---\n", 4, /not valid YAML/],
  ["an open bracket", "---\nname: a\ntools: [a, b\n---\n", 4, /not valid YAML/],
  ["an open quote", '---\nname: "a\n---\n', 3, /not valid YAML/],
  ["an unknown tag", "---\na: !run x\n---\n", 2, /unknown scalar tag/],
  ["a binary tag", "---\na: !!binary aGk=\n---\n", 2, /unknown scalar tag/],
  ["a list as a key", "---\n? [a]\n: 1\n---\n", 2, /complex keys/],
  ["two documents", "---\na: 1\n...\nb: 2\n---\n", 2, /not valid YAML/],
  ["an alias", "---\na: &x [1]\nb: *x\n---\n", 3, /an alias/],
  ["endless numbers", "---\nb: 1\na: .inf\n---\n", 3, /a number without end/],
  ["half a character", '---\nb: 1\na:\n  - "\\ud800"\n---\n', 3, /lone surrogate/],
  ["a NUL by escape", '---\nb: 1\na: "x\\0"\n---\n', 3, /a NUL/],
  ["a key that means something to JavaScript", "---\nb: {c: {__proto__: 1}}\n---\n", 2, /__proto__/],
  ["a control character", "---\na: \u0001\n---\n", 2, /non-printable|control/i],
  ["depth without end", `---\na: ${"[".repeat(200)}${"]".repeat(200)}\n---\n`, 2, /nesting|depth|deep/i],
  ["more than 64 KiB", `---\na: ${"x".repeat(70_000)}\n---\n`, 1, /longer than 64 KiB/],
];
for (const [what, text, line, fault] of broken) {
  test(`front matter with ${what} is a fault of line ${line}`, () => {
    expect(readFrontMatter(text)).toMatchObject({ line, fault: expect.stringMatching(fault) });
    expect(readFrontMatter(text.replaceAll("\n", "\r\n"))).toMatchObject({ line });
  });
}

test("a bomb of aliases is refused at the first", () => {
  const levels = Array.from({ length: 20 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}*l${i}]`);
  expect(readFrontMatter(`---\nl0: &l0 [x]\n${levels.join("\n")}\n---\n`)).toMatchObject({ line: 3, fault: expect.stringContaining("an alias") });
});

test("a key has its line, also below comments, blank lines and long values", () => {
  const front = readFrontMatter('---\n# c\n\nname: a\nlong: |\n  x: 1\n  y: 2\n"quoted": {name: inner}\nlist:\n  - last: 1\nlast: 2\n---\n');
  if ("fault" in front) expect.unreachable(front.fault);
  expect(["name", "long", "quoted", "list", "last", "none"].map(front.lineOf)).toEqual([4, 5, 8, 9, 11, 1]);
});

const key = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text !== "__proto__");
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "binary" }).filter((text) => text.isWellFormed() && !text.includes("\0")),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie("list"),
    tie("map"),
  ),
  list: fc.array(tie("any"), { maxLength: 4 }),
  map: fc.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: true }),
})).map;

test("what is written is read back, whatever the values and the body", () => {
  const body = fc.string({ unit: "binary", maxLength: 80 }).map((text) => text.toWellFormed().replaceAll("\r\n", "\n"));
  fc.assert(
    fc.property(value, body, (data, text) => {
      const read = readFrontMatter(writeFrontMatter(data as Parameters<typeof writeFrontMatter>[0], text));
      expect("fault" in read ? read : { data: read.data, body: read.body }).toEqual({ data, body: text });
    }),
  );
});

test("what some YAML readers would refuse is written as an escape, and an odd key in quotes", () => {
  expect(writeFrontMatter({ a: "x\u0085\u2028\uFEFF\u007f", "b c": ["é", { d: null }] }, "body\n")).toBe(
    '---\na: "x\\u0085\\u2028\\ufeff\\u007f"\n"b c": ["é", {"d": null}]\n---\nbody\n',
  );
});

test("no text makes it throw", () => {
  const yaml = fc.array(
    fc.constantFrom(
      "---\n",
      "a: ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&x ",
      "*x",
      "|\n",
      "> ",
      '"',
      "'",
      "\n",
      "  ",
      "\t",
      "#",
      "!!str ",
      "? ",
      ": ",
      "%TAG",
      "...",
      "\u2028",
      "x",
    ),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(yaml, (parts) => void readFrontMatter(`---\n${parts.join("")}\n---\n`)),
    { numRuns: 2_000 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readFrontMatter(text)));
});
