import { expect, test } from "vitest";
import { findHouseFaults, medianLines } from "./house-rules.ts";

const HEAD = "// What it is for.\n";
const faults = (path: string, text: string): string[] => findHouseFaults([{ path, text }]);

test("a small file with a header and an AiwgError has no fault", () => {
  expect(faults("src/core/x.ts", `${HEAD}export function f() {\n  throw new AiwgError("usage", "no");\n}\n`)).toEqual([]);
});

// Split, so that these very lines do not break the rules they test.
const cases: readonly (readonly [string, string, string])[] = [
  ["a missing header", "src/core/x.ts", "export const a = 1;\n"],
  ["a header of four lines", "src/core/x.ts", `${HEAD.repeat(4)}export const a = 1;\n`],
  ["a file of 401 lines", "test/x.ts", HEAD + "export const a = 1;\n".repeat(400)],
  ["a plain Error", "src/core/x.ts", `${HEAD}throw new ${"Error"}("x");\n`],
  ["a TypeError", "src/core/x.ts", `${HEAD}throw new ${"TypeError"}("x");\n`],
  ["a cast through unknown", "test/x.ts", `${HEAD}const a = b as ${"unknown"} as string;\n`],
  ["mutable module state", "src/core/x.ts", `${HEAD}let cache = 1;\n`],
  ["a barrel", "src/core/x.ts", `${HEAD}export ${"*"} from "./y.ts";\n`],
  ["a disable comment without a reason", "src/core/x.ts", `${HEAD}// oxlint-${"disable"}-next-line no-console\n`],
  ["a file named utils", "src/core/utils.ts", HEAD],
  ["a folder named helpers", "src/helpers/x.ts", HEAD],
  ["a file in camelCase", "src/core/fooBar.ts", HEAD],
];
for (const [what, path, text] of cases) {
  test(`${what} is a fault`, () => {
    expect(faults(path, text)).toHaveLength(1);
  });
}

test("a disable comment with a reason passes", () => {
  expect(faults("src/core/x.ts", `${HEAD}// oxlint-${"disable"}-next-line no-console -- the only writer\n`)).toEqual([]);
});

test("the median counts what ships, not tests", () => {
  const files = [1, 2, 300].map((n) => ({ path: `src/a${n}.ts`, text: HEAD.repeat(n) }));
  expect(medianLines([...files, { path: "src/a.test.ts", text: HEAD.repeat(390) }])).toBe(2);
});
