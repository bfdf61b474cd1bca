// Markdown with YAML front matter, written so that equal values give equal bytes, and what of unknown keys a client takes.
// Must not know which keys mean what.
import { dump } from "js-yaml";
import type { Json, JsonObject } from "../model.ts";
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
