// TOML of plain values. Must not know which file it is for.
import { stringify } from "smol-toml";
import type { Json, JsonObject } from "../model.ts";

// TOML has no null; a member that is null is as good as absent.
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** TOML text with one line end at its end; nulls are left out. */
export function tomlOf(value: JsonObject): string {
  return `${stringify(withoutNulls(value)).trimEnd()}\n`;
}

/** A TOML string with its lines as lines, so that people can read and compare it; a plain string would be one. */
export function tomlText(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"""', '""\\"')
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/"$/, '\\"');
  return `"""\n${escaped}"""`;
}
