// Reporter: vitest's own output, then one last line "N passed, N failed" that programs can read.
import { DefaultReporter, type TestModule } from "vitest/node";

export default class ClosingLineReporter extends DefaultReporter {
  override async onTestRunEnd(modules: readonly TestModule[], ...rest: never[]): Promise<void> {
    await (super.onTestRunEnd as (...args: unknown[]) => unknown).call(this, modules, ...rest);
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    for (const module of modules) {
      const before = passed + failed + skipped;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "passed") passed += 1;
        else if (state === "failed") failed += 1;
        else skipped += 1;
      }
      if (module.state() === "failed" && passed + failed + skipped === before) failed += 1;
    }
    process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  }
}
