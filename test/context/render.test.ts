// Laws of rendering, whatever the artifacts and the selection: stable, below the root, each platform served at most once.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Artifact } from "../../src/context/model.ts";
import type { Rendered } from "../../src/context/output.ts";
import type { Platform, ScopeName } from "../../src/context/platform.ts";
import { platformOf, platformsNamed, PLATFORMS } from "../../src/context/platforms/table.ts";
import { render, type RenderInput } from "../../src/context/render/render.ts";
import { agent, behavior, command, emptyFacts, FIXTURE, part, personOwns, rule, server, skill } from "./fixture.ts";

const IDS = PLATFORMS.map(({ id }) => id);
const OWNED = [
  "AGENTS.md",
  "CLAUDE.md",
  ".claude/CLAUDE.md",
  ".mcp.json",
  ".github/mcp.json",
  "AGENTS.override.md",
  "opencode.jsonc",
  "WARP.md",
  "GEMINI.md",
  ".hermes.md",
  ".rules",
  ".factory/hooks.json",
  ".junie/guidelines.md",
];

function draw(rest: Partial<RenderInput> = {}): Rendered {
  return render({ artifacts: FIXTURE, platforms: PLATFORMS, scope: "project", facts: emptyFacts(), models: {}, ...rest });
}

const isScript = (path: string): boolean => /(?:^|\/)aiwg\/behaviors\/|^\.aiwg\//.test(path);

/** The place of a row at which an output stands: itself, or below it. */
function placeIn(platform: Platform, scope: ScopeName, { kind, name }: Artifact, path: string): string | undefined {
  const places = (platform[scope][kind] ?? []).flatMap(({ path: own, alternatives = [] }) => [own, ...alternatives]);
  return places.find((place) => `${path}/`.startsWith(`${place.replaceAll("{name}", name)}/`));
}

const selection = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1 });
const owned = fc.uniqueArray(fc.constantFrom(...OWNED)).map((paths) => personOwns(...paths));
const scope = fc.constantFrom("project" as const, "user" as const);

describe("rendering", () => {
  test("does not depend on the order of artifacts and platforms", () => {
    fc.assert(
      fc.property(selection, fc.shuffledSubarray([...FIXTURE], { minLength: FIXTURE.length }), owned, (ids, artifacts, facts) => {
        const sorted = draw({ artifacts: FIXTURE, platforms: platformsNamed(ids), facts });
        const shuffled = draw({ artifacts, platforms: platformsNamed(ids).toReversed(), facts });
        expect(shuffled).toEqual(sorted);
      }),
    );
  });

  test("serves every platform once or says why not", () => {
    fc.assert(
      fc.property(selection, owned, scope, (ids, facts, where) => {
        const { outputs, fidelity, conflicts } = draw({ platforms: platformsNamed(ids), facts, scope: where });
        for (const artifact of FIXTURE) {
          const id = `${artifact.kind}/${artifact.name}`;
          for (const platform of ids) {
            const mine = outputs.filter(
              ({ owners, path, unit }) => !isScript(path) && !unit.startsWith("kept@") && owners.some(([of, , what]) => of === platform && what === id),
            );
            // Each stands at a place that the platform's row has for the kind, and all at the same one.
            const places = new Set(mine.map(({ path }) => placeIn(platformOf(platform), where, artifact, path)));
            expect(places.size, `${platform} ${id} ${[...places].join(" ")}`).toBeLessThanOrEqual(1);
            expect([...places], `${platform} ${id}`).not.toContain(undefined);
            const told =
              fidelity.some((loss) => loss.platform === platform && loss.name === artifact.name && loss.grade === "unsupported") ||
              conflicts.some(({ message }) => message.includes(`left out for ${platform}`));
            expect(places.size === 1 || told, `${platform} ${id} is served or told`).toBe(true);
          }
        }
      }),
    );
  });

  test("names each place once", () => {
    fc.assert(
      fc.property(selection, owned, (ids, facts) => {
        const places = draw({ platforms: platformsNamed(ids), facts }).outputs.map(({ path, at }) => `${path} ${at}`);
        expect(places).toEqual([...new Set(places)]);
      }),
    );
  });

  test("lets no name lead out of the root", () => {
    const name = fc.oneof(fc.string(), fc.constantFrom("..", ".", "../x", "/etc/passwd", "a/../../b", "a\\b", "a\nb", "CON", "", "~"));
    fc.assert(
      fc.property(name, name, (called, inner) => {
        const artifacts: Artifact[] = [
          ...[rule(called), skill(called, { files: [part("SKILL.md", "x"), part(inner, "y")] }), agent(called), command(called)],
          ...[behavior(called, { files: [part(inner, "z")] }), server(called)],
        ];
        const { outputs, diagnostics } = draw({ artifacts });
        for (const { path } of outputs) expect(path).toMatch(/^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))(?!.*[\\\n])(?!.*\/\/).+$/);
        if (/[/\\]/.test(called)) expect(diagnostics.length).toBe(artifacts.length);
      }),
    );
  });

  test("leaves out an artifact whose name no disk of some systems can hold, and nothing else", () => {
    const { outputs, diagnostics } = draw({
      artifacts: [agent("CON"), agent("fine"), skill("tools", { files: [part("SKILL.md", "x"), part("aux.sh", "x")] })],
    });
    expect(new Set(outputs.flatMap(({ owners }) => owners.map(([, , what]) => what)))).toEqual(new Set(["agent/fine"]));
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^skill\/tools is left out: its file "aux.sh" has a part with a name that Windows/),
      expect.stringMatching(/^agent\/CON is left out: its name has a part with a name that Windows/),
    ]);
  });

  test("leaves a defective artifact out whole and names its file and line", () => {
    const bad = rule("bad", { from: "rules/bad.md:3", body: "x\n<!-- aiwg:end house -->\n" });
    const { outputs, diagnostics } = draw({ artifacts: [bad, rule("good")], platforms: platformsNamed(["codex"]) });
    expect(diagnostics).toMatchObject([{ severity: "error", path: "rules/bad.md", line: 3 }]);
    expect(outputs[0]?.content).toMatchObject({ as: "block", text: "Text of good." });
  });

  test("gives each bundle a block of its own, always loaded rules first", () => {
    const artifacts = [rule("z"), rule("a", { globs: ["*.ts"], always: false }), rule("other", { bundles: ["guest", "house"] })];
    const { outputs } = draw({ artifacts, platforms: platformsNamed(["codex"]) });
    expect(outputs.map(({ at, content }) => [at, content.as === "block" && content.text])).toEqual([
      ["block:guest", "Text of other."],
      ["block:house", "Text of z.\n\nApplies to files matching `*.ts`:\n\nText of a."],
    ]);
    expect(outputs[0]?.owners).toEqual([
      ["codex", "guest", "rule/other"],
      ["codex", "house", "rule/other"],
    ]);
  });

  test("leaves rules out from the end that a client would not read, a person's text counted", () => {
    const artifacts = ["a", "b", "c"].map((name) => rule(name, { body: name.repeat(12_000) }));
    const { outputs, diagnostics, tokens } = draw({ artifacts, platforms: platformsNamed(["codex", "opencode"]) });
    expect(outputs[0]?.owners.map(([, , id]) => id)).toEqual(["rule/a", "rule/b", "rule/a", "rule/b"]);
    expect(diagnostics).toMatchObject([{ severity: "error", path: "AGENTS.md", message: expect.stringContaining("rule/c does not fit") }]);
    expect(tokens).toEqual({ codex: 6_000, opencode: 6_000 });
    const full = { ...emptyFacts(), persons: new Map([["AGENTS.md", { bytes: 30_000, crlf: false, blank: false, real: "x" }]]) };
    expect(draw({ artifacts, platforms: platformsNamed(["codex"]), facts: full }).outputs).toEqual([]);
    expect(draw({ artifacts, platforms: platformsNamed(["opencode"]) }).diagnostics).toEqual([]);
  });

  test("counts the bounds of a block too", () => {
    const lone = (size: number): Rendered => draw({ artifacts: [rule("a", { body: "x".repeat(size) })], platforms: platformsNamed(["codex"]) });
    expect(lone(32_680).outputs.length).toBe(1);
    expect(lone(32_730).outputs.length).toBe(0);
  });

  test("a block that fits by its count stays within the limit once it is written", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9_000), { maxLength: 12 }), fc.nat(30_000), fc.boolean(), (sizes, person, crlf) => {
        const artifacts = sizes.map((size, i) => rule(`r${i}`, { bundles: [`b${i % 3}`], body: "é\n".repeat(size / 2) }));
        const facts = { ...emptyFacts(), persons: new Map([["AGENTS.md", { bytes: person, crlf, blank: false, real: "x" }]]) };
        const { outputs } = draw({ artifacts, platforms: platformsNamed(["codex"]), facts });
        const blocks = outputs.map(({ at, content }) => {
          const name = String(at).replace("block:", "");
          return `\n<!-- aiwg:begin ${name} -->\n${content.as === "block" ? content.text : ""}\n<!-- aiwg:end ${name} -->\n`;
        });
        const written = blocks.join("").replaceAll("\n", crlf ? "\r\n" : "\n");
        expect(blocks.length === 0 || person + Buffer.byteLength(written) <= 32_768).toBe(true);
      }),
    );
  });

  test("of two units that want one place writes neither, and names both", () => {
    const facts = { ...emptyFacts(), caseInsensitive: true };
    const artifacts = [rule("Style"), rule("style"), rule("other")];
    const { outputs, conflicts } = draw({ artifacts, platforms: platformsNamed(["claude-code"]), facts });
    expect(outputs.map(({ path }) => path)).toEqual([".claude/rules/other.md"]);
    expect(conflicts).toMatchObject([{ message: expect.stringMatching(/rule\/Style.*rule\/style/) }]);
    expect(draw({ artifacts, platforms: platformsNamed(["claude-code"]) }).conflicts).toEqual([]);
  });

  test("on a disk where case does not matter two folders of one name clash too", () => {
    const artifacts = [behavior("Fmt", { files: [part("a.sh", "")] }), behavior("fmt", { files: [part("b.sh", "")] })];
    const { outputs, conflicts } = draw({ artifacts, platforms: platformsNamed(["claude-code"]), facts: { ...emptyFacts(), caseInsensitive: true } });
    expect([outputs, conflicts.length]).toEqual([[], 1]);
  });

  test("makes AGENTS.md beside a person's CLAUDE.md by naming that to OpenCode, which would no longer read it", () => {
    const given = { artifacts: [rule("a", { bundles: ["one"] }), rule("b", { bundles: ["two"] })], platforms: platformsNamed(["codex", "opencode"]) };
    const { outputs, conflicts } = draw({ ...given, facts: personOwns("CLAUDE.md") });
    expect(conflicts).toEqual([]);
    expect(outputs.map(({ path, at }) => `${path} ${at ?? ""}`)).toEqual([
      "AGENTS.md block:one",
      "AGENTS.md block:two",
      "opencode.json /instructions/CLAUDE.md",
    ]);
    expect(outputs[2]).toMatchObject({
      content: { as: "member", value: "CLAUDE.md" },
      owners: [
        ["opencode", "one", "rule/a"],
        ["opencode", "two", "rule/b"],
      ],
    });
    expect(draw({ ...given, facts: personOwns("CLAUDE.md", "AGENTS.md") }).outputs.map(({ path }) => path)).toEqual(["AGENTS.md", "AGENTS.md"]);
  });

  test("tells what a person's file keeps from being written, with a way out", () => {
    const { conflicts } = draw({
      artifacts: ["a", "b", "c", "d"].map((name) => rule(name)),
      platforms: platformsNamed(["codex"]),
      facts: personOwns("AGENTS.override.md"),
    });
    expect(conflicts).toMatchObject([
      { path: "AGENTS.md", message: expect.stringMatching(/rule\/a, rule\/b, rule\/c and 1 more left out for codex.*AGENTS\.override\.md/) },
    ]);
  });

  test("a platform pays for what it reads, whoever it was written for", () => {
    const artifacts = [rule("scoped", { globs: ["*.ts"], always: false, body: "x".repeat(399) })];
    const { tokens } = draw({ artifacts, platforms: platformsNamed(["claude-code", "codex"]) });
    expect(tokens).toEqual({ "claude-code": 109, codex: 109 });
    expect(draw({ artifacts, platforms: platformsNamed(["claude-code"]) }).tokens).toEqual({ "claude-code": 0 });
    expect(draw({ artifacts: [skill("pdf", { description: "x".repeat(37) })], platforms: platformsNamed(["codex"]) }).tokens).toEqual({ codex: 10 });
  });
});
