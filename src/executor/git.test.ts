// The bounds on a git of ours, with a program in its place that starts another and never ends.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startOf } from "../core/node/processes.ts";
import { createGit, type GitOptions } from "./git.ts";

async function hang(use: (run: (options: GitOptions) => Promise<string>, isStarted: () => boolean) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "aiwg-"));
  try {
    const path = join(folder, "git");
    writeFileSync(path, `#!/bin/sh\nsleep 1000 &\necho $! > ${folder}/new\nmv ${folder}/new ${folder}/pid\nwait\n`);
    chmodSync(path, 0o755);
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    await use(
      (options) => createGit(env, options)(folder, ["status"]),
      () => existsSync(join(folder, "pid")),
    );
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    await expect.poll(() => startOf(pid), { timeout: 10_000 }).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("a git that takes too long is ended with what it started, and says so", async () => {
  await hang(async (run) => {
    await expect(run({ timeoutMs: 1_000 })).rejects.toThrow(/^git status: it took longer than 1 s$/);
  });
});

test("a signal ends a git with what it started", async () => {
  await hang(async (run, isStarted) => {
    const stop = new AbortController();
    const running = run({ signal: stop.signal });
    const rejected = expect(running).rejects.toThrow(/the run was ended/);
    await expect.poll(isStarted, { timeout: 10_000 }).toBe(true);
    stop.abort();
    await rejected;
  });
});
