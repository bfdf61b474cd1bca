// A project's own folder that is moved away while a run is at work: the run is whole or undone, and nothing of the folder is made anew.
import { existsSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fileOutput } from "./outputs.ts";
import { deploy, newWorld, opsOf, pictureOf } from "./rig.ts";

const before = [fileOutput("a.md", "1"), fileOutput("b/c.md", "1"), fileOutput("gone.md", "1")];
const after = [fileOutput("a.md", "2"), fileOutput("b/c.md", "2"), fileOutput("new/d.md", "2")];

async function stepsOf(): Promise<readonly string[]> {
  const world = newWorld();
  await deploy(world, before);
  const steps: string[] = [];
  await deploy(world, after, {}, { at: (step) => steps.push(step) });
  return steps;
}

test("moved away at any step, it is not made anew, nothing is half done, and once it is back all goes on", async () => {
  for (const chosen of await stepsOf()) {
    const world = newWorld();
    await deploy(world, before);
    const old = pictureOf(world.root);
    const [own, away] = [dirname(world.site.lockFile), join(world.base, "away")];
    const move = (step: string): void => {
      if (step === chosen) renameSync(own, away);
    };
    const failed = await deploy(world, after, {}, { at: move }).then(
      () => false,
      () => true,
    );
    expect([chosen, existsSync(own)]).toEqual([chosen, false]);
    if (failed) expect([chosen, pictureOf(world.root)]).toEqual([chosen, old]);
    renameSync(away, own);
    let { planned, applied } = await deploy(world, after);
    // What was left of the other run has been ended then.
    if (applied.outcome === "outdated") ({ planned, applied } = await deploy(world, after));
    expect([chosen, opsOf(planned).filter((op) => op.startsWith("conflict"))]).toEqual([chosen, []]);
    expect([chosen, Object.keys(pictureOf(world.root))]).toEqual([chosen, ["a.md", "b", "b/c.md", "new", "new/d.md"]]);
  }
});
