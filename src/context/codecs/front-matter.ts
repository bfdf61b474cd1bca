// Markdown with YAML front matter, written so that equal values give equal bytes, and what of unknown keys a client takes.
// Must not know which keys mean what.
import { dump } from "js-yaml";
import type { Json, JsonObject, PartFile } from "../model.ts";
import type { FieldLoss } from "./field-loss.ts";

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

/**
 * YAML of the fields in their order, each on its own line however long it is, quoted where YAML would read it as something else;
 * but for the one called `bare`, where a line can hold it as it is.
 */
export function yamlOf(fields: Fields, bare?: string): string {
  const lines = Object.entries(fields).map(([key, value]) => {
    if (value === undefined) return "";
    if (key === bare && typeof value === "string" && /^[^\s"'#][^\r\n#]*$/.test(value)) return `${key}: ${value}\n`;
    return dump({ [key]: value }, { lineWidth: -1, noRefs: true });
  });
  return lines.join("");
}

/** A Markdown file. Without any field it has no front matter. `bare` as in `yamlOf`. */
export function markdownOf(fields: Fields, body: string, bare?: string): string {
  const text = tidyText(body);
  if (Object.values(fields).every((value) => value === undefined)) return text;
  return `---\n${yamlOf(fields, bare)}---\n${text === "" ? "" : `\n${text}`}`;
}

/** The one file of an artifact, as codecs give it. */
export function fileOf(text: string): PartFile {
  return { path: "", bytes: utf8(text), executable: false };
}

const PROTECTING: ReadonlySet<string> = new Set([
  ...["tools", "disallowedTools", "disallowed-tools", "permissionMode", "permission", "permissions", "sandbox_mode"],
  ...["disabled", "disabledTools", "enabled_tools", "disabled_tools"],
]);

/** True for a key that limits what an agent may do, in any dialect. */
export function isProtecting(key: string): boolean {
  return PROTECTING.has(key);
}

/** Whether a client takes a value; a wrong one can stop some clients from starting. */
export type Check = (value: Json) => boolean;

export const isText: Check = (value) => typeof value === "string";
export const isNumber: Check = (value) => typeof value === "number";
export const isFlag: Check = (value) => typeof value === "boolean";
export const isTextList: Check = (value) => Array.isArray(value) && value.every(isText);

/** Keys as tables of dialects have them: with any value, or one that passes its check. */
export type KnownKeys = readonly string[] | ReadonlyMap<string, Check>;

/** The same, to look keys up in. */
export function knownOf(keys: KnownKeys = []): ReadonlySet<string> | ReadonlyMap<string, Check> {
  return "get" in keys ? keys : new Set(keys);
}

/** Which of the keys that mean nothing to us the client takes, with any value or one that passes its check, and the losses of the others. */
export function keepKnown(
  extra: JsonObject,
  known: ReadonlySet<string> | ReadonlyMap<string, Check>,
): { readonly kept: JsonObject; readonly losses: readonly FieldLoss[] } {
  const entries = Object.entries(extra);
  if (entries.length === 0) return { kept: extra, losses: [] };
  const takes = (key: string, value: Json): boolean => known.has(key) && (!("get" in known) || known.get(key)?.(value) === true);
  return {
    kept: Object.fromEntries(entries.filter(([key, value]) => takes(key, value))),
    losses: entries
      .filter(([key, value]) => !takes(key, value))
      .map(([field]) => ({
        field,
        grade: "unsupported" as const,
        note: known.has(field) ? "is no value that it takes here" : "has no meaning here",
        ...(isProtecting(field) && { protects: true as const }),
      })),
  };
}
