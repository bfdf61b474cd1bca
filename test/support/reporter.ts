// Reporter: vitest's own output, then one last line "N passed, N failed" that programs can read.
// Must not decide the exit code (vitest does), only agree with it.
import { DefaultReporter, type TestModule } from "vitest/node";

type Counts = { passed: number; failed: number; skipped: number };

function countModule(module: TestModule): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of module.children.allTests()) {
    const state = test.result().state;
    if (state === "passed") counts.passed += 1;
    else if (state === "failed") counts.failed += 1;
    else counts.skipped += 1;
  }
  // A file that cannot be loaded, or a hook that throws, fails without any failed test.
  if (counts.failed === 0 && !module.ok()) counts.failed += 1;
  return counts;
}

export default class ClosingLineReporter extends DefaultReporter {
  override onTestRunEnd(...args: Parameters<DefaultReporter["onTestRunEnd"]>): void {
    super.onTestRunEnd(...args);
    const [modules, unhandledErrors, reason] = args;
    const total: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const counts of modules.map(countModule)) {
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
    if (total.failed === 0 && (reason !== "passed" || modules.length === 0)) total.failed = 1;
    process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}\n`);
  }
}
