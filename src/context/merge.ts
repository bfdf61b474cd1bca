// Artifacts of several bundles as one set: filters, the same artifact twice, names that collide. Pure.
// Must not know platforms or files.
import { AiwgError } from "../core/errors.ts";
import { nearest, oneLine } from "../core/text.ts";
import { type Artifact, artifactId, byCodeUnits, compareArtifacts, type Diagnostic } from "./model.ts";
import type { Bundle } from "./parse/bundle.ts";
import { foldName } from "./parse/tree.ts";

/** A bundle and which of its artifacts are wanted: `skill:review` or `skill/review`; all but the excluded ones without `include`. `isOwn`: the scope's own, which no config names. */
export type Chosen = { readonly bundle: Bundle; readonly isOwn?: boolean; readonly include?: readonly string[]; readonly exclude?: readonly string[] };

const warning = (bundle: string, message: string): Diagnostic => ({ severity: "warn", path: `bundle ${bundle}`, line: null, message });

function choose({ bundle, include, exclude = [] }: Chosen): { readonly artifacts: readonly Artifact[]; readonly diagnostics: readonly Diagnostic[] } {
  const idOf = (filter: string): string => filter.replace(":", "/");
  const wanted = include === undefined ? null : new Set(include.map(idOf));
  const unwanted = new Set(exclude.map(idOf));
  const passes = (id: string): boolean => (wanted === null || wanted.has(id)) && !unwanted.has(id);
  const there = new Set([...bundle.artifacts.map(artifactId), ...bundle.diagnostics.flatMap(({ artifact }) => artifact ?? [])]);
  const nothing = (filter: string): boolean => !there.has(idOf(filter));
  const like = (filter: string): string | undefined => nearest(idOf(filter), [...there])?.replace("/", ":");
  const missing = include?.find(nothing);
  // Without it less would be deployed than is meant, and what is there would be deleted.
  if (missing !== undefined)
    throw new AiwgError("config_invalid", `bundle ${bundle.name}: there is no "${oneLine(missing, 80)}" in it, which it is to be limited to`, {
      hint: like(missing) === undefined ? "Nothing was changed. Correct its include." : `Nothing was changed. Did you mean "${like(missing) ?? ""}"?`,
    });
  return {
    artifacts: bundle.artifacts.filter((artifact) => passes(artifactId(artifact))),
    diagnostics: [
      ...bundle.diagnostics.filter(({ artifact }) => artifact === undefined || passes(artifact)),
      ...exclude.filter(nothing).map((filter) => {
        const near = like(filter);
        return warning(bundle.name, `"${oneLine(filter, 80)}" matches nothing in it${near === undefined ? "" : `; did you mean "${near}"?`}`);
      }),
    ],
  };
}

function refuse(collisions: readonly (readonly [first: Artifact, second: Artifact])[], own: string | undefined): never {
  const lines = collisions.map(
    ([first, second]) =>
      `${artifactId(first)} is in ${first.bundles.join(", ")} (${first.from}) and, with other content, in ${second.bundles.join(", ")} (${second.from})`,
  );
  const [[first, second] = []] = collisions;
  const more = lines.length > 5 ? `; and ${lines.length - 5} more` : "";
  const way =
    first && second
      ? `Leave it out of ${second.bundles.join(", ")} (--exclude ${first.kind}:${first.name} with aiwg use, or "exclude" in aiwg.jsonc), or ${
          own !== undefined && first.bundles.includes(own) ? `change ${first.from}` : `out of ${first.bundles.join(", ")}`
        }.`
      : "";
  throw new AiwgError("usage", `${lines.slice(0, 5).join("; ")}${more}`, { hint: way });
}

/**
 * The wanted artifacts of all bundles, sorted. The same content under one name in two bundles is one artifact with both as owners;
 * other content throws `usage`, naming both and how to settle it. A name that differs from another of its kind only in case is an
 * error of the later one.
 */
export function mergeBundles(chosen: readonly Chosen[]): { readonly artifacts: readonly Artifact[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const merged = new Map<string, Artifact>();
  const folded = new Map<string, Artifact>();
  const collisions: [Artifact, Artifact][] = [];
  for (const choice of chosen) {
    const { artifacts, diagnostics: told } = choose(choice);
    diagnostics.push(...told);
    for (const artifact of artifacts) {
      const id = artifactId(artifact);
      const known = merged.get(id);
      const like = folded.get(foldName(id));
      if (known && known.hash !== artifact.hash) collisions.push([known, artifact]);
      else if (known) merged.set(id, { ...known, bundles: [...new Set([...known.bundles, ...artifact.bundles])].toSorted(byCodeUnits) });
      else if (like)
        diagnostics.push({
          severity: "error",
          path: artifact.from,
          line: null,
          message: `differs from ${artifactId(like)} (${like.from}) only in case, which many disks cannot tell apart`,
          artifact: id,
        });
      else {
        merged.set(id, artifact);
        folded.set(foldName(id), artifact);
      }
    }
  }
  if (collisions.length > 0) refuse(collisions, chosen.find(({ isOwn }) => isOwn)?.bundle.name);
  return { artifacts: [...merged.values()].toSorted(compareArtifacts), diagnostics };
}
