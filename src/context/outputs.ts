// A placement as outputs: units, owners, hashes, pointers. Blocks are given back as parts, since a block has many artifacts.
// Pure. Must not know platforms or codecs.
import { hash } from "node:crypto";
import { canonicalJson, jsonPointer } from "../core/json.ts";
import type { BlockPart, Block } from "./blocks.ts";
import type { Facts } from "./facts.ts";
import { artifactId, type Artifact } from "./model.ts";
import type { At, Output, Owner } from "./output.ts";
import type { Placement } from "./encode.ts";

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
  if (encoded.as === "files")
    return encoded.files.map((file): Output => {
      const content = { as: "file", bytes: file.bytes, mode: file.executable ? 0o755 : 0o644 } as const;
      return { ...common, path: file.path === "" ? path : `${path}/${file.path}`, at: null, content, hash: file.digest ?? digest(file.bytes) };
    });
  if (encoded.as === "values")
    return encoded.values.map(({ event, name, value, mark }): Output => {
      const content = mark === undefined ? ({ as: "value", value } as const) : ({ as: "member", value, mark } as const);
      return { ...common, path, at: pointerOf(place.target.at ?? "", event, name), content, hash: digest(canonicalJson(value)) };
    });
  return [];
}

function pointerOf(template: string, event: string, name: string): At {
  const tokens = template.split("/").slice(1);
  return `/${jsonPointer(tokens.map((token) => (token === "{event}" ? event : token === "{name}" ? name : token))).slice(1)}`;
}

/** The part of a block that a placement is; null for one that is none. */
export function blockPartOf({ artifact, place, path, encoded }: Placement): BlockPart | null {
  if (encoded.as !== "block") return null;
  const { text, syntax, claims = [] } = encoded;
  return { artifact, path, text, syntax, claims, owners: ownersOf(artifact, place.platforms), limit: place.limit };
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
