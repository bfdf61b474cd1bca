// What shall stand on disk, what the lock says of it, and what a deploy would change: the values between render, plan and
// apply. Must not read or write anything.
import type { Diagnostic, Json } from "./model.ts";

/** Which part of a file is meant: all of it, a bundle's marked block, or a value (RFC 6901 pointer). */
export type At = null | `block:${string}` | `/${string}`;

/** Who needs an output: platform id, bundle name, `kind/name`. */
export type Owner = readonly [platform: string, bundle: string, artifact: string];

/** Owner of what is no artifact's, such as a block of ignored paths. */
export const AIWG_OWNER: Owner = ["aiwg", "aiwg", "ignore/paths"];

/** What shall stand at a place. A `member` is an entry of the array at the pointer without its last token; `mark` is a text that only our entry holds. */
export type Content =
  | { readonly as: "file"; readonly bytes: Uint8Array; readonly mode: 0o644 | 0o755 }
  | { readonly as: "block"; readonly text: string; readonly syntax: "html" | "hash"; readonly claims: readonly string[] }
  | { readonly as: "value"; readonly value: Json }
  | { readonly as: "member"; readonly value: Json; readonly mark: string };

/** One wanted place. Outputs with the same `unit` stand or fall together (an artifact at a place; a behavior's script with its hook entry). */
export type Output = {
  /** Forward slashes, relative to the root; never absolute, never with `..`. */
  readonly path: string;
  readonly at: At;
  readonly unit: string;
  readonly content: Content;
  /** sha256 (hex): of the bytes; of a block's text, which has LF and none at its end; of a value's canonical JSON. */
  readonly hash: string;
  /** Sorted. */
  readonly owners: readonly Owner[];
  /** Bytes beyond which the client stops reading the file; null without limit. */
  readonly limit: number | null;
};

/** One line of the lock (contract §7). `mode` is octal text ("644", "755") for files, null elsewhere. */
export type Locked = {
  readonly path: string;
  readonly at: At;
  readonly hash: string;
  readonly mode: "644" | "755" | null;
  readonly owners: readonly Owner[];
  readonly origin: "created" | "adopted";
};

/** The lock file. `created` are folders, shared files and (as `path#/pointer`, `path#` of the root) parents in JSON that did not exist before us; `kept` are places given back to the person. */
export type Lock = {
  readonly lock: 1;
  readonly bundles: Readonly<Record<string, { readonly source: string; readonly rev: string | null; readonly integrity: string }>>;
  readonly outputs: readonly Locked[];
  readonly created: readonly string[];
  readonly kept: readonly { readonly path: string; readonly at: At }[];
};

/**
 * What a deploy would do to one place. `record`: nothing is written, the lock learns what is there. `conflict` and `keep` change nothing;
 * a conflict says why in `reason`.
 */
export type Change = {
  readonly op: "create" | "update" | "delete" | "adopt" | "record" | "conflict" | "keep";
  readonly path: string;
  readonly at: At;
  readonly unit: string;
  readonly owners: readonly Owner[];
  readonly reason: string | null;
  /** What is there and what will be, as text for a diff, read when it is asked for; null for nothing there, or what is not text. */
  readonly before: string | null;
  readonly after: string | null;
};

/** State of one place as `status` tells it (contract §5). */
export type UnitState = "current" | "edited" | "missing" | "stale" | "foreign" | "kept";

/** Always-loaded tokens (estimated at 4 bytes each) by platform. */
export type TokenCost = Readonly<Record<string, number>>;

/** One field of one artifact that a platform does not get as it was. */
export type Fidelity = {
  readonly platform: string;
  readonly kind: string;
  readonly name: string;
  readonly field: string;
  readonly grade: "translated" | "degraded" | "unsupported";
  readonly note: string;
  readonly protects: boolean;
};

/** What render gives to plan. */
export type Rendered = {
  readonly outputs: readonly Output[];
  readonly fidelity: readonly Fidelity[];
  readonly tokens: TokenCost;
  readonly diagnostics: readonly Diagnostic[];
  /** What was left out since a person's file, or another artifact, stands in its way (exit 4). */
  readonly conflicts: readonly Diagnostic[];
};
