// Assertions as printed lines with a closing count, for programs that run outside vitest. Must not know what is asserted.
import { setTimeout as sleep } from "node:timers/promises";

export type Tally = {
  /** Prints one line; `detail` is shown only when it failed. */
  check(what: string, ok: boolean, detail?: unknown): void;
  /** The last line; returns the exit code. */
  close(): number;
};

/** Counts what `check` is told and prints each as a line. */
export function createTally(): Tally {
  let passed = 0;
  let failed = 0;
  return {
    check(what, ok, detail) {
      if (ok) passed += 1;
      else failed += 1;
      process.stdout.write(`${ok ? "ok  " : "FAIL"} ${what}\n`);
      if (!ok && detail !== undefined) process.stdout.write(`     ${typeof detail === "string" ? detail : JSON.stringify(detail)}\n`);
    },
    close() {
      process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
      return failed === 0 && passed > 0 ? 0 : 1;
    },
  };
}

/** The first defined answer of `probe`, or undefined after `boundMs`. */
export async function waitFor<T>(probe: () => T | undefined | Promise<T | undefined>, boundMs = 60_000): Promise<T | undefined> {
  const end = performance.now() + boundMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) return undefined;
    await sleep(50);
  }
}
