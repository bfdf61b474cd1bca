// What a platform is: a row of data that says which places a client reads, in which encoding, and how we know.
// Must not know any particular platform; `platforms/` has one file each.
import type { CodecId } from "./codecs/codec.ts";
import type { Kind } from "./model.ts";

/** How we know that a place is read: seen with the real client, the vendor's word, or what another tool writes. */
export type Evidence = "observed" | "vendor" | "peer";

/**
 * One place that a client reads for one kind of artifact. Two rows that name the same `place`, `path` and `at` mean one place:
 * what is written there once serves both.
 */
export type Target = {
  /** `file`: ours as a whole. `block`: a marked part of somebody's text. `key`: a value at a key path of somebody's JSON(C). */
  readonly place: "file" | "block" | "key";
  /** Forward slashes, relative to the root of the scope; `{name}` stands for the artifact's name, `{folder}` for a rule's. A skill's names its folder. */
  readonly path: string;
  /** Other names under which the client reads the same settings, those that win first; the first that a person already has is written, else `path`. */
  readonly alternatives?: readonly string[];
  /** For `key`: RFC 6901 pointer of the value; `{name}`, `{event}` as in `path`. */
  readonly at?: string;
  readonly codec: CodecId;
  /** Only for some rules: scoped ones (with globs), those for all files of one folder, or those that are always loaded. Not `folder` where absent. */
  readonly only?: "scoped" | "folder" | "always";
  /** What `{folder}` stands for: no row has it (see `inFolders`). */
  readonly folder?: string;
  /** Bytes of the whole file beyond which the client stops reading. */
  readonly limit?: number;
  /** Files (beside it, of the same root) that stop the client from reading this place while something stands in them. */
  readonly hiddenBy?: readonly string[];
  /** Files of `hiddenBy` do so even while they are empty. */
  readonly blankHides?: boolean;
  /** Files of a person that the client stops reading once this place exists. */
  readonly hides?: readonly string[];
  /** A list in the client's settings: a file of `hides` that is named there is read all the same. */
  readonly keepsReading?: { readonly path: string; readonly alternatives?: readonly string[]; readonly at: string };
  /** What must be true outside of the files for the client to read it (a trust gate), told by `doctor`. */
  readonly gate?: string;
  /** What the client does not honour here; fidelity says it. */
  readonly caveat?: string;
  readonly evidence: Evidence;
  /** Date (YYYY-MM-DD) of the observation or look-up, and the client's version where it was seen. */
  readonly checkedOn: string;
  readonly client?: string;
};

/** Targets by kind, the preferred one first. A kind that is absent is not supported in this scope. */
export type Scope = Partial<Readonly<Record<Kind, readonly Target[]>>>;

export type ScopeName = "project" | "user";

export type Platform = {
  /** As in `--to`. */
  readonly id: string;
  readonly label: string;
  /** The vendor's documentation of these files. */
  readonly docs: string;
  /** What a person should know before choosing it: that it ended or was renamed, what of it cannot be written here. */
  readonly note?: string;
  /** Paths of a project whose presence says that the platform is in use there. */
  readonly detect: readonly string[];
  readonly project: Scope;
  readonly user: Scope;
  /** Model names for the tiers of an agent's `model`; absent ones leave the client's default. */
  readonly models?: Partial<Readonly<Record<"reasoning" | "coding" | "fast", string>>>;
  /** Places that the client reads too, though we never write there for it: `doctor` looks for duplicates and dead files. */
  readonly alsoReads?: readonly { readonly path: string; readonly kind: Kind }[];
  /** Variables of the environment that move the user scope elsewhere, told by `doctor`. */
  readonly movedBy?: readonly string[];
};
