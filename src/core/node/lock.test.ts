import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isLocked, lockHolder, takeLock } from "./lock.ts";

test("one process holds a lock, a second is told who, and a SIGKILL frees it", async () => {
  const dir = mkdtempSync(join(tmpdir(), "aiwg-lock-"));
  const path = join(dir, "the.lock");
  const module = new URL("./lock.ts", import.meta.url).href;
  const script = `const { takeLock } = await import(${JSON.stringify(module)}); takeLock(${JSON.stringify(path)}, "the thing", Date.now()); console.log("held"); setInterval(() => {}, 1000)`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(holder.stdout, "data");
    expect(isLocked(path)).toBe(true);
    expect(lockHolder(path)).toMatchObject({ pid: holder.pid, what: "the thing" });
    expect(() => takeLock(path, "the thing", Date.now())).toThrow(`the thing is held by process ${holder.pid}`);
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
  }
  expect(isLocked(path)).toBe(false);
  const lock = takeLock(path, "the thing", Date.now());
  expect(lockHolder(path)).toMatchObject({ pid: process.pid });
  lock.release();
  expect([isLocked(path), lockHolder(path)]).toEqual([false, undefined]);
  rmSync(dir, { recursive: true });
});
