import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyPlan } from "../../src/context/apply/apply.ts";
import { hashFile, openReader } from "../../src/context/plan/disk.ts";
import type { Output } from "../../src/context/output.ts";
import type { Planned } from "../../src/context/plan/plan.ts";
import { isAiwgError } from "../../src/core/errors.ts";
import { blockOutput, fileOutput, memberOutput, planIn, siteIn, skillOutputs, valueOutput } from "./outputs.ts";
import { type World, opsOf, pictureOf } from "./rig.ts";

const FAST = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const read = openReader();

function tempWorld(scope: "project" | "user"): World {
  const base = realpathSync(mkdtempSync(join(FAST, "aiwg-laws-")));
  for (const folder of ["home", "project", "outside"]) mkdirSync(join(base, folder));
  const site = siteIn(base, scope);
  return { base, site, root: site.root, outside: join(base, "outside") };
}

// Everything a bundle can want, in two versions; a subset of it is wanted at a time.
const pool = (v: number): Output[][] => [
  skillOutputs(".claude/skills", "s", { "SKILL.md": `skill ${v}`, [`v${v}.md`]: "x", "run.sh": "#!/bin/sh\n" }),
  [fileOutput(".claude/rules/r.md", `rule ${v}`)],
  [fileOutput("deep/er/x.md", `x ${v}`)],
  [blockOutput("AGENTS.md", `- always ${v}\n- text`)],
  [blockOutput("AGENTS.md", "- second", { bundle: "c" })],
  [blockOutput("c.toml", `[servers.s]\nv = ${v}`, { claims: ["servers.s"] })],
  [valueOutput(".mcp.json", "/mcpServers/s", { command: "x", v })],
  [
    memberOutput("settings.json", "/hooks/Stop/h", { run: ["behaviors/h/", v] }, "behaviors/h/", { unit: "behavior/h" }),
    fileOutput(".aiwg/behaviors/h/run.sh", `h ${v}`, { unit: "behavior/h" }),
  ],
];
const PATHS = [
  ".claude/skills/s/SKILL.md",
  ".claude/skills/s/v1.md",
  ".claude/skills/s/mine.md",
  ".claude/rules/r.md",
  "deep/er/x.md",
  "deep/mine.md",
  "AGENTS.md",
  "c.toml",
  ".mcp.json",
  "settings.json",
];

type Edit = { readonly kind: "append" | "prepend" | "replace" | "inside" | "delete" | "chmod"; readonly path: number };
type Op =
  | { readonly do: "edit"; readonly edit: Edit }
  | {
      readonly do: "deploy";
      readonly wanted: readonly boolean[];
      readonly version: number;
      readonly failAt: number | null;
      readonly editAt: readonly [number, Edit] | null;
    };

const anyEdit = fc.record<Edit>({ kind: fc.constantFrom("append", "prepend", "replace", "inside", "delete", "chmod"), path: fc.nat(PATHS.length - 1) });
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ do: fc.constant("edit" as const), edit: anyEdit }),
  fc.record({
    do: fc.constant("deploy" as const),
    wanted: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    version: fc.constantFrom(1, 2),
    failAt: fc.option(fc.nat(30), { freq: 3 }),
    editAt: fc.option(fc.tuple(fc.nat(30), anyEdit), { freq: 3 }),
  }),
);
const anyLife = fc.array(anyOp, { minLength: 3, maxLength: 14 });

// What a person does to a file. Whatever they write holds a token of its own, as the format allows it.
function edit(world: World, { kind, path: index }: Edit, n: number): void {
  const path = join(world.root, PATHS[index] ?? "");
  const comment = path.endsWith(".toml") ? `# token-${n};\n` : path.endsWith(".json") ? `// token-${n};\n` : `token-${n};\n`;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (kind === "delete") rmSync(path, { force: true });
  else if (kind === "chmod") {
    if (existsSync(path)) chmodSync(path, (statSync(path).mode & 0o777) ^ 0o100);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    const lines = text.split("\n");
    const whole = path.endsWith(".json") ? `{ ${comment} }` : comment;
    const middle = [...lines.slice(0, lines.length >> 1), comment.trimEnd(), ...lines.slice(lines.length >> 1)].join("\n");
    const written = { append: `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${comment}`, prepend: comment + text, replace: whole, inside: middle };
    writeFileSync(path, text === "" ? whole : written[kind]);
  }
}

function tokens(world: World): Set<string> {
  const found = new Set<string>();
  for (const path of PATHS) {
    const at = join(world.root, path);
    if (existsSync(at)) for (const [token] of readFileSync(at, "utf8").matchAll(/token-\d+;/g)) found.add(`${path} ${token}`);
  }
  return found;
}

/** A deploy as it is, or with one of its guards taken out. */
type Mutant = {
  readonly plan?: (world: World, outputs: readonly Output[], planned: Planned) => Planned;
  readonly at?: (world: World, planned: Planned, step: string) => void;
};

/** Lives one random life and says which laws it broke. */
async function violations(life: readonly Op[], scope: "project" | "user", mutant: Mutant = {}): Promise<string[]> {
  const world = tempWorld(scope);
  const broken: string[] = [];
  const says = (law: string, holds: boolean): void => {
    if (!holds) broken.push(law);
  };
  try {
    for (const [n, op] of life.entries()) {
      if (op.do === "edit") {
        edit(world, op.edit, n);
        continue;
      }
      const outputs = pool(op.version)
        .filter((_, i) => op.wanted[i])
        .flat();
      const first = planIn(world.site, outputs);
      const planned = mutant.plan?.(world, outputs, first) ?? first;
      const before = pictureOf(world.root);
      let mine = tokens(world);
      let step = 0;
      let edited = false;
      const at = (name: string): void => {
        if (op.editAt?.[0] === step) {
          edit(world, op.editAt[1], n);
          edited = true;
          mine = tokens(world);
        }
        mutant.at?.(world, planned, name);
        if (op.failAt === step++ && !name.startsWith("clean")) throw new Error("the disk says no");
      };
      let failed: unknown;
      await applyPlan(world.site, planned, { now: () => 0, at }).catch((error: unknown) => (failed = error));
      const now = tokens(world);
      for (const token of mine) says(`a person's ${token} is lost`, now.has(token));
      says("temporary files remain", !readdirSync(world.root, { recursive: true, encoding: "utf8" }).some((path) => path.endsWith(".tmp")));
      if (failed !== undefined) {
        if (!edited) says("a failed run changed the tree", JSON.stringify(pictureOf(world.root)) === JSON.stringify(before));
        says(`a failure of another kind: ${String(failed)}`, edited ? isAiwgError(failed) || failed instanceof Error : true);
      } else if (!edited) {
        const again = opsOf(planIn(world.site, outputs)).filter((change) => !/^(?:conflict|keep) /.test(change));
        says(`a second run would do ${again.join(", ")}`, again.length === 0);
      }
    }
    says(
      "something was written outside",
      readdirSync(world.outside).length === 0 && readdirSync(join(world.base, scope === "user" ? "project" : "home")).length === 0,
    );
    return broken;
  } finally {
    rmSync(world.base, { recursive: true, force: true });
  }
}

test("no random life of deploys, edits, failures and removals loses a byte that a person wrote", async () => {
  await fc.assert(
    fc.asyncProperty(anyLife, fc.constantFrom("project", "user"), async (life, scope) => {
      expect(await violations(life, scope)).toEqual([]);
    }),
    { numRuns: 120 },
  );
}, 120_000);

// Each mutant is a deploy with one guard taken out; the oracle must notice every one of them.
const MUTANTS: Readonly<Record<string, Mutant>> = {
  "what stands at a place is not looked at again before it is replaced or deleted": {
    plan: (_, __, planned) => ({ ...planned, writes: planned.writes.map((write) => ({ ...write, old: write.old && { ...write.old } })) }),
    at: (world, planned) => {
      for (const { path, old } of planned.writes) {
        const present = hashFile(join(world.root, path), read);
        if (old && present) Object.assign(old, { hash: present });
      }
    },
  },
  "a failed run is not undone": {
    at: (world, _, step) => {
      if (!step.startsWith("swap") && step !== "commit") return;
      for (const path of readdirSync(world.root, { recursive: true, encoding: "utf8" })) if (path.endsWith(".old.tmp")) rmSync(join(world.root, path));
    },
  },
  "edited and foreign units are written over": {
    plan: (world, outputs, planned) => planIn(world.site, outputs, { force: planned.changes.filter(({ op }) => op === "conflict").map(({ path }) => path) }),
  },
};

test.each(Object.entries(MUTANTS))("the oracle notices when %s", async (_, mutant) => {
  const lives = fc.sample(anyLife, { numRuns: 400, seed: 7 });
  // The same lives break no law without it.
  for (const life of lives) {
    if ((await violations(life, "project", mutant)).length === 0) continue;
    expect(await violations(life, "project")).toEqual([]);
    return;
  }
  expect.unreachable("no life showed the fault");
});

const anyTree = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom(...PATHS, "CLAUDE.md", ".codex/x", "deep/er/sub/y"),
    text: fc.constantFrom("", "a", "# T\r\n\r\nx", "\uFEFFx\n", "{}", '{\n\t"mcpServers": {}, // c\n}\n', "[servers.mine]\nx = 1", "a\n\n\n"),
    mode: fc.constantFrom(0o644, 0o600, 0o755),
    link: fc.boolean(),
  }),
  { selector: ({ path }) => path, maxLength: 8 },
);

test("deploy and then remove leaves any tree as it was: bytes, permissions, links, folders", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyTree,
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.boolean(),
      fc.constantFrom("project", "user"),
      async (tree, wanted, twice, scope) => {
        const world = tempWorld(scope);
        try {
          for (const { path, text, mode, link } of tree) {
            mkdirSync(dirname(join(world.root, path)), { recursive: true });
            if (link && path === "CLAUDE.md") symlinkSync("AGENTS.md", join(world.root, path));
            else writeFileSync(join(world.root, path), text, { mode });
          }
          const before = pictureOf(world.root);
          const outputs = (version: number): Output[] => [
            ...pool(version)
              .filter((_, i) => wanted[i])
              .flat(),
            ...(tree.some(({ path, link }) => link && path === "CLAUDE.md") ? [blockOutput("CLAUDE.md", "- through a link", { bundle: "link" })] : []),
          ];
          for (const list of [outputs(1), ...(twice ? [outputs(2)] : []), []]) await applyPlan(world.site, planIn(world.site, list), { now: () => 0 });
          expect(pictureOf(world.root)).toEqual(before);
          expect(planIn(world.site, []).lock.outputs).toEqual([]);
        } finally {
          rmSync(world.base, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 150 },
  );
}, 120_000);
