// Which of what a person has becomes an artifact of ours, and why the rest does not: only what a deploy would leave byte for byte.
// Must not write anything.
import type { Facts } from "../facts.ts";
import { type Artifact, artifactId, type Diagnostic } from "../model.ts";
import type { ModelChoices } from "../render/models.ts";
import type { Fidelity, Output, Rendered } from "../output.ts";
import type { Platform } from "../platform.ts";
import { render } from "../render/render.ts";
import { findStanding, type Standing, type StandingPlace } from "./find.ts";
import { type ImportOptions, staysNote } from "./look.ts";

const keyOf = ({ path, at }: Pick<StandingPlace | Output, "path" | "at">): string => `${path}\0${at ?? ""}`;

// What those that an output is for would not get, where that is why.
function lossesOf(id: string, fidelity: readonly Fidelity[], { owners }: Output): string {
  const platforms = new Set(owners.map(([platform]) => platform));
  const lost = fidelity.filter(({ kind, name, grade, platform }) => `${kind}/${name}` === id && grade !== "translated" && platforms.has(platform));
  const said = [...new Set(lost.map(({ platform, field, note }) => `${field === "*" ? platform : field}: ${note}`))].slice(0, 3);
  return said.length === 0 ? "" : ` (${said.join("; ")})`;
}

/**
 * Those artifacts that a deploy would leave as they stand: at each of their places the outputs of a render of them want exactly what
 * is there. The others stay a person's own, with a note that says where.
 */
export function keepExact(
  found: readonly Standing[],
  { outputs, fidelity }: Pick<Rendered, "outputs" | "fidelity">,
): { readonly exact: readonly Standing[]; readonly diagnostics: readonly Diagnostic[] } {
  const wanted = new Map(outputs.map((output) => [keyOf(output), output]));
  const exact: Standing[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const standing of found) {
    const { artifact, places } = standing;
    const other = places.find((place) => {
      const output = wanted.get(keyOf(place));
      const mode = output?.content.as === "file" ? output.content.mode : null;
      return output?.hash !== place.hash || mode !== place.mode;
    });
    const id = artifactId(artifact);
    if (other === undefined) exact.push(standing);
    else {
      const there = wanted.get(keyOf(other));
      const message =
        there !== undefined
          ? `a deploy would write ${other.path} in other words${lossesOf(id, fidelity, there)}`
          : `a deploy would write ${id} at another place`;
      diagnostics.push(staysNote(artifact.from, message));
    }
  }
  return { exact, diagnostics };
}

/** `from` are the platforms to look at, `platforms` those of the deploy that follows; `share`: also what that would write elsewhere too. */
export type ImportInput = Omit<ImportOptions, "platforms"> & {
  readonly from: readonly Platform[];
  readonly platforms: readonly Platform[];
  /** What is there, as a deploy of these artifacts asks. */
  readonly facts: (artifacts: readonly Artifact[]) => Facts;
  readonly models: ModelChoices;
  readonly share: boolean;
};

/** What is taken over, and a note for everything that stays as it is. Throws as `findStanding`. */
export function chooseImports(input: ImportInput): { readonly taken: readonly Artifact[]; readonly notes: readonly Diagnostic[] } {
  const { platforms, scope, facts, models } = input;
  const standing = findStanding({ ...input, platforms: input.from });
  const artifacts = standing.found.map(({ artifact }) => artifact);
  const rendered = render({ artifacts, platforms, scope, facts: facts(artifacts), models });
  const { exact, diagnostics } = keepExact(standing.found, rendered);
  const places = new Set(standing.found.flatMap((one) => one.places.map(keyOf)));
  const taken: Artifact[] = [];
  const notes = [...standing.diagnostics, ...diagnostics];
  for (const { artifact } of exact) {
    const id = artifactId(artifact);
    const elsewhere = rendered.outputs.find((output) => output.owners.some((owner) => owner[2] === id) && !places.has(keyOf(output)));
    if (input.share || elsewhere === undefined) taken.push(artifact);
    else notes.push(staysNote(artifact.from, `a deploy would also write ${elsewhere.path}; --share takes it over all the same`));
  }
  return { taken, notes };
}
