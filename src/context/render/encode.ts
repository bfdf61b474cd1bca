// One artifact at one place: what its codec makes of it, for whom, and what each of them loses. Pure.
import type { Encoded } from "../codecs/codec.ts";
import type { FieldLoss } from "../codecs/field-loss.ts";
import { isProtecting } from "../codecs/front-matter.ts";
import { CODEC_TABLE } from "../codecs/table.ts";
import type { Facts } from "../facts.ts";
import type { Artifact, JsonObject, Kind } from "../model.ts";
import { resolveModel, type ModelChoices } from "./models.ts";
import type { Fidelity } from "../output.ts";
import { targetsAt, type Place } from "./place.ts";
import type { Platform, ScopeName } from "../platform.ts";

/** What encoding needs beside artifact and place. */
export type EncodeInput = {
  readonly platforms: readonly Platform[];
  readonly scope: ScopeName;
  readonly facts: Facts;
  readonly models: ModelChoices;
};

/** An artifact where it shall stand. `path` is final. */
export type Placement = { readonly artifact: Artifact; readonly place: Place; readonly path: string; readonly encoded: Encoded };

/** Encodes; adds to `fidelity` for every platform that the place serves. */
export function encode(artifact: Artifact, place: Place, input: EncodeInput, fidelity: Fidelity[]): Placement {
  const { facts, scope } = input;
  const served = input.platforms.filter(({ id }) => place.platforms.includes(id));
  const models = new Map(
    artifact.kind === "agent" ? served.map((platform) => [platform.id, resolveModel(platform, input.models, artifact.model)] as const) : [],
  );
  const model = models.get(place.primary)?.model ?? null;
  const speaking = served.filter((platform) => speaks(platform, artifact.kind, place, scope)).map(({ id }) => id);
  const override = mergedOverride(artifact, place, speaking);
  const encoded = CODEC_TABLE[place.target.codec](artifact, {
    platform: place.primary,
    scope,
    model,
    behaviorDir: `${facts.behaviorsShown}/${artifact.name}`,
    override,
  });
  const tell = (platform: string, { field, grade, note, protects }: FieldLoss): void => {
    fidelity.push({ platform, kind: artifact.kind, name: artifact.name, field, grade, note, protects: protects === true });
  };
  for (const platform of served) {
    for (const loss of encoded.losses) tell(platform.id, loss);
    const wanted = models.get(platform.id);
    if (wanted !== undefined && wanted.model !== model)
      tell(platform.id, { field: "model", grade: "degraded", note: `shares the file with ${place.primary}, whose model it names` });
    else if (wanted !== undefined && wanted.loss !== null) tell(platform.id, wanted.loss);
    for (const loss of overrideLosses(artifact, place, platform.id, override)) tell(platform.id, loss);
    for (const field of platform.id === place.primary ? [] : Object.keys(artifact.extra).filter(isProtecting))
      tell(platform.id, { field, grade: "unsupported", note: `a key of ${place.primary}, which shares the file`, protects: true });
    if (artifact.kind === "behavior" && platform.id !== place.primary)
      tell(platform.id, { field: "AIWG_PLATFORM", grade: "degraded", note: `says ${place.primary}, whose hooks these are` });
    // Of a path that has a target for each sort of rule, the one that was chosen.
    const caveat = targetsAt(platform, scope, place.target.path, artifact.kind).find(
      ({ codec, only }) => codec === place.target.codec && (only === undefined || place.target.only === undefined || only === place.target.only),
    )?.caveat;
    if (caveat !== undefined) tell(platform.id, { field: "*", grade: "degraded", note: caveat });
  }
  return { artifact, place, path: pathFor(artifact, place), encoded };
}

function pathFor({ name }: Artifact, { path }: Place): string {
  return path.replaceAll("{name}", name);
}

/** True if the place is in the words that a platform prefers: overrides for the platform are in those. */
function speaks(platform: Platform, kind: Kind, { target }: Place, scope: ScopeName): boolean {
  const files = (platform[scope][kind] ?? []).filter(({ place }) => place !== "block");
  return files[0]?.codec === target.codec;
}

/** Overrides of those that speak the place's words, the primary's last, so that it wins. */
function mergedOverride({ overrides }: Artifact, { primary }: Place, speaking: readonly string[]): JsonObject {
  const ids = [...speaking.filter((id) => id !== primary), primary];
  return Object.assign({}, ...ids.map((id) => overrides[id] ?? {})) as JsonObject;
}

function overrideLosses(artifact: Artifact, place: Place, platform: string, merged: JsonObject): readonly FieldLoss[] {
  const own = artifact.overrides[platform] ?? {};
  if (place.target.place === "block" && artifact.kind === "rule")
    return Object.keys(own).map((field) => ({ field, grade: "unsupported" as const, note: "a part of a shared file has no front matter" }));
  const path = pathFor(artifact, place);
  const fields = [...new Set([...Object.keys(merged), ...Object.keys(own)])].filter((field) => own[field] !== merged[field]);
  return fields.map((field) => ({
    ...{ field, grade: "degraded" as const, ...(isProtecting(field) && { protects: true as const }) },
    note: field in merged ? `set for another platform, which shares ${path}` : `its own is left out: ${path} is in the words of ${place.primary}`,
  }));
}
