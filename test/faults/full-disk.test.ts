// A disk that is full when a process starts: exit 6 and the file named, never "please report"; what was there stays.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAIN } from "../cli/rig.ts";

// A mount of one's own needs a namespace; where the system refuses one, these tests are skipped by name.
const NAMESPACE = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
const canMount = spawnSync("unshare", [...NAMESPACE, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]).status === 0;

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "aiwg-"));
  mkdirSync(join(dir, "disk"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** On a small disk: `before`, then the disk is filled and the commands run; each answer with its exit code, by command. */
function onFullDisk(before: string, commands: readonly string[]): Record<string, { readonly code: number; readonly said: string }> {
  const script = `
    mount -t tmpfs -o size=3m tmpfs "$1/disk" || exit 9
    export HOME="$1" AIWG_HOME="$1/disk/home" NO_COLOR=1
    cd "$1"
    node=$2 main=$3
    ${before}
    dd if=/dev/zero of="$1/disk/fill" bs=4k 2>/dev/null; dd if=/dev/zero of="$1/disk/rest" bs=64 2>/dev/null
    ${commands.map((command) => `printf '\\036${command}\\037'; timeout 10 "$node" "$main" ${command} 2>&1; printf '\\037%s' $?`).join("\n")}
  `;
  const { stdout, stderr, status } = spawnSync("unshare", [...NAMESPACE, "sh", "-c", script, "sh", dir, process.execPath, MAIN], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const answers = stdout.split("\u001e").slice(1);
  return Object.fromEntries(answers.map((answer) => answer.split("\u001f")).map(([command = "", said = "", code]) => [command, { code: Number(code), said }]));
}

const outOfSpace = { code: 6, said: expect.stringMatching(/^✗ .*\/disk\/home\/\S+.*(disk is full|ENOSPC)[^\n]*\n +Free disk space/) };

test.skipIf(!canMount)("where nothing was ever written, every process that is started says which file it could not write", () => {
  const commands = ["serve --port 0", "up --port 0", "mc bridge", "executor"];
  expect(onFullDisk("", commands)).toEqual(Object.fromEntries(commands.map((command) => [command, outOfSpace])));
});

test.skipIf(!canMount)("so do serve and up where one was killed before", () => {
  const before = `
    "$node" "$main" serve --port 0 > "$1/said" 2>&1 & serve=$!
    until [ -s "$1/said" ]; do sleep 0.05; done
    kill -9 $serve; wait $serve 2>/dev/null`;
  const commands = ["serve --port 0", "up --port 0", "serve --port 0 --json"];
  const ran = onFullDisk(before, commands);
  expect(ran).toMatchObject({ [commands[0] ?? ""]: outOfSpace, [commands[1] ?? ""]: outOfSpace });
  expect(JSON.parse(ran[commands[2] ?? ""]?.said ?? "")).toMatchObject({ error: { code: expect.stringMatching(/output_failed|store_unavailable/) } });
});
