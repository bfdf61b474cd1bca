// What a codec is: a pure function from one artifact to what stands at a place, with what got lost on the way.
// Must not know paths, platforms or disks.
import { invariant } from "../../core/errors.ts";
import type { Artifact, Json, JsonObject, Kind, PartFile } from "../model.ts";
import type { AGENT_DIALECTS } from "./agent-dialects.ts";
import type { COMMAND_DIALECTS } from "./command-dialects.ts";
import type { FieldLoss } from "./field-loss.ts";
import type { HOOK_DIALECTS } from "./hook-dialects.ts";
import type { MCP_DIALECTS } from "./mcp-dialects.ts";
import type { RULE_DIALECTS } from "./rule-dialects.ts";

/** Every encoding there is; `codecs/table.ts` has a function for each, the families of dialects from tables of data. */
export type CodecId =
  | "rule-block" // Markdown part of a shared file such as AGENTS.md
  | "folder-block" // the same in a folder that the rule is for
  | "skill-folder"
  | keyof typeof RULE_DIALECTS
  | keyof typeof AGENT_DIALECTS
  | "cline-agent"
  | "codex-agent"
  | "kiro-cli-agent"
  | keyof typeof COMMAND_DIALECTS
  | "command-as-skill"
  | "gemini-command"
  | "goose-recipe"
  | keyof typeof MCP_DIALECTS
  | "codex-mcp"
  | "grok-mcp"
  | keyof typeof HOOK_DIALECTS
  | "antigravity-hooks"
  | "cline-hooks"
  | "copilot-hooks"
  | "goose-plugin"
  | "grok-hooks"
  | "kiro-hooks"
  | "openclaw-hook"
  | "opencode-plugin";

/** What a codec makes of an artifact; paths of `files` are relative to the target's path, "" being the target itself. */
export type Encoded = {
  readonly losses: readonly FieldLoss[];
} &
  /** `shared` are files that others at this place make just so, and that stay as long as one of them is there. */
  (
    | { readonly as: "files"; readonly files: readonly PartFile[]; readonly shared?: readonly PartFile[] }
    /** Text of a block without a line end at its end; `claims` are TOML tables (dotted) that the block defines, so that a person's own can be told apart. */
    | { readonly as: "block"; readonly text: string; readonly syntax: "html" | "hash"; readonly claims?: readonly string[] }
    /** Values by what stands for `{event}` and `{name}` in the target's pointer; with a `mark` the value is an entry of an array. `beside` are shared ones, by pointer. */
    | { readonly as: "values"; readonly values: readonly EncodedValue[]; readonly beside?: readonly { readonly at: `/${string}`; readonly value: Json }[] }
    /** Nothing of it can stand at this place; the losses say why. */
    | { readonly as: "nothing" }
  );

/** `mark` is a text that only this entry holds (see `Content`). */
export type EncodedValue = { readonly event: string; readonly name: string; readonly value: Json; readonly mark?: string };

/** What a codec may ask about the place it encodes for. */
export type CodecContext = {
  readonly platform: string;
  readonly scope: "project" | "user";
  /** The artifact's `model` as this platform writes it; null leaves the client's default. */
  readonly model: string | null;
  /** Folder of a behavior's script, relative to the project's root (or absolute in user scope). */
  readonly behaviorDir: string;
  /** Front matter (or entry members) meant for this place alone; wins over what the artifact says. */
  readonly override: JsonObject;
};

export type Codec = (artifact: Artifact, context: CodecContext) => Encoded;

export type ArtifactOf<K extends Kind> = Extract<Artifact, { readonly kind: K }>;

function isKind<K extends Kind>(artifact: Artifact, kind: K): artifact is ArtifactOf<K> {
  return artifact.kind === kind;
}

/** A codec of one kind; the rows of the platforms pair it with no other. */
export function codecOf<K extends Kind>(kind: K, encode: (artifact: ArtifactOf<K>, context: CodecContext) => Encoded): Codec {
  return (artifact, context) => {
    invariant(isKind(artifact, kind), `a codec for ${kind} got ${artifact.kind}`);
    return encode(artifact, context);
  };
}
