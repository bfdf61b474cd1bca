// What a deploy writes, read by the real coding agents: each alone, all in one repository, beside a person's own files, after
// `aiwg remove`, and at last every place of the platform rows that none of this reached. Must not know wire formats.
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { AiwgError } from "../../src/core/errors.ts";
import type { ContextConfig } from "../../src/context/config.ts";
import { deploy } from "../../src/context/deploy.ts";
import { readLock } from "../../src/context/lock-file.ts";
import { KINDS } from "../../src/context/model.ts";
import type { Lock } from "../../src/context/output.ts";
import type { Platform, Scope, ScopeName, Target } from "../../src/context/platform.ts";
import { platformOf } from "../../src/context/platforms/table.ts";
import { siteOf } from "../../src/context/site.ts";
import { placesOf } from "../../src/core/node/paths.ts";
import { type CanaryBundle, createBundle, MATCHING } from "./context/bundle.ts";
import { type Cell, CELLS, cellText, isAbout, isProven, isServed, isShownAtOnce } from "./context/cells.ts";
import { CLIENT_IDS, type ClientId, CLIENTS, rowOf } from "./context/clients/table.ts";
import { glance, type Observation, observe } from "./context/observe.ts";
import { type Recorder, startRecorder } from "./context/recorder.ts";
import { RIVALS } from "./context/rivals.ts";
import { createScene, type Scene } from "./context/scene.ts";
import { installClient } from "./install.ts";
import type { Tally } from "./tally.ts";

const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const programsOf = (id: ClientId): string => installClient(CLIENTS[id].package);

type Stage = { readonly scene: Scene; readonly bundle: CanaryBundle };
type Done = { readonly code: number; readonly output: string };
type Run = { readonly ids: readonly ClientId[]; readonly recorder: Recorder; readonly tally: Tally; readonly green: Set<Cell> };

const envOf = ({ home }: Scene): NodeJS.ProcessEnv => ({
  PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  HOME: home,
});

function aiwg({ scene }: Stage, args: readonly string[]): Done {
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: scene.repo,
      env: envOf(scene),
      encoding: "utf8",
      timeout: 60_000,
      stdio: ["ignore", "pipe", "pipe"],
    };
    return { code: 0, output: execFileSync(process.execPath, [main, ...args], options) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status?: number | null; stdout?: string; stderr?: string };
    return { code: status ?? -1, output: `${stdout ?? ""}${stderr ?? ""}` };
  }
}

const siteAt = ({ scene }: Stage, scope: ScopeName): ReturnType<typeof siteOf> =>
  siteOf({ scope, root: scene.repo, home: scene.home, places: placesOf(envOf(scene)) });
const lockOf = (stage: Stage, scope: ScopeName): Lock => readLock(siteAt(stage, scope)).lock;

async function onStage(run: Run, scope: ScopeName, files: Readonly<Record<string, string>>, work: (stage: Stage) => Promise<void>): Promise<void> {
  const scene = createScene(run.recorder, scope);
  try {
    scene.put({ [MATCHING]: "export const matching = true;\n", ...files });
    await work({ scene, bundle: createBundle(scene.dir) });
  } finally {
    scene.close();
  }
}

/** Runs the client and checks each cell that the lock says it was served by. */
async function checkServed(run: Run, stage: Stage, id: ClientId, scope: ScopeName, when: string, all = true): Promise<Observation> {
  const lock = lockOf(stage, scope);
  const cells = CELLS.filter((cell) => cell.client === id && cell.scope === scope && isServed(cell, lock) && (all || isShownAtOnce(cell)));
  run.tally.check(`${when}: ${id} is served in ${scope} scope`, cells.length > 0, lock);
  const seen = await observe(stage.scene, rowOf(id), programsOf(id), stage.bundle, all);
  for (const cell of cells) {
    const proven = isProven(cell, seen, stage.bundle.canaries, lock);
    if (proven) run.green.add(cell);
    const hooks = seen.secondHooks.map((line) => line.split(" ")[0]).join(" ");
    run.tally.check(`${when}: ${cellText(cell)}`, proven, JSON.stringify({ hooks, served: seen.served, outputs: seen.outputs }).slice(0, 1_000));
  }
  return seen;
}

// What a client leaves in a repository by itself.
const LEFT = /^(\.aiwg|\.git)(\/|$)|^\.opencode(\/\.gitignore)?$/;

/** What lies in the repository, but for what these clients leave there. */
function tree(root: string, ids: readonly ClientId[]): string[] {
  for (const [path, left] of ids.flatMap((id) => Object.entries(rowOf(id).leaves ?? {}))) {
    const file = join(root, path);
    if (!existsSync(file) || !left.test(readFileSync(file, "utf8"))) continue;
    rmSync(file);
    if (readdirSync(dirname(file)).length === 0) rmdirSync(dirname(file));
  }
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !LEFT.test(path) && !/^(allowed|forbidden|patched)\.txt$/.test(path))
    .toSorted();
}

async function checkRemoved(run: Run, stage: Stage, ids: readonly ClientId[], scope: ScopeName, before: readonly string[]): Promise<void> {
  const done = aiwg(stage, ["remove", "canaries", "--scope", scope, "--yes"]);
  run.tally.check(`removed: exit 0 in ${scope} scope`, done.code === 0, done.output);
  if (scope === "project") {
    const after = tree(stage.scene.repo, ids);
    run.tally.check("removed: the repository is as before", JSON.stringify(after) === JSON.stringify(before), after);
  }
  for (const id of ids) {
    const text = await glance(stage.scene, rowOf(id), programsOf(id), stage.bundle);
    const left = Object.values(stage.bundle.canaries).filter((canary) => text.includes(canary));
    run.tally.check(
      `removed: ${id} sees nothing of it in ${scope} scope`,
      text.startsWith("asked 2") && left.length === 0,
      left.length > 0 ? left : text.slice(0, 200),
    );
  }
}

async function alone(run: Run, id: ClientId, scope: ScopeName): Promise<void> {
  await onStage(run, scope, {}, async (stage) => {
    const before = tree(stage.scene.repo, []);
    const done = aiwg(stage, ["use", stage.bundle.folder, "--to", id, "--scope", scope, "--yes"]);
    run.tally.check(`alone: aiwg use --to ${id} --scope ${scope} exits 0`, done.code === 0, done.output);
    await checkServed(run, stage, id, scope, "alone");
    await checkRemoved(run, stage, [id], scope, before);
  });
}

async function together(run: Run, scope: ScopeName): Promise<void> {
  await onStage(run, scope, {}, async (stage) => {
    const before = tree(stage.scene.repo, []);
    const done = aiwg(stage, ["use", stage.bundle.folder, "--to", run.ids.join(","), "--scope", scope, "--yes"]);
    run.tally.check(`together: aiwg use --scope ${scope} exits 0`, done.code === 0, done.output);
    for (const id of run.ids) await checkServed(run, stage, id, scope, "together");
    await checkRemoved(run, stage, run.ids, scope, before);
  });
}

/** A person's own files: whatever a client read of them before, it reads after; and what is deployed is read beside them. */
async function besideRivals(run: Run, name: string, rivals: Readonly<Record<string, string>>): Promise<void> {
  await onStage(run, "project", {}, async (stage) => {
    const log = join(stage.scene.dir, "person.log");
    const filled = Object.entries(rivals).map(([path, text]) => [path, text.replaceAll("$LOG", log).replaceAll("$NODE", process.execPath)] as const);
    stage.scene.put(Object.fromEntries(filled));
    const words = [...new Set(filled.flatMap(([, text]) => text.match(/person-\w+/g) ?? []))];
    const seenIn = (text: string): readonly string[] => words.filter((word) => `${text}${stage.scene.text("../person.log")}`.includes(word));
    const before = new Map<ClientId, readonly string[]>();
    for (const id of run.ids) {
      stage.scene.put({ "../person.log": "" });
      before.set(id, seenIn(await glance(stage.scene, rowOf(id), programsOf(id), stage.bundle)));
    }
    const done = aiwg(stage, ["use", stage.bundle.folder, "--to", run.ids.join(","), "--yes"]);
    run.tally.check(`beside ${name}: aiwg use exits 0, or 4 and says what is in the way`, done.code === 0 || done.code === 4, done.output);
    if (done.code === 4) process.stdout.write(done.output.replaceAll(/^\+ create .*\n/gm, "").replaceAll(/^(?=.)/gm, "     "));
    for (const id of run.ids) {
      stage.scene.put({ "../person.log": "" });
      const { first, last } = await checkServed(run, stage, id, "project", `beside ${name}`, false);
      const known = before.get(id) ?? [];
      const after = seenIn(`${first}${last}`);
      const lost = known.filter((word) => !after.includes(word));
      run.tally.check(`beside ${name}: ${id} still reads the person's ${known.join(", ") || "(nothing)"}`, lost.length === 0, lost);
    }
  });
}

const rowTargets = (id: ClientId, scope: ScopeName, kind: keyof Scope): readonly Target[] => {
  const row: Platform = platformOf(id);
  return row[scope][kind] ?? [];
};

/** Deploys with the row cut down to the places of these cells, and checks them. */
async function onlyThere(run: Run, id: ClientId, scope: ScopeName, cells: readonly Cell[]): Promise<void> {
  const row: Platform = platformOf(id);
  const cut = Object.fromEntries(
    KINDS.map((kind) => [kind, rowTargets(id, scope, kind).filter((target) => cells.some((cell) => cell.kind === kind && isAbout(cell, target)))]),
  );
  const platform: Platform = { ...row, [scope]: cut };
  await onStage(run, scope, {}, async (stage) => {
    const config: ContextConfig = { platforms: null, bundles: [{ name: "canaries", source: stage.bundle.folder }], gitignore: "none", models: {} };
    const env = envOf(stage.scene);
    const input = { site: siteAt(stage, scope), cwd: stage.scene.repo, env, places: placesOf(env), config, platforms: [platform], fetched: new Map() };
    await deploy(input, null, { now: Date.now, ask: () => Promise.resolve(true), accept: () => true });
    await checkServed(run, stage, id, scope, "only there");
  });
}

/** Cells by places that can be in one deploy: one place for each kind and case. */
function rounds(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const left: Cell[][] = [];
  for (const cell of cells) {
    const round = left.find((others) => others.every((other) => other.kind !== cell.kind || other.path === cell.path));
    if (round === undefined) left.push([cell]);
    else round.push(cell);
  }
  return left;
}

function checkCoverage(run: Run): void {
  for (const id of run.ids)
    for (const scope of ["project", "user"] as const)
      for (const kind of KINDS)
        for (const target of rowTargets(id, scope, kind)) {
          if (target.evidence !== "observed") continue;
          const green = [...run.green].some((cell) => cell.client === id && cell.scope === scope && cell.kind === kind && isAbout(cell, target));
          run.tally.check(`covered: ${id} ${scope} ${kind} in ${target.path} is called observed, and was`, green);
        }
  for (const cell of CELLS.filter(({ client }) => run.ids.includes(client))) run.tally.check(`covered: ${cellText(cell)}`, run.green.has(cell));
}

async function attempt(tally: Tally, ids: readonly ClientId[]): Promise<void> {
  const recorder = await startRecorder();
  const run: Run = { ids, recorder, tally, green: new Set() };
  try {
    for (const id of run.ids) for (const scope of ["project", "user"] as const) await alone(run, id, scope);
    for (const scope of ["project", "user"] as const) await together(run, scope);
    for (const [name, files] of Object.entries(RIVALS)) await besideRivals(run, name, files);
    for (const id of run.ids)
      for (const scope of ["project", "user"] as const)
        for (const cells of rounds(CELLS.filter((cell) => cell.client === id && cell.scope === scope && !run.green.has(cell))))
          await onlyThere(run, id, scope, cells);
    checkCoverage(run);
  } finally {
    await recorder.close();
  }
}

/** The clients to try: all, or those named. */
function chosen(only: readonly string[]): readonly ClientId[] {
  const unknown = only.filter((id) => !Object.hasOwn(CLIENTS, id));
  if (unknown.length > 0) throw new AiwgError("usage", `no client ${unknown.join(", ")}; there are ${CLIENT_IDS.join(", ")}`);
  return only.length === 0 ? CLIENT_IDS : CLIENT_IDS.filter((id) => only.includes(id));
}

/** The context half to try: what a deploy writes, read by real clients. `only` names some of them. */
export const context = {
  install: (only: readonly string[]) => chosen(only).map(programsOf),
  attempt: (tally: Tally, only: readonly string[]) => attempt(tally, chosen(only)),
};
