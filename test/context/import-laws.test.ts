// What a deploy wrote for a platform is read back as the artifact that it was, and a deploy of that leaves every byte.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { dump } from "js-yaml";
import { expect, test } from "vitest";
import { tidyText } from "../../src/context/codecs/front-matter.ts";
import { isYaml } from "../../src/context/plan/disk.ts";
import { pointerKeys } from "../../src/context/edit/json-value.ts";
import { gatherFacts } from "../../src/context/facts.ts";
import { chooseImports } from "../../src/context/import/choose.ts";
import { spotsOf } from "../../src/context/import/places.ts";
import { READ_BACK } from "../../src/context/import/table.ts";
import { type Artifact, artifactId, diagnosticText, type Json, type Kind } from "../../src/context/model.ts";
import type { Output, Rendered } from "../../src/context/output.ts";
import { readBundle } from "../../src/context/parse/bundle.ts";
import type { Platform, ScopeName } from "../../src/context/platform.ts";
import { PLATFORMS } from "../../src/context/platforms/table.ts";
import { render } from "../../src/context/render/render.ts";
import { writeBundle } from "../../src/context/write-bundle.ts";
import { agent, command, emptyFacts, rule, server, skill } from "./fixture.ts";

const FAST = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const ROWS: readonly Platform[] = PLATFORMS;
const SCOPES = ["project", "user"] as const satisfies readonly ScopeName[];

type Deployed = { readonly artifact: Artifact; readonly platform: Platform; readonly scope: ScopeName };

// Files as they stand after a deploy to an empty folder.
function writeOutputs(root: string, outputs: readonly Output[]): void {
  const settings = new Map<string, { [key: string]: Json }>();
  for (const { path, at, content } of outputs) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (content.as === "file") writeFileSync(join(root, path), content.bytes, { mode: content.mode });
    if (content.as === "block") writeFileSync(join(root, path), `<!-- aiwg:begin own -->\n${content.text}\n<!-- aiwg:end own -->\n`);
    if (content.as !== "value") continue;
    const keys = pointerKeys(at ?? "");
    const whole = settings.get(path) ?? {};
    settings.set(path, whole);
    let inner = whole;
    for (const key of keys.slice(0, -1)) inner = (inner[key] ??= {}) as { [key: string]: Json };
    inner[keys.at(-1) ?? ""] = content.value;
  }
  for (const [path, value] of settings) writeFileSync(join(root, path), isYaml({ path }) ? dump(value) : JSON.stringify(value, null, 2));
}

const places = (outputs: readonly Output[]): string[] =>
  outputs.map(({ path, at, hash, content }) => `${path} ${at ?? ""} ${hash} ${content.as === "file" ? content.mode : ""}`);

/** What reads the same from any file that says it. */
function fieldsOf(artifact: Artifact): unknown {
  switch (artifact.kind) {
    case "rule":
      // All files is the same as always; a description is not everywhere written, nor missed.
      return { globs: artifact.globs.filter((glob) => glob !== "**"), body: tidyText(artifact.body) };
    case "agent":
      return { description: artifact.description, tools: artifact.tools?.toSorted(), model: artifact.model, body: tidyText(artifact.body) };
    case "command":
      return { description: artifact.description, hint: artifact.argumentHint, body: tidyText(artifact.body) };
    case "mcp":
      // Some clients find out themselves which of the two it is.
      return { ...artifact.transport, type: artifact.transport.type === "stdio", disabled: artifact.extra["disabled"] };
    default:
      return artifact.hash;
  }
}

// Said in our words alone, so that no file of the client's speaks for it.
function inWordsAlone(artifact: Artifact): Artifact {
  const { bytes: _, entry: __, ...rest } = artifact as Artifact & { bytes?: unknown; entry?: unknown };
  return rest;
}

// In these nobody can tell where the name of a server ends and that of its tool begins.
const JOINED: readonly string[] = ["gemini-cli", "kilo", "opencode"];
const isUnsplittable = (artifact: Artifact, { id }: Platform): boolean =>
  artifact.kind === "agent" && JOINED.includes(id) && artifact.tools?.some((tool) => tool.startsWith("mcp__")) === true;

type Outcome = { readonly broken: readonly string[]; readonly taken: boolean; readonly isPart: boolean };

/** Deploys, imports, deploys again, and says which laws were broken. A mutant changes what was read back. */
function roundTrip({ artifact, platform, scope }: Deployed, mutant: (read: Artifact) => Artifact = (read) => read): Outcome {
  const root = realpathSync(mkdtempSync(join(FAST, "aiwg-import-")));
  const platforms = [platform];
  const broken: string[] = [];
  const says = (law: string, holds: boolean): void => {
    if (!holds) broken.push(law);
  };
  try {
    const again = (one: Artifact): Rendered => render({ artifacts: [one], platforms, scope, facts: emptyFacts(scope), models: {} });
    const first = again(artifact);
    const { outputs } = first;
    // A part of a text that people write too; nothing at all is one as well.
    const isPart = outputs.every(({ content }) => content.as === "block");
    writeOutputs(root, outputs);
    const facts = (artifacts: readonly Artifact[]) =>
      gatherFacts({ root, isOpen: () => false, scope, platforms, artifacts, lock: { outputs: [], created: [] }, state: join(root, ".local/state/aiwg") }, {});
    const input = { root, scope, bundle: "own", from: platforms, platforms, written: [], shown: (path: string) => path, facts, models: {}, share: false };
    const { taken, notes } = chooseImports(input);
    const [read, ...more] = taken;
    says(`too many: ${more.map(artifactId).join(", ")}`, more.length === 0);
    if (read === undefined) {
      says("it stays a person's, and nobody says why", notes.length > 0 || isPart);
      const isLost = first.fidelity.some(({ grade }) => grade !== "translated") || isUnsplittable(artifact, platform);
      says(`nothing gets lost, yet it stays: ${notes.map(diagnosticText).join("; ")}`, isLost || isPart);
      return { broken, taken: false, isPart };
    }
    const own = mutant(read);
    const bundle = join(root, "bundle");
    writeBundle(bundle, [own]);
    const parsed = readBundle(bundle, { shown: "own", name: "own", layout: "bundle" });
    says(`our bundle is not what was read: ${parsed.diagnostics.map(diagnosticText).join("; ")}`, parsed.artifacts.length === 1);
    for (const one of parsed.artifacts) says("a deploy of what was taken over changes a byte", places(again(one).outputs).join() === places(outputs).join());
    // A command may stand as a skill, which it is from then on.
    if (read.kind !== artifact.kind) return { broken, taken: true, isPart };
    says("in our words it is another artifact", places(again(inWordsAlone(own)).outputs).join() === places(outputs).join());
    if (first.fidelity.length === 0 && read.kind !== "skill")
      says(`a field is another: ${JSON.stringify([fieldsOf(artifact), fieldsOf(own)])}`, isDeepStrictEqual(fieldsOf(own), fieldsOf(artifact)));
    return { broken, taken: true, isPart };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const anyLine = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `d ${text.replaceAll("\0", "")} d`.toWellFormed());
const anyText = fc
  .array(fc.constantFrom("Text", "", "# T", "---", '"""', "\\ $ {x}", "Fix $ARGUMENTS.", "é", "  indented"), { maxLength: 5 })
  .map((lines) => ["Text", ...lines].join("\n"));
const anyGlobs = fc.uniqueArray(fc.constantFrom("**/*.ts", "src/**", "*.{js,jsx}", "docs/a b.md"), { minLength: 1, maxLength: 3 });
const anyRule = fc.oneof(
  fc.record({ body: anyText }).map((rest) => rule("a", rest)),
  fc.record({ body: anyText, globs: anyGlobs, description: fc.option(anyLine) }).map((rest) => rule("a", { ...rest, always: false })),
  fc.record({ body: anyText, description: anyLine }).map((rest) => rule("a", { ...rest, always: false })),
);
const TOOLS = ["Read", "Write", "Edit", "Bash", "Grep", "Glob", "WebFetch", "Task", "TodoWrite", "mcp__tracker__find", "mcp__tracker"] as const;
const anyAgent = fc
  .record({
    body: anyText,
    description: anyLine,
    tools: fc.option(fc.uniqueArray(fc.constantFrom(...TOOLS), { maxLength: 4 })),
    model: fc.option(fc.constantFrom("vendor/model", "gemini-x", "reasoning", "fast"), { freq: 2 }),
    extra: fc.constantFrom({}, {}, { color: "#aabbcc" }),
  })
  .map((rest) => agent("a", rest));
const anyCommand = fc
  .record({ body: anyText, description: fc.option(anyLine), argumentHint: fc.option(fc.constant("[file] number")) })
  .map((rest) => command("a", rest));
const anyValue = fc.constantFrom("plain", "${KEY}", "Bearer ${TOKEN}", "$x {y}", "${A:-b}");
const anyWords = fc.dictionary(fc.constantFrom("A", "B", "x-c"), anyValue, { maxKeys: 2, noNullPrototype: true });
const anyServer = fc
  .record({
    transport: fc.oneof(
      fc.record({ type: fc.constant("stdio" as const), command: fc.constant("npx"), args: fc.array(anyValue, { maxLength: 2 }), env: anyWords }),
      fc.record({
        type: fc.constantFrom("http" as const, "sse" as const),
        url: fc.constantFrom("https://x.invalid", "https://x.invalid/${KEY}"),
        headers: anyWords,
      }),
    ),
    extra: fc.constantFrom({}, {}, { disabled: true }, { timeout: 5 }),
  })
  .map((rest) => server("a", rest));
const anyDeployed: fc.Arbitrary<Deployed> = fc.record({
  artifact: fc.oneof<fc.Arbitrary<Artifact>[]>(anyRule, anyAgent, anyCommand, anyServer, fc.constant(skill("a"))),
  platform: fc.constantFrom(...ROWS),
  scope: fc.constantFrom(...SCOPES),
});

test("what a deploy wrote is read back in our words, or left with a reason; nothing that is taken over changes by it", () => {
  fc.assert(
    fc.property(anyDeployed, (deployed) => {
      expect(roundTrip(deployed).broken).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
}, 120_000);

// A plain one of each kind.
const PLAIN: Readonly<Partial<Record<Kind, readonly Artifact[]>>> = {
  rule: [rule("a"), rule("a", { globs: ["*.ts"], always: false })],
  skill: [skill("a")],
  agent: [agent("a")],
  command: [command("a")],
  mcp: [server("a"), server("a", { transport: { type: "http", url: "https://x.invalid", headers: {} } })],
};

const rows = ROWS.flatMap((platform) => SCOPES.flatMap((scope) => Object.keys(platform[scope]).map((kind) => ({ platform, scope, kind: kind as Kind }))));

test.each(rows.map((row) => [`${row.platform.id} ${row.scope} ${row.kind}`, row] as const))(
  "a plain one of %s is taken over from every place of its own",
  (_, row) => {
    const { platform, scope, kind } = row;
    for (const artifact of PLAIN[kind] ?? []) {
      const { broken, taken, isPart } = roundTrip({ artifact, platform, scope });
      expect({ broken, taken }).toEqual({ broken: [], taken: !isPart });
    }
    const codecs = (platform[scope][kind] ?? []).map(({ codec }) => READ_BACK[codec].as);
    expect(codecs.every((as) => (as === "never") === (kind === "behavior")) || kind === "rule" || platform.id === "codex" || platform.id === "grok-build").toBe(
      true,
    );
  },
);

test("no place is read in two ways", () => {
  for (const scope of SCOPES) {
    const ways = new Map<string, Set<string>>();
    for (const { path, keys, codec } of ROWS.flatMap((platform) => spotsOf([platform], scope))) {
      const place = JSON.stringify([path, keys]);
      ways.set(place, (ways.get(place) ?? new Set()).add(codec));
    }
    expect([...ways].filter(([, codecs]) => codecs.size > 1)).toEqual([]);
  }
});

// Each mutant reads one thing wrong; the laws must notice.
const MUTANTS: Readonly<Record<string, (read: Artifact) => Artifact>> = {
  "a rule that is asked for is read as always loaded": (read) => (read.kind === "rule" && read.globs.length === 0 ? { ...read, always: true } : read),
  "one of several globs is lost": (read) => (read.kind === "rule" && read.globs.length > 1 ? { ...read, globs: read.globs.slice(1) } : read),
  "what stands for arguments stays in the client's words": (read) =>
    read.kind === "command" ? { ...read, body: read.body.replaceAll("$ARGUMENTS", "{{args}}") } : read,
  "a limit on tools is lost": (read) => (read.kind === "agent" ? { ...read, tools: null } : read),
  "a server that is off is read as on": (read) => (read.kind === "mcp" ? { ...read, extra: {} } : read),
  "a variable is read as text": (read) =>
    read.kind === "mcp" ? { ...read, transport: JSON.parse(JSON.stringify(read.transport).replaceAll("${KEY}", "$(KEY)")) as typeof read.transport } : read,
};

test.each(Object.entries(MUTANTS))(
  "the laws notice when %s",
  (_, mutant) => {
    const isNoticed = fc.sample(anyDeployed, { numRuns: 1_500, seed: 7 }).some((deployed) => roundTrip(deployed, mutant).broken.length > 0);
    expect(isNoticed).toBe(true);
  },
  120_000,
);
