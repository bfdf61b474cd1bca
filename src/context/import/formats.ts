// Texts of other clients' formats as JSON objects, or why not: TOML, YAML, JSON with comments. Pure; must not know what they say.
import { parse, TomlError } from "smol-toml";
import { parseJsonc } from "../../core/jsonc.ts";
import { readYaml } from "../edit/yaml-value.ts";
import type { JsonObject } from "../model.ts";
import { judge } from "../parse/front-matter.ts";

/** Something in our words, or why it stays as it is. */
export type Translated<T> = { readonly value: T } | { readonly refused: string };

/** True for an object that JSON can hold, all the way down. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && judge(value) === undefined;

const objectOr = (value: unknown, otherwise: string): Translated<JsonObject> =>
  isJsonObject(value) ? { value } : { refused: `it holds ${judge(value) ?? otherwise}` };

/** The tables of a TOML text; dates have no JSON. */
export function readToml(text: string): Translated<JsonObject> {
  try {
    return objectOr(parse(text, { maxDepth: 32 }), "no tables");
  } catch (error) {
    return { refused: error instanceof TomlError ? `line ${error.line} is not valid TOML` : "it cannot be read as TOML" };
  }
}

/** What a file of settings holds; `lineOf` gives the 1-based line of a path of keys, null where that is not known. */
export type Settings =
  | { readonly value: JsonObject; readonly lineOf: (path: readonly string[]) => number | null }
  | { readonly refused: string; readonly line: number | null };

/** A file of settings by its name: YAML, or JSON with comments. */
export function readSettings(path: string, text: string): Settings {
  const opened = (value: unknown, lineOf: (path: readonly string[]) => number | null): Settings => {
    const object = objectOr(value, "no keys");
    return "refused" in object ? { ...object, line: null } : { ...object, lineOf };
  };
  if (/\.ya?ml$/.test(path)) {
    const yaml = readYaml(text);
    return "defect" in yaml ? { refused: yaml.defect.message, line: yaml.defect.line } : opened(yaml.root, () => null);
  }
  const json = parseJsonc(text);
  return "fault" in json ? { refused: json.fault, line: json.line } : opened(json.value, json.lineOf);
}
