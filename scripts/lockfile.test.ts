import { expect, test } from "vitest";
import { findLockGaps } from "./lockfile.ts";

const packages = (extra: Record<string, { version: string }>) => ({
  packages: {
    "": {},
    "node_modules/a": { version: "2.0.0", optionalDependencies: { "a-linux": "2.0.0", "a-darwin": "2.0.0" } },
    "node_modules/a-linux": { version: "2.0.0" },
    ...extra,
  },
});

test("a lock that holds every platform has no gap", () => {
  expect(findLockGaps(packages({ "node_modules/a-darwin": { version: "2.0.0" } }))).toEqual([]);
});

test("a platform that is missing is a gap", () => {
  expect(findLockGaps(packages({}))).toHaveLength(1);
});

test("another version higher up does not fill the gap, one nested in the package does", () => {
  expect(findLockGaps(packages({ "node_modules/a-darwin": { version: "1.0.0" } }))).toHaveLength(1);
  expect(findLockGaps(packages({ "node_modules/a-darwin": { version: "1.0.0" }, "node_modules/a/node_modules/a-darwin": { version: "2.0.0" } }))).toEqual([]);
});
