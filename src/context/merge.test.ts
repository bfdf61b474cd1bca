import { expect, test } from "vitest";
import { mergeBundles } from "./merge.ts";
import { type Artifact, artifactId, type Diagnostic } from "./model.ts";
import type { Bundle } from "./parse/bundle.ts";

const rule = (bundle: string, name: string, body = "x"): Artifact => ({
  ...({ kind: "rule", name, bundles: [bundle], from: `${bundle}/rules/${name}.md`, hash: `h-${body}`, extra: {}, overrides: {} } as const),
  ...{ description: null, globs: [], always: true, body },
});
const bundleOf = (name: string, artifacts: readonly Artifact[], diagnostics: readonly Diagnostic[] = []): Bundle => ({
  ...{ name, version: null, artifacts, diagnostics, integrity: "" },
});

test("the same content in two bundles is one artifact with both as owners, in any order", () => {
  const a = { bundle: bundleOf("a", [rule("a", "z"), rule("a", "y")]) };
  const b = { bundle: bundleOf("b", [rule("b", "z")]) };
  for (const chosen of [
    [a, b],
    [b, a],
  ]) {
    const merged = mergeBundles(chosen);
    expect(merged.artifacts.map(({ name, bundles }) => [name, bundles])).toEqual([
      ["y", ["a"]],
      ["z", ["a", "b"]],
    ]);
  }
});

test("other content under one name is refused, naming both and how to settle it; an exclude settles it", () => {
  const a = { bundle: bundleOf("a", [rule("a", "z", "one")]) };
  const b = { bundle: bundleOf("b", [rule("b", "z", "two")]) };
  expect(() => mergeBundles([a, b])).toThrow(
    expect.objectContaining({
      code: "usage",
      message: "rule/z is in a (a/rules/z.md) and, with other content, in b (b/rules/z.md)",
      hint: 'Leave it out of b (--exclude rule:z with aiwg use, or "exclude" in aiwg.jsonc), or out of a.',
    }),
  );
  expect(mergeBundles([a, { ...b, exclude: ["rule/z"] }]).artifacts).toMatchObject([{ bundles: ["a"], body: "one" }]);
  expect(mergeBundles([{ ...a, include: [] }, b]).artifacts).toMatchObject([{ bundles: ["b"] }]);
});

test("a filter also silences what is wrong with an artifact; one that matches nothing is told", () => {
  const bad: Diagnostic = { severity: "error", path: "a/skills/bad/SKILL.md", line: 1, message: "no", artifact: "skill/bad" };
  const bundle = bundleOf("a", [rule("a", "x"), rule("a", "y")], [bad]);
  expect(mergeBundles([{ bundle, exclude: ["skill:bad"] }]).diagnostics).toEqual([]);
  expect(mergeBundles([{ bundle }]).diagnostics).toEqual([bad]);
  expect(mergeBundles([{ bundle, include: ["rule:x", "skill:bad"] }]).artifacts.map(artifactId)).toEqual(["rule/x"]);
  expect(mergeBundles([{ bundle, exclude: ["rule:yy"] }]).diagnostics).toEqual([
    bad,
    { severity: "warn", path: "bundle a", line: null, message: '"rule:yy" matches nothing in it; did you mean "rule:y"?' },
  ]);
  expect(() => mergeBundles([{ bundle, include: ["rule:x", "rule:yy"] }])).toThrow(
    expect.objectContaining({ code: "config_invalid", hint: 'Nothing was changed. Did you mean "rule:y"?' }),
  );
});

test("a name that differs only in case is an error of the later one", () => {
  const merged = mergeBundles([{ bundle: bundleOf("a", [rule("a", "Style")]) }, { bundle: bundleOf("b", [rule("b", "style", "other")]) }]);
  expect(merged.artifacts.map(artifactId)).toEqual(["rule/Style"]);
  expect(merged.diagnostics).toMatchObject([
    { severity: "error", path: "b/rules/style.md", artifact: "rule/style", message: expect.stringContaining("rule/Style") },
  ]);
});
