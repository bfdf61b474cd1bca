// What a plan would set running by itself, and whether the user has agreed to exactly that (contract §7). Nothing in a project can
// grant it. Must not write anything but the user's own list of consents.
import { AiwgError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/json.ts";
import { grantConsents, hasConsent } from "../../core/node/consent.ts";
import { sha256 } from "./disk.ts";
import type { Planned } from "./plan.ts";
import type { Site } from "../site.ts";
import { placeKey } from "./units.ts";

/** One unit that runs by itself once it is written. */
export type ConsentNeed = {
  /** `behavior/x`, `mcp/y`: those that are part of it. */
  readonly artifacts: readonly string[];
  /** sha256 over every place of it, as it will be. */
  readonly hash: string;
  /** What will be there, for a person to read before agreeing; `text` null where it is no text. */
  readonly places: readonly { readonly path: string; readonly text: string | null }[];
};

const runsByItself = (artifact: string): boolean => artifact.startsWith("behavior/") || artifact.startsWith("mcp/");

/** Everything a plan would write that runs by itself, in the order of its changes. */
export function consentNeeds({ changes, lock, states }: Planned): ConsentNeed[] {
  const written = new Set(changes.filter(({ op }) => op === "create" || op === "update").map(({ unit }) => unit));
  const lines = new Map(lock.outputs.map((line) => [placeKey(line), line]));
  return states.flatMap(({ unit, owners, places }) => {
    const artifacts = [...new Set(owners.map(([, , artifact]) => artifact))].filter(runsByItself);
    if (artifacts.length === 0 || !written.has(unit)) return [];
    const content = places.flatMap((place) => lines.get(placeKey(place)) ?? []).map(({ path, at, hash, mode }) => [path, at, hash, mode]);
    const shown = changes.filter((change) => change.unit === unit && change.op !== "delete").map((change) => ({ path: change.path, text: change.after }));
    return [{ artifacts, hash: sha256(canonicalJson(content)), places: shown }];
  });
}

/** Those of `consentNeeds` that the user has not agreed to yet. */
export function missingConsents(site: Site, planned: Planned): ConsentNeed[] {
  return consentNeeds(planned).filter(({ hash }) => !hasConsent(site.consentFile, { project: site.root, hash }));
}

/** What runs by itself, by name, each once. */
export function namesOf(needs: readonly ConsentNeed[]): string[] {
  return [...new Set(needs.flatMap(({ artifacts }) => artifacts))];
}

/**
 * Makes sure that the user agreed to all that a plan sets running, asking only for what they have not agreed to yet.
 * Throws `consent_missing` if they do not.
 */
export async function requireConsent(input: {
  readonly site: Site;
  readonly planned: Planned;
  readonly now: number;
  readonly ask: (needs: readonly ConsentNeed[]) => Promise<boolean>;
}): Promise<void> {
  const { site, planned, now, ask } = input;
  const missing = missingConsents(site, planned);
  if (missing.length === 0) return;
  if (!(await ask(missing))) {
    const names = namesOf(missing).join(", ");
    throw new AiwgError("consent_missing", `${names} would run by itself once deployed, and you have not agreed to it as it is now; nothing was written`, {
      hint: "Read what would run with --dry-run, then agree with --yes.",
    });
  }
  grantConsents(
    site.consentFile,
    missing.map(({ artifacts, hash }) => ({ project: site.root, hash, what: artifacts.join(", ") })),
    now,
  );
}
