// Places that cannot be written, as disks and people have them: exit 6 with what to do, never "please report"; what was done is undone.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plant } from "../cli/context-rig.ts";
import { MAIN, makePlace } from "../cli/rig.ts";

const isRoot = process.getuid?.() === 0;
// A mount of one's own needs a namespace, and root obeys permissions in one of users only; where the system refuses one, tests are skipped.
const MOUNTING = ["unshare", isRoot ? "-m" : "-rm"];
const UNPRIVILEGED = isRoot ? ["unshare", "-U"] : ["env"];
const works = ([program = "", ...args]: readonly string[], script: string): boolean => spawnSync(program, [...args, "sh", "-c", script]).status === 0;
const canMount = works(MOUNTING, "mount -t tmpfs tmpfs /mnt");
const canObey = works(UNPRIVILEGED, "true");

type Ran = { readonly code: number | null; readonly stderr: string; readonly stdout: string };
type Here = ReturnType<typeof makePlace> & { readonly aiwg: (around: readonly string[], before: string, ...args: readonly string[]) => Ran };

function newHere(): Here {
  const place = makePlace();
  onTestFinished(() => place.remove());
  plant(join(place.dir, "b"), { "rules/r.md": "Be nice.\n", "agents/x.md": "---\nname: x\ndescription: X\n---\nYou are x.\n" });
  plant(join(place.dir, "b/skills/a"), { "SKILL.md": "---\nname: a\ndescription: A\n---\nDo.\n", "ref/more.md": "More.\n" });
  return {
    ...place,
    aiwg([program = "", ...words], before, ...args) {
      const script = `${before}\nnode=$1 main=$2; shift 2; exec "$node" "$main" "$@"`;
      const env = { PATH: process.env["PATH"], HOME: place.home };
      const ran = spawnSync(program, [...words, "sh", "-c", script, "sh", process.execPath, MAIN, ...args], { cwd: place.work, env, encoding: "utf8" });
      return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
    },
  };
}

const below = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();

test.skipIf(!canMount)("a folder on a disk that is mounted read-only: all that was made elsewhere goes again, and no journal stays", () => {
  const here = newHere();
  for (const folder of [".claude", ".codex"]) mkdirSync(join(here.work, folder));
  const before = "mount -t tmpfs tmpfs .claude && mount -o remount,ro .claude || exit 9";
  const ran = here.aiwg(MOUNTING, before, "use", "../b", "--to", "claude-code,codex");
  expect(ran).toMatchObject({ code: 6, stderr: expect.stringMatching(/^✗ \.claude\/\S+ cannot be written: EROFS[^;]*\n {2}It is mounted read-only: /m) });
  expect(below(here.work).filter((path) => path !== ".aiwg" && !path.startsWith(".aiwg/"))).toEqual([".claude", ".codex"]);
  expect(below(here.work)).not.toContain(".aiwg/journal/journal.json");
  expect(here.aiwg(["env"], "", "use", "../b", "--to", "claude-code,codex")).toMatchObject({ code: 0 });
});

test.skipIf(!canObey)("a folder that may not be written says so", () => {
  const here = newHere();
  mkdirSync(join(here.work, ".claude"));
  chmodSync(join(here.work, ".claude"), 0o555);
  const ran = here.aiwg(UNPRIVILEGED, "", "use", "../b", "--to", "claude-code");
  expect(ran).toMatchObject({ code: 6, stderr: expect.stringMatching(/^✗ \.claude\/\S+ cannot be written: EACCES[^;]*\n {2}Check who owns it/m) });
});

test.skipIf(!canObey)("a home that may not be written, and a file where the cache should be, are no bug of ours", () => {
  const here = newHere();
  chmodSync(here.home, 0o555);
  const used = here.aiwg(UNPRIVILEGED, "", "use", "../b", "--to", "claude-code");
  expect(used).toMatchObject({ code: 6, stderr: expect.stringMatching(/^✗ .*EACCES.*\n {2}Check who owns it/m) });
  chmodSync(here.home, 0o755);
  mkdirSync(join(here.home, ".cache"));
  writeFileSync(join(here.home, ".cache/aiwg"), "");
  const fetched = here.aiwg(["env"], "", "use", "git+file:///nowhere", "--to", "claude-code");
  expect(fetched).toMatchObject({ code: 6, stderr: expect.stringMatching(/^✗ .*ENOTDIR.*\n {2}A file lies where a folder is needed/m) });
});

test("a working folder that was deleted is told, to programs as well", () => {
  const here = newHere();
  const before = "mkdir gone && cd gone && rmdir ../gone";
  for (const args of [["status"], ["use", "../b"], ["mc", "status"], ["doctor"]])
    expect(here.aiwg(["env"], before, ...args), args.join(" ")).toEqual({
      code: 3,
      stdout: "",
      stderr: expect.stringMatching(/^✗ the folder that you are in/),
    });
  expect(JSON.parse(here.aiwg(["env"], before, "status", "--json").stdout)).toMatchObject({ error: { code: "not_found" } });
  expect(here.aiwg(["env"], before, "--version")).toMatchObject({ code: 0 });
});
