// What artifacts may be called, and which front-matter keys name a platform. Must not know where names come from.
import type { Kind } from "../model.ts";
import { GROUPS, PLATFORMS } from "../platforms/table.ts";

const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** A name of an artifact that is no skill; not what means something to file systems or to JavaScript objects. */
export const FILE_NAME = /^(?!(?:\.|\.\.|__proto__)$)[A-Za-z0-9._-]{1,128}$/;

/** What is wrong with an artifact's name; undefined for a good one. */
export function nameFault(kind: Kind, name: string): string | undefined {
  if (kind === "skill") {
    const good = SKILL_NAME.test(name) && name.length <= 64;
    return good ? undefined : `a skill's name must be 1-64 of a-z 0-9 in words joined by single hyphens, not "${name.slice(0, 80)}"`;
  }
  return FILE_NAME.test(name) ? undefined : `a name must be 1-128 of A-Z a-z 0-9 . _ -, not "${name.slice(0, 80)}"`;
}

const NAMED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...PLATFORMS.map(({ id }) => [id, [id]] as const),
  ...Object.entries(GROUPS),
]);

/** The platforms that a front-matter key stands for; empty where it names none. */
export function platformsOf(key: string): readonly string[] {
  return NAMED.get(key) ?? [];
}
