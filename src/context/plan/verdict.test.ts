import { expect, test } from "vitest";
import { type Print, verdictOf } from "./verdict.ts";

const x: Print = { hash: "x", mode: "644" };
const y: Print = { hash: "y", mode: "644" };
const z: Print = { hash: "z", mode: "644" };
const x755: Print = { hash: "x", mode: "755" };

test.each([
  ["nothing there", null, null, x, "create"],
  ["the same is there, not by us", null, x, x, "adopt"],
  ["something else is there, not by us", null, y, x, "foreign"],
  ["as we wrote it, and as wanted", x, x, x, "current"],
  ["as we wrote it, wanted otherwise", x, x, y, "update"],
  ["as we wrote it, no longer wanted", x, x, null, "delete"],
  ["gone, and wanted", x, null, x, "create"],
  ["gone, and no longer wanted", x, null, null, "forget"],
  ["changed to what is wanted", x, y, y, "record"],
  ["changed", x, y, x, "edited"],
  ["changed, wanted otherwise", x, y, z, "edited"],
  ["changed, no longer wanted", x, y, null, "edited"],
  ["only made executable", x, x755, x, "edited"],
  ["wanted executable", x, x, x755, "update"],
  ["the same bytes with another mode, not by us", null, x755, x, "foreign"],
] as const)("the table of contract §7: %s", (_, locked, disk, wanted, verdict) => {
  expect(verdictOf(locked, false, disk, wanted)).toBe(verdict);
});

test("what a person had before us stays when it is no longer wanted", () => {
  expect(verdictOf(x, true, x, null)).toBe("release");
  expect(verdictOf(x, true, y, null)).toBe("edited");
});
