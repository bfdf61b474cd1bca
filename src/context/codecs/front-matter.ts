// Markdown with YAML front matter, written so that equal values give equal bytes, and what of unknown keys a client takes.
// Must not know which keys mean what.
import { dump } from "js-yaml";
import type { Artifact, Json, JsonObject, PartFile } from "../model.ts";
import type { FieldLoss } from "./codec.ts";

/** `undefined` members are left out. */
export type Fields = Readonly<Record<string, Json | undefined>>;

const encoder = new TextEncoder();

/** UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text with LF line ends, no blank lines around it, and one line end. "" stays "". */
export function tidyText(text: string): string {
  const lines = text
    .replaceAll(/\r\n?/g, "\n")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
  return lines === "" ? "" : `${lines}\n`;
}

/** YAML of the fields in their order, each on its own line however long it is, quoted where YAML would read it as something else. */
export function yamlOf(fields: Fields): string {
  return dump(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)), { lineWidth: -1, noRefs: true });
}

/** A Markdown file. Without any field it has no front matter. */
export function markdownOf(fields: Fields, body: string): string {
  const text = tidyText(body);
  if (Object.values(fields).every((value) => value === undefined)) return text;
  return `---\n${yamlOf(fields)}---\n${text === "" ? "" : `\n${text}`}`;
}

/** A Markdown file of an artifact, as codecs give it. */
export function fileOf(text: string, written: Uint8Array | null = null): PartFile {
  return { path: "", bytes: written ?? utf8(text), executable: false };
}

/** True if the front matter has this `name`, or none. */
export function saysName(head: string, name: string): boolean {
  const said = /^name[ \t]*:[ \t]*(.*?)[ \t]*\r?$/m.exec(head)?.[1];
  return said === undefined || said === name || said === `"${name}"` || said === `'${name}'`;
}

const HEAD = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)(?<=\n)---[ \t]*(?:\r?\n|$)/;
const decoder = new TextDecoder();

/**
 * The file as its author wrote it, where that means the same in this dialect: no front matter for single platforms, and only
 * keys that `isNative` takes (none for a file without front matter). Else null, and the file is written anew.
 */
export function asWritten(
  artifact: Artifact & { readonly bytes?: Uint8Array },
  override: JsonObject,
  isNative: (keys: readonly string[], head: string) => boolean,
): Uint8Array | null {
  const { bytes, overrides } = artifact;
  if (bytes === undefined || Object.keys(overrides).length > 0 || Object.keys(override).length > 0) return null;
  const text = decoder.decode(bytes);
  const head = text.startsWith("---") || text.startsWith("\uFEFF---") ? HEAD.exec(text)?.[1] : "";
  if (head === undefined) return null;
  const keys: string[] = [];
  for (const line of head.split("\n")) {
    if (/^(?:[\s#-]|$)/.test(line)) continue;
    const key = /^([\w-]+)[ \t]*:/.exec(line)?.[1];
    if (key === undefined) return null;
    keys.push(key);
  }
  return isNative(keys, head) ? bytes : null;
}

const PROTECTING: ReadonlySet<string> = new Set([
  ...["tools", "disallowedTools", "disallowed-tools", "permissionMode", "permission", "permissions", "sandbox_mode"],
  ...["disabled", "disabledTools", "enabled_tools", "disabled_tools"],
]);

/** True for a key that limits what an agent may do, in any dialect. */
export function isProtecting(key: string): boolean {
  return PROTECTING.has(key);
}

/** Which of the keys that mean nothing to us the client takes (`known`), and the losses of the others. */
export function keepKnown(extra: JsonObject, known: ReadonlySet<string>): { readonly kept: JsonObject; readonly losses: readonly FieldLoss[] } {
  const entries = Object.entries(extra);
  if (entries.length === 0) return { kept: extra, losses: [] };
  return {
    kept: Object.fromEntries(entries.filter(([key]) => known.has(key))),
    losses: entries
      .filter(([key]) => !known.has(key))
      .map(([field]) => ({
        field,
        grade: "unsupported" as const,
        note: "has no meaning here",
        ...(isProtecting(field) && { protects: true as const }),
      })),
  };
}
