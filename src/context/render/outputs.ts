// A placement as outputs: units, owners, hashes, pointers. Blocks are given back as parts, since a block has many artifacts.
// Pure. Must not know platforms or codecs.
import { hash } from "node:crypto";
import { canonicalJson, jsonPointer } from "../../core/json.ts";
import type { BlockPart, Block } from "./blocks.ts";
import type { Facts } from "../facts.ts";
import { artifactId, type Artifact, type PartFile } from "../model.ts";
import type { At, Output, Owner } from "../output.ts";
import type { Placement } from "./encode.ts";
import type { Kept } from "./place.ts";

/** sha256 in hex. The same bytes object is hashed once. */
export type Digest = (content: Uint8Array | string) => string;

export function createDigest(): Digest {
  const known = new Map<Uint8Array, string>();
  return (content) => {
    if (typeof content === "string") return hash("sha256", content);
    const digest = known.get(content) ?? hash("sha256", content);
    known.set(content, digest);
    return digest;
  };
}

/** Every platform with every bundle of the artifact, sorted. */
export function ownersOf(artifact: Artifact, platforms: readonly string[]): readonly Owner[] {
  const id = artifactId(artifact);
  return platforms.toSorted().flatMap((platform) => artifact.bundles.map((bundle): Owner => [platform, bundle, id]));
}

// A behavior's scripts and all of its hooks are one unit: none of them is of use alone.
const unitOf = ({ artifact, path }: Placement): string => (artifact.kind === "behavior" ? artifactId(artifact) : `${artifactId(artifact)}@${path}`);

/** Outputs of a placement; none for one that is part of a block. */
export function outputsOf(placement: Placement, digest: Digest): readonly Output[] {
  const { artifact, place, path, encoded } = placement;
  const common = { unit: unitOf(placement), owners: ownersOf(artifact, place.platforms), limit: place.limit };
  if (encoded.as === "files") return encoded.files.map((file) => ({ ...common, ...fileAt(path, file, digest) }));
  if (encoded.as === "values")
    return encoded.values.map(({ event, name, value, mark }): Output => {
      const content = mark === undefined ? ({ as: "value", value } as const) : ({ as: "member", value, mark } as const);
      return { ...common, path, at: pointerOf(place.target.at ?? "", event, name), content, hash: digest(canonicalJson(value)) };
    });
  return [];
}

/** What a placement shares with others at its place: the same unit as its own outputs, until others join. */
export function sharedOf(placement: Placement, digest: Digest): readonly Output[] {
  const { artifact, place, path, encoded } = placement;
  const common = { unit: unitOf(placement), owners: ownersOf(artifact, place.platforms), limit: place.limit };
  if (encoded.as === "files") return (encoded.shared ?? []).map((file) => ({ ...common, ...fileAt(path, file, digest) }));
  if (encoded.as !== "values") return [];
  return (encoded.beside ?? []).map(({ at, value }) => ({ ...common, path, at, content: { as: "value", value }, hash: digest(canonicalJson(value)) }));
}

/** Names of a person's files that a placement would hide, in the settings of those who would no longer read them. */
export function keptOutputs({ artifact }: Placement, kept: readonly Kept[], digest: Digest): readonly Output[] {
  return kept.map(({ reader, file, path, at }) => ({
    ...{ path, at: `${at}${jsonPointer([file])}` as At, unit: `kept@${path}`, owners: ownersOf(artifact, [reader]), limit: null },
    ...{ content: { as: "member", value: file, mark: JSON.stringify(file) }, hash: digest(canonicalJson(file)) },
  }));
}

/** Shared outputs once each, with all their owners. One that several artifacts need is a unit of its own: it stands without any one of them. */
export function joinShared(outputs: readonly Output[]): readonly Output[] {
  const groups = Map.groupBy(outputs, ({ path, at, hash }) => [path, at ?? "", hash].join("\n"));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const owners = [...new Map(group.flatMap((each) => each.owners).map((owner) => [owner.join("\n"), owner])).entries()];
    const own = group.every(({ unit }) => unit === first.unit);
    const unit = own ? first.unit : `shared@${first.path}${first.at ?? ""}`;
    return [{ ...first, unit, owners: owners.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, owner]) => owner) }];
  });
}

function fileAt(path: string, file: PartFile, digest: Digest): Pick<Output, "path" | "at" | "content" | "hash"> {
  const content = { as: "file", bytes: file.bytes, mode: file.executable ? 0o755 : 0o644 } as const;
  return { path: file.path === "" ? path : `${path}/${file.path}`, at: null, content, hash: file.digest ?? digest(file.bytes) };
}

function pointerOf(template: string, event: string, name: string): At {
  const tokens = template.split("/").slice(1);
  return `/${jsonPointer(tokens.map((token) => (token === "{event}" ? event : token === "{name}" ? name : token))).slice(1)}`;
}

/** The part of a block that a placement is; null for one that is none. */
export function blockPartOf({ artifact, place, path, encoded }: Placement): BlockPart | null {
  if (encoded.as !== "block") return null;
  const { text, syntax, claims = [] } = encoded;
  return { artifact, path, text, syntax, claims, owners: ownersOf(artifact, place.platforms), limit: place.limit, limitedBy: place.limitedBy };
}

export function blockOutput({ path, bundle, syntax, text, limit, parts }: Block, digest: Digest): Output {
  const claims = parts.flatMap((part) => part.claims);
  const owners = parts.flatMap((part) => part.owners).toSorted((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1));
  const content = { as: "block", text, syntax, claims } as const;
  return { path, at: `block:${bundle}`, unit: `block:${bundle}@${path}`, content, hash: digest(text), owners, limit };
}

/** The files of a behavior, which lie once for all platforms. The program itself is executable whatever the source says. */
export function scriptOutputs(
  artifact: Extract<Artifact, { kind: "behavior" }>,
  platforms: readonly string[],
  facts: Facts,
  digest: Digest,
): readonly Output[] {
  const program = artifact.run[0]?.replace(/^\.\//, "");
  return artifact.files.map(({ path, bytes, executable, digest: known }) => ({
    path: `${facts.behaviors ?? ""}/${artifact.name}/${path}`,
    at: null,
    unit: artifactId(artifact),
    content: { as: "file", bytes, mode: executable || path === program ? 0o755 : 0o644 } as const,
    hash: known ?? digest(bytes),
    owners: ownersOf(artifact, platforms),
    limit: null,
  }));
}
