// Deploying to many platforms, and a large collection: what the time grows with. Must not know how it is done.
import { execFileSync } from "node:child_process";
import { PLATFORMS } from "../src/context/platforms/table.ts";
import type { Bench } from "./bench.ts";
import { type Deployed, deployTwice } from "./context-run.ts";
import { type Amounts, FULL, TINY, writeWorkload } from "./context-workload.ts";
import { type Figure, median, plainFigure } from "./figures.ts";
import type { Scratch } from "./scratch.ts";

const SIX = ["claude-code", "codex", "copilot-cli", "opencode", "cursor", "gemini-cli"];
const SEVEN = [...SIX, "warp"];
const ALL = PLATFORMS.map(({ id }) => id);
const COLLECTION: Amounts = { agents: 230, skills: 400, commands: 0, rules: 0 };

function rounds(scratch: Scratch, aiwg: string, n: number, platforms: readonly string[], amounts: Amounts, fits = true): readonly Deployed[] {
  const source = scratch.folder();
  writeWorkload(source, "aiwg", amounts);
  const all = Array.from({ length: n + 1 }, () => {
    const place = { project: scratch.folder(), home: scratch.folder(), source };
    execFileSync("git", ["init", "-q", place.project]);
    return deployTwice(scratch, place, { first: [aiwg, "use", source, "--to", platforms.join(","), "--yes"], again: [aiwg, "deploy"] }, fits);
  });
  // The first round fills the caches.
  return all.slice(1);
}

/** Seven platforms and all of them with the workload of the comparison, six with a collection of skills and agents. */
export function measureMany({ scratch, aiwg, quick }: Bench): readonly Figure[] {
  const n = quick ? 1 : 5;
  const [work, collection] = quick ? [TINY, TINY] : [FULL, COLLECTION];
  const seven = rounds(scratch, aiwg, n, SEVEN, work);
  // The workload has more rules than the least of the 28 reads.
  const all = rounds(scratch, aiwg, n, ALL, work, false);
  const large = rounds(scratch, aiwg, n, SIX, collection);
  const files = (of: readonly Deployed[]): string => `${median(of.map((one) => one.files))} files`;
  return [
    plainFigure({
      what: `\`aiwg use\` to seven platforms, time per file written (${files(seven)})`,
      ...{ ours: seven.map(({ coldMs, files: written }) => coldMs / written), unit: " ms", wanted: { atMost: 0.5 } },
    }),
    plainFigure({
      what: `\`aiwg use\` to all ${ALL.length} platforms (${files(all)})`,
      ours: all.map(({ coldMs }) => coldMs),
      unit: " ms",
      wanted: { atMost: 3_000 },
    }),
    plainFigure({
      what: `a collection of ${collection.skills} skills and ${collection.agents} agents to six platforms (${files(large)})`,
      ...{ ours: large.map(({ coldMs }) => coldMs), unit: " ms", wanted: { atMost: 5_000 } },
    }),
    plainFigure({ what: "the same again, nothing to do", ours: large.map(({ againMs }) => againMs), unit: " ms", wanted: { atMost: 500 } }),
    plainFigure({ what: "files touched by it", ours: large.map(({ touched }) => touched), unit: "", wanted: { atMost: 0 } }),
  ];
}
