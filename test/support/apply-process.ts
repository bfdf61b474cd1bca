// A deploy in a process of its own, to be killed or hindered: base folder, scope, version of the bundle ("none" removes it), and
// what shall happen: "kill:<n>" at its nth step, "steps" prints their names, "nobody" gives up root first. Prints the outcome or the error's code.
import { applyPlan } from "../../src/context/apply/apply.ts";
import { isAiwgError } from "../../src/core/errors.ts";
import { bundleOutputs, planIn, siteIn } from "../context/outputs.ts";

const [base = "", scope = "project", version = "1", how = ""] = process.argv.slice(2);
const NOBODY = 65_534;
if (how === "nobody" && process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
const killAt = how.startsWith("kill:") ? Number(how.slice("kill:".length)) : -1;
const steps: string[] = [];
const at = (step: string): void => {
  if (steps.push(step) - 1 === killAt) process.kill(process.pid, "SIGKILL");
};
const outputs = version === "none" ? [] : bundleOutputs(version === "2" ? "2" : "1");
const site = siteIn(base, scope === "user" ? "user" : "project");
try {
  // As a command does: plan again while others change the ground.
  for (let round = 0; ; round++) {
    const { outcome } = await applyPlan(site, planIn(site, outputs), { now: Date.now, at });
    if (outcome === "outdated" && round < 50) continue;
    process.stdout.write(how === "steps" ? JSON.stringify(steps) : outcome);
    break;
  }
} catch (error) {
  process.stdout.write(isAiwgError(error) ? `${error.code}: ${error.message}` : String(error));
  process.exitCode = 1;
}
