// What to tell when a person's file leaves no place for some artifacts. Pure text.
import { artifactId, type Artifact, type Diagnostic } from "../model.ts";
import type { Blocker, Unserved } from "./place.ts";

/** One conflict for a platform and a class of artifacts, none where the platform simply has no such kind. */
export function blockedNote({ platform, blockedBy }: Unserved, artifacts: readonly Artifact[]): Diagnostic | null {
  const [first] = blockedBy;
  if (first === undefined) return null;
  const left = `${namesOf(artifacts)} left out for ${platform}`;
  return { severity: "error", path: first.path, line: null, message: `${left}: ${reasonOf(first)}` };
}

function reasonOf({ path, file, how, from }: Blocker): string {
  return how === "hides"
    ? `${from} does not read this file while there is your ${file}. Move what ${file} says into ${path} and remove it, or leave ${from} out of the platforms.`
    : `once this file exists, ${from} no longer reads your ${file}. Move what ${file} says into ${path}, which is then yours, or leave ${from} out of the platforms.`;
}

function namesOf(artifacts: readonly Artifact[]): string {
  const names = artifacts.map(artifactId).toSorted();
  const rest = names.length - 3;
  return rest > 0 ? `${names.slice(0, 3).join(", ")} and ${rest} more` : names.join(", ");
}
