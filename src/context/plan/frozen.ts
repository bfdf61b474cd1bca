// Whether config, bundles and lock agree, so that a deploy changes nothing of the lock: what `--frozen` asks for. Pure.
// Must not know where bundles come from.
import { canonicalJson } from "../../core/json.ts";
import { AiwgError } from "../../core/errors.ts";
import type { Lock } from "../output.ts";
import type { Site } from "../site.ts";
import { scopeFlag } from "../typed.ts";
import { placeKey } from "./units.ts";

const wayOut = (site: Site): string => `Run aiwg deploy${scopeFlag(site)} without --frozen, look at what changed, and commit aiwg.lock.`;

type Rows = ReadonlyMap<string, string>;

const bundlesOf = ({ bundles }: Lock): Rows => new Map(Object.entries(bundles).map(([name, row]) => [name, canonicalJson(row)]));
// How a file came to be ours is told by the disk, which differs from one clone to the next.
const outputsOf = ({ outputs }: Lock): Rows => new Map(outputs.map((line) => [placeKey(line), canonicalJson([line.hash, line.mode, line.owners])]));

function firstDifference(before: Rows, after: Rows): string | undefined {
  return [...after.keys(), ...before.keys()].find((key) => before.get(key) !== after.get(key));
}

/** Throws `state_conflict`, naming the first difference, unless the lock already says what it would say afterwards. */
export function requireFrozen(before: Lock, after: Lock, site: Site): void {
  const bundle = firstDifference(bundlesOf(before), bundlesOf(after));
  const place = firstDifference(outputsOf(before), outputsOf(after))?.split("\0")[0];
  if (bundle === undefined && place === undefined) return;
  const what = bundle === undefined ? `the output ${place ?? ""}` : `the bundle ${bundle}`;
  throw new AiwgError("state_conflict", `--frozen: aiwg.lock is not up to date with ${what}; nothing was written`, { hint: wayOut(site) });
}

/** Throws `state_conflict`: a source that the lock does not pin. */
export function refuseUnpinned(name: string, source: string, site: Site): never {
  throw new AiwgError("state_conflict", `--frozen: aiwg.lock does not pin the bundle ${name} (${source}); nothing was written`, { hint: wayOut(site) });
}
