// What is in an agent's context before it has done anything, as an estimate: 4 bytes a token. Rules that are always loaded,
// and of skills, agents and commands the name and description that clients list. What MCP servers describe is not known here.
import type { ArtifactOf } from "../codecs/codec.ts";
import type { Placement } from "./encode.ts";
import type { Facts } from "../facts.ts";
import type { Artifact } from "../model.ts";
import type { TokenCost } from "../output.ts";
import { classOf, hiderOf, targetsAt, type Place } from "./place.ts";
import type { Platform, ScopeName } from "../platform.ts";

const BYTES_PER_TOKEN = 4;

/** Whole tokens by platform. A platform also pays for what is written for others where it reads. */
export function tokenCost(placements: readonly Placement[], platforms: readonly Platform[], scope: ScopeName, facts: Facts): TokenCost {
  const readers = new Map<Place, readonly string[]>();
  const bytes = new Map(platforms.map(({ id }) => [id, 0]));
  for (const { artifact, place, encoded } of placements) {
    const reading = readers.get(place) ?? (artifact.kind === "rule" ? readersOf(place, platforms, scope, facts) : place.platforms);
    readers.set(place, reading);
    const cost = artifact.kind === "rule" ? Buffer.byteLength(loadedOf(artifact, { place, encoded }, facts)) : listingBytes(artifact);
    for (const id of reading) bytes.set(id, (bytes.get(id) ?? 0) + cost);
  }
  return Object.fromEntries([...bytes].map(([id, sum]) => [id, Math.ceil(sum / BYTES_PER_TOKEN)]));
}

function loadedOf(rule: ArtifactOf<"rule">, { place, encoded }: Pick<Placement, "place" | "encoded">, facts: Facts): string {
  if (place.target.folder !== undefined) return "";
  if (encoded.as === "block") return encoded.text;
  return classOf(rule, facts).scoped ? "" : rule.body;
}

function listingBytes(artifact: Artifact): number {
  if (artifact.kind !== "skill" && artifact.kind !== "agent" && artifact.kind !== "command") return 0;
  return Buffer.byteLength(artifact.name) + Buffer.byteLength(artifact.description ?? "");
}

function readersOf(place: Place, platforms: readonly Platform[], scope: ScopeName, facts: Facts): readonly string[] {
  return platforms
    .filter((platform) => {
      if (place.platforms.includes(platform.id)) return true;
      if (platform.alsoReads?.some(({ path }) => path === place.target.path)) return true;
      return targetsAt(platform, scope, place.target.path, "rule").some((target) => hiderOf(target, place.path, facts) === null);
    })
    .map(({ id }) => id);
}
