// A Markdown file with front matter in one dialect: as its author wrote it where that means the same there, else written anew.
// Must not know any dialect.
import type { Artifact, JsonObject, PartFile } from "../model.ts";
import { fileOf, markdownOf, type Fields } from "./front-matter.ts";

type Written = Artifact & { readonly body: string; readonly bytes?: Uint8Array };

/** How a dialect says an artifact. */
export type Dialect = {
  readonly fields: Fields;
  /** Wins over `fields`; with any of it the file is written anew. */
  readonly override: JsonObject;
  /** Whether front matter with these keys (none where there is no front matter) means the same in this dialect. */
  readonly isNative: (keys: readonly string[], head: string) => boolean;
  /** The text where it is not the artifact's own. */
  readonly body?: string;
  /** The field whose text is written without quotes. */
  readonly bare?: string;
};

export function markdownFile(artifact: Written, { fields, override, isNative, body, bare }: Dialect): PartFile {
  const { bytes, overrides } = artifact;
  const own = Object.keys(overrides).length === 0 && Object.keys(override).length === 0 && body === undefined;
  if (own && bytes !== undefined && isUnchanged(bytes, isNative)) return { path: "", bytes, executable: false };
  return fileOf(markdownOf({ ...fields, ...override }, body ?? artifact.body, bare));
}

const HEAD = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n|$)/;
const decoder = new TextDecoder();

function isUnchanged(bytes: Uint8Array, isNative: Dialect["isNative"]): boolean {
  const text = decoder.decode(bytes);
  const head = text.startsWith("---") ? HEAD.exec(text)?.[1] : "";
  if (head === undefined) return false;
  const keys: string[] = [];
  for (const line of head.split("\n")) {
    if (/^(?:[\s#-]|$)/.test(line)) continue;
    const key = /^([\w-]+)[ \t]*:/.exec(line)?.[1];
    if (key === undefined) return false;
    keys.push(key);
  }
  return isNative(keys, head);
}

/** True if the front matter has this `name`, or none. */
export function saysName(head: string, name: string): boolean {
  const said = /^name[ \t]*:[ \t]*(.*?)[ \t]*\r?$/m.exec(head)?.[1];
  return said === undefined || said === name || said === `"${name}"` || said === `'${name}'`;
}
