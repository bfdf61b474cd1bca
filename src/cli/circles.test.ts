import { expect, test } from "vitest";
import { circlesAmong } from "./circles.ts";

const graph = (edges: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> => new Map(Object.entries(edges));

test("every circle is found once, also one that hangs on another, and what only leads into one is none", () => {
  const edges = { lead: ["a"], a: ["b"], b: ["a", "c"], c: ["d"], d: ["c"], own: ["own"], free: [] };
  const found = circlesAmong(graph(edges), 9).map((circle) => circle.join(" "));
  expect(found.toSorted()).toEqual(["a b a", "c d c", "own own"]);
  expect(circlesAmong(graph(edges), 1)).toHaveLength(1);
  expect(circlesAmong(graph({ a: ["b", "c"], b: ["c"], c: [] }), 9)).toEqual([]);
});

test("a chain as long as a file is walked without running out of stack", () => {
  const n = 100_000;
  const chain = new Map(Array.from({ length: n }, (_, i): [string, string[]] => [`m-${i}`, [`m-${i + 1}`]]));
  expect(circlesAmong(chain, 9)).toEqual([]);
  chain.set(`m-${n}`, ["m-0"]);
  expect(circlesAmong(chain, 9)[0]).toHaveLength(n + 2);
});
