import { expect, test } from "vitest";
import { parseScript } from "./fake-script.ts";

test("every verb is understood", () => {
  const script =
    "think 20ms\nedit a/b.txt two words\\nsecond line\nsay hi\nask Why?\nask --choices a,b --default b --expires 5s Which one?\ntool grep\nedit-answer c\nhang --deaf\ncrash 7\nlie\nflood 2k\nusage 10 0.5";
  expect(parseScript(script, 1)).toEqual([
    { verb: "think", ms: 20 },
    { verb: "edit", path: "a/b.txt", text: "two words\nsecond line" },
    { verb: "say", text: "hi" },
    { verb: "ask", prompt: "Why?", choices: [], fallback: null, expiresMs: null },
    { verb: "ask", prompt: "Which one?", choices: ["a", "b"], fallback: "b", expiresMs: 5_000 },
    { verb: "tool", name: "grep" },
    { verb: "edit-answer", path: "c" },
    { verb: "hang", deaf: true },
    { verb: "crash", code: 7 },
    { verb: "lie" },
    { verb: "flood", bytes: 2048 },
    { verb: "usage", tokens: 10, costUsd: 0.5 },
  ]);
});

test("a prefix limits a line to some iterations", () => {
  const script = "1: say one\n2-3: say some\nsay all";
  const said = (iteration: number): string[] => (parseScript(script, iteration) ?? []).map((step) => ("text" in step ? step.text : ""));
  expect([said(1), said(2), said(3), said(4)]).toEqual([["one", "all"], ["some", "all"], ["some", "all"], ["all"]]);
});

test("prose is no script, and prose between verbs is passed over", () => {
  expect(parseScript("Please think about the edit.\nThanks.", 1)).toBeUndefined();
  expect(parseScript("Do this:\n  say x\nwith care", 1)).toEqual([{ verb: "say", text: "x" }]);
});
