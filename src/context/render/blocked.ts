// What to tell when a person's file, or another platform, leaves no place for some artifacts. Pure text.
import { artifactId, type Artifact, type Diagnostic } from "../model.ts";
import type { Blocker, Rivals, Unserved } from "./place.ts";

/** Why a command has no place: who shares the folder. */
export function rivalsText({ folder, readers }: Rivals): string {
  const [they, have] = readers.length === 1 ? ["reads", "has"] : ["read", "have"];
  return `${fewOf(readers)} ${they} ${folder} too and ${have} commands, so there would be two of one name`;
}

/** One warning for the platforms that get none of these commands since others share the folder. */
export function rivalsNotes(unserved: readonly Unserved[], artifacts: readonly Artifact[]): readonly Diagnostic[] {
  const told = Map.groupBy(unserved, ({ blockedBy, rivals }) => (rivals === null || blockedBy.length > 0 ? null : `${rivals.folder}: ${rivalsText(rivals)}`));
  return [...told].flatMap(([reason, group]) => {
    const rivals = group[0]?.rivals;
    if (reason === null || !rivals) return [];
    const left = `${namesOf(artifacts)} left out for ${group.map(({ platform }) => platform).join(", ")}`;
    const way = artifacts.length === 1 ? "Made a skill, it reaches them all." : "Made skills, they reach them all.";
    return [{ severity: "warn" as const, path: rivals.folder, line: null, message: `${left}: ${rivalsText(rivals)}. ${way}` }];
  });
}

/** One conflict for a platform and a class of artifacts, none where no file is in the way. */
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
  return fewOf(artifacts.map(artifactId).toSorted());
}

function fewOf(names: readonly string[]): string {
  const rest = names.length - 3;
  return rest > 0 ? `${names.slice(0, 3).join(", ")} and ${rest} more` : names.join(", ");
}
