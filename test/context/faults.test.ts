import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { applyPlan, recover } from "../../src/context/apply/apply.ts";
import { type Journal, temporaryOf } from "../../src/context/apply/journal.ts";
import { lockText, readLock } from "../../src/context/lock-file.ts";
import { takeLock } from "../../src/core/node/lock.ts";
import { blockOutput, bundleOutputs, fileOutput, planIn } from "./outputs.ts";
import { type World, deploy, newWorld, pictureOf, put, textAt } from "./rig.ts";

const CHILD = fileURLToPath(new URL("../support/apply-process.ts", import.meta.url));
const deps = { now: Date.now };

// Where nothing waits for a disk, if the system has such a place.
const FAST = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

type Ended = { readonly code: number | null; readonly signal: string | null; readonly out: string };
async function child(args: readonly string[]): Promise<Ended> {
  const process_ = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  process_.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  const [code, signal] = (await once(process_, "close")) as [number | null, string | null];
  return { code, signal, out };
}

/** A project as people have it, with version 1 deployed. */
async function startWorld(scope: "project" | "user"): Promise<World> {
  const world = newWorld(scope, FAST);
  put(world, "AGENTS.md", "# Team\r\n", 0o600);
  put(world, ".mcp.json", '{\n  // mine\n  "mcpServers": { "mine": {} }\n}\n');
  put(world, ".claude/skills/tidy/notes.md", "mine");
  await deploy(world, bundleOutputs("1"));
  return world;
}

const litter = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tmp"));
const lockOf = (world: World): string => lockText(readLock(world.site).lock);

test.each(["project", "user"] as const)(
  "killed at a step, a run is undone or finished by the next, and then goes through: %s scope",
  async (scope) => {
    const model = await startWorld(scope);
    const [one, lockOne] = [pictureOf(model.root), lockOf(model)];
    const steps = JSON.parse((await child([model.base, scope, "2", "steps"])).out) as string[];
    const [two, lockTwo] = [pictureOf(model.root), lockOf(model)];
    expect(two).not.toEqual(one);
    expect(steps.filter((step) => /^(?:journal|staged|swapped|commit|locked|committed|clean|cleaned)$/.test(step))).toEqual([
      "journal",
      "staged",
      "swapped",
      "commit",
      "locked",
      "committed",
      "clean",
      "cleaned",
    ]);
    expect(steps.filter((step) => step.startsWith("swap ")).length).toBeGreaterThan(8);
    const committed = steps.indexOf("locked");
    for (const [n, step] of steps.entries()) {
      const world = await startWorld(scope);
      const killed = await child([world.base, scope, "2", `kill:${n}`]);
      expect(killed.signal, step).toBe("SIGKILL");
      const recovered = await recover(world.site, deps);
      if (step !== "journal" && step !== "cleaned") expect(recovered, step).toEqual({ direction: n < committed ? "back" : "forward", notes: [] });
      expect(pictureOf(world.root), step).toEqual(n < committed ? one : two);
      expect(lockOf(world), step).toBe(n < committed ? lockOne : lockTwo);
      expect(litter(world.root), step).toEqual([]);
      if (n % 5 !== 0) continue;
      expect((await child([world.base, scope, "2"])).out, step).toMatch(/applied|unchanged/);
      expect(pictureOf(world.root), step).toEqual(two);
    }
  },
  120_000,
);

test("killed between two names of one swap, a run is undone as well", async () => {
  const model = await startWorld("project");
  const one = pictureOf(model.root);
  const steps = JSON.parse((await child([model.base, "project", "2", "steps"])).out) as string[];
  for (const [path, move] of [
    [".claude/agents/a2.md", "new>target"],
    [".claude/rules/r.md", "target>old"],
    [".claude/agents/a1.md", "rename target>old"],
  ] as const) {
    const world = await startWorld("project");
    await child([world.base, "project", "2", `kill:${steps.indexOf(`swap ${path}`)}`]);
    const journal = JSON.parse(readFileSync(join(world.site.journalDir, "journal.json"), "utf8").split("\n")[1] ?? "") as Journal;
    const index = journal.steps.findIndex((step) => step.path === path);
    const [fresh, old] = (["new", "old"] as const).map((which) => temporaryOf(world.site, journal, index, which));
    const target = join(world.root, path);
    if (move === "new>target") linkSync(fresh ?? "", target);
    else if (move === "target>old") linkSync(target, old ?? "");
    else renameSync(target, old ?? "");
    expect(await recover(world.site, deps)).toEqual({ direction: "back", notes: [] });
    expect(pictureOf(world.root), path).toEqual(one);
    expect(litter(world.root)).toEqual([]);
  }
});

test("a plan that follows a kill without recovery is carried out only after it", async () => {
  const world = await startWorld("project");
  await child([world.base, "project", "2", "kill:12"]);
  expect((await applyPlan(world.site, planIn(world.site, bundleOutputs("2")), deps)).outcome).toBe("outdated");
  expect((await applyPlan(world.site, planIn(world.site, bundleOutputs("2")), deps)).outcome).toBe("applied");
  expect(litter(world.root)).toEqual([]);
});

test("what a person changed after the kill stays, and what it was before is kept and said", async () => {
  const world = await startWorld("project");
  const steps = JSON.parse((await child([(await startWorld("project")).base, "project", "2", "steps"])).out) as string[];
  await child([world.base, "project", "2", `kill:${steps.indexOf("commit")}`]);
  put(world, ".claude/rules/r.md", "mine now");
  put(world, "docs/new/deep/x.md", "mine too");
  put(world, ".claude/agents/a1.md", "mine again");
  const before = textAt(world, ".claude/skills/tidy/SKILL.md");
  const recovered = await recover(world.site, deps);
  expect(before).toBe("2");
  expect(recovered?.notes.map((note) => note.split(" ")[0]).toSorted()).toEqual([".claude/agents/a1.md", ".claude/rules/r.md", "docs/new/deep/x.md"]);
  expect([".claude/rules/r.md", "docs/new/deep/x.md", ".claude/agents/a1.md", ".claude/skills/tidy/SKILL.md"].map((path) => textAt(world, path))).toEqual([
    "mine now",
    "mine too",
    "mine again",
    "1",
  ]);
  const kept = /before lies at (\S+)/.exec(recovered?.notes.find((note) => note.startsWith(".claude/rules/r.md")) ?? "")?.[1] ?? "";
  expect(readFileSync(kept, "utf8")).toBe("rule 1");
  expect(litter(world.root)).toEqual([]);
});

test("a journal that somebody else wrote, or one of another folder, is not followed", async () => {
  const world = await startWorld("project");
  await child([world.base, "project", "2", "kill:14"]);
  const file = join(world.site.journalDir, "journal.json");
  const text = readFileSync(file, "utf8");
  const tree = pictureOf(world.root);
  writeFileSync(file, text.replace(".claude/rules/r.md", ".claude/rules/x.md"));
  await expect(recover(world.site, deps)).rejects.toMatchObject({ code: "config_invalid" });
  writeFileSync(file, text);
  const copy = newWorld();
  cpSync(world.root, copy.root, { recursive: true });
  mkdirSync(join(copy.base, "aiwg"), { recursive: true });
  cpSync(join(world.base, "aiwg"), join(copy.base, "aiwg"), { recursive: true });
  await expect(recover(copy.site, deps)).rejects.toMatchObject({ code: "config_invalid" });
  expect(pictureOf(world.root)).toEqual(tree);
});

test("four processes at once leave one whole version, and nobody's bytes are lost", async () => {
  const world = await startWorld("project");
  const pictures: Record<string, string>[] = [];
  for (const version of ["1", "2"] as const) {
    await deploy(world, bundleOutputs(version));
    pictures.push(pictureOf(world.root));
  }
  await deploy(world, []);
  for (const versions of [
    ["2", "2", "2", "2"],
    ["1", "2", "1", "2"],
  ]) {
    const ended = await Promise.all(versions.map((version) => child([world.base, "project", version])));
    expect(ended.map(({ code, out }) => `${code} ${out}`)).toEqual(ended.map(() => expect.stringMatching(/^0 (?:applied|unchanged)$/)));
    const picture = pictureOf(world.root);
    expect(picture).toEqual(pictures.find((whole) => ".claude/agents/a2.md" in whole === ".claude/agents/a2.md" in picture));
    expect(litter(world.root)).toEqual([]);
  }
});

test("a run waits for another, and says who holds the lock when it takes too long", async () => {
  const world = newWorld();
  const held = takeLock(world.site.processLock, "deploy", Date.now());
  const planned = planIn(world.site, [fileOutput("x", "1")]);
  await expect(applyPlan(world.site, planned, { ...deps, waitMs: 0 })).rejects.toMatchObject({
    code: "lock_held",
    message: expect.stringContaining(String(process.pid)),
  });
  setTimeout(() => held.release(), 100);
  expect((await applyPlan(world.site, planned, deps)).outcome).toBe("applied");
});

test("any step that fails leaves the tree as it was, and the next run goes through", async () => {
  const world = await startWorld("project");
  const before = pictureOf(world.root);
  const steps: string[] = [];
  const planned = planIn(world.site, bundleOutputs("2"));
  for (let n = 0; ; n++) {
    let count = 0;
    const at = (step: string): void => {
      if (count++ !== n) return;
      steps.push(step);
      throw new Error(`failed at ${step}`);
    };
    const failed = await applyPlan(world.site, planned, { ...deps, at }).then(
      ({ outcome }) => outcome,
      (error: unknown) => error,
    );
    if (steps.at(-1) === "locked") {
      // The lock is written: what is left is finished.
      expect(failed).toBe("applied");
      break;
    }
    expect(failed, String(n)).toBeInstanceOf(Error);
    expect(pictureOf(world.root), steps.at(-1)).toEqual(before);
    expect(litter(world.root)).toEqual([]);
  }
  expect(planIn(world.site, bundleOutputs("2")).changes).toEqual([]);
  expect(litter(world.root)).toEqual([]);
  expect(steps.length).toBeGreaterThan(20);
});

test("a folder that cannot be written leaves everything as it was, and the error names the path", async () => {
  const world = await startWorld("project");
  chmodSync(world.base, 0o755);
  if (process.getuid?.() === 0)
    for (const path of [world.base, ...readdirSync(world.base, { recursive: true, encoding: "utf8" }).map((name) => join(world.base, name))])
      chownSync(path, 65_534, 65_534);
  chmodSync(join(world.root, ".claude/rules"), 0o555);
  const before = pictureOf(world.root);
  const { code, out } = await child([world.base, "project", "2", "nobody"]);
  expect([code, out]).toEqual([1, expect.stringMatching(/^output_failed: \.claude\/rules\/r\.md cannot be written: EACCES/)]);
  expect(pictureOf(world.root)).toEqual(before);
  expect(litter(world.root)).toEqual([]);
});

// A mount of one's own needs a namespace; where the system refuses one, these tests are skipped by name.
const NAMESPACE = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
const canMount = spawnSync("unshare", [...NAMESPACE, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).status === 0;

type Report = { readonly out: string; readonly before: string; readonly after: string };
// In a namespace with a small or read-only file system as the project: a first version, then a hindrance, then the second.
function inSmallMount(world: World, hindrance: string, version: string): Report {
  const script = `
    set -e
    base=$1 node=$2 child=$3
    mount -t tmpfs -o size=$4 tmpfs "$base/project"
    printf '# Team\\n' > "$base/project/AGENTS.md"
    "$node" "$child" "$base" project 1 >&2
    picture() { (cd "$base/project" && find . -path ./.aiwg/journal -prune -o -print0 | sort -z | xargs -0 stat -c '%n %A %s %i' | grep -v '^. '; find "$base/project" -path '*/journal' -prune -o -type f -print0 | sort -z | xargs -0 sha256sum) }
    ${hindrance}
    picture > "$base/before"
    "$node" "$child" "$base" project ${version} > "$base/out" || true
    picture > "$base/after"
  `;
  const run = spawnSync("unshare", [...NAMESPACE, "sh", "-c", script, "sh", world.base, process.execPath, CHILD, "400k"], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  const read = (name: string): string => readFileSync(join(world.base, name), "utf8");
  return { out: read("out"), before: read("before"), after: read("after") };
}

test.skipIf(!canMount)("a full disk leaves the tree as it was, and the error names the path", () => {
  const { out, before, after } = inSmallMount(newWorld(), 'dd if=/dev/zero of="$base/project/fill" bs=1k count=260 2>/dev/null', "2");
  expect(out).toMatch(/^output_failed: \S+ cannot be written: ENOSPC/);
  expect(before).toMatch(/AGENTS\.md/);
  expect(after).toBe(before);
});

test.skipIf(!canMount)("a disk that is full for the journal, too, leaves the tree as it was", () => {
  const { out, before, after } = inSmallMount(newWorld(), 'dd if=/dev/zero of="$base/project/fill" bs=1k count=1000 2>/dev/null || true', "2");
  expect(out).toMatch(/^output_failed: .*ENOSPC|^store_unavailable/);
  expect(after).toBe(before);
});

test.skipIf(!canMount)("a read-only file system is an error that names the path; a plan without changes is none", () => {
  const refused = inSmallMount(newWorld(), 'mount -o remount,ro "$base/project"', "2");
  expect(refused.out).toMatch(/read-only|EROFS|readonly/i);
  expect(refused.after).toBe(refused.before);
  expect(inSmallMount(newWorld(), 'mount -o remount,ro "$base/project"', "1").out).toBe("unchanged");
});

test("a hard link to a file outside is cut, not written through", async () => {
  const world = newWorld();
  put(world, "AGENTS.md", "# A\n");
  const outside = join(world.outside, "AGENTS.md");
  spawnSync("ln", [join(world.root, "AGENTS.md"), outside]);
  await deploy(world, [blockOutput("AGENTS.md", "x")]);
  expect([readFileSync(outside, "utf8"), textAt(world, "AGENTS.md").length > 4]).toEqual(["# A\n", true]);
});

test("one step that cannot be undone keeps no other from being so, and the next run goes on from there", async () => {
  const world = await startWorld("project");
  const before = pictureOf(world.root);
  let blocked = "";
  const at = (step: string): void => {
    if (step !== "staged") return;
    const journal = JSON.parse(readFileSync(join(world.site.journalDir, "journal.json"), "utf8").split("\n")[1] ?? "") as Journal;
    const index = journal.steps.findLastIndex((one) => one.old !== null && one.new !== null);
    expect(index).toBeGreaterThan(0);
    blocked = temporaryOf(world.site, journal, index, "new");
    rmSync(blocked);
    mkdirSync(blocked);
  };
  await expect(applyPlan(world.site, planIn(world.site, bundleOutputs("2")), { ...deps, at })).rejects.toMatchObject({
    code: "output_failed",
    message: expect.stringContaining("undoing it failed as well"),
  });
  const own = (path: string): boolean => !path.startsWith(".aiwg/journal") && !path.endsWith(".tmp");
  const kept = Object.fromEntries(Object.entries(pictureOf(world.root)).filter(([path]) => own(path)));
  expect(kept).toEqual(Object.fromEntries(Object.entries(before).filter(([path]) => own(path))));
  rmdirSync(blocked);
  expect(await recover(world.site, deps)).toEqual({ direction: "back", notes: [] });
  expect(pictureOf(world.root)).toEqual(before);
});
