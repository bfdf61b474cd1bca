// A marked block of whole tables in somebody's TOML: a table that is theirs already is not ours to define, and the file must
// still parse. Pure; never writes TOML itself, so comments and order stay.
import { TomlError, parse } from "smol-toml";
import { removeBlock, setBlock } from "./block.ts";
import type { EditDefect, Edited } from "./text.ts";

function parseToml(text: string): { readonly value: object } | { readonly defect: EditDefect } {
  try {
    return { value: parse(text.replace(/^\uFEFF/, "")) };
  } catch (error) {
    const line = error instanceof TomlError ? error.line : 1;
    const said = error instanceof TomlError ? (error.message.split("\n")[0] ?? "") : "it cannot be read";
    return { defect: { line, message: said.replace(/^Invalid TOML document: /, "not valid TOML: ") } };
  }
}

function definedAt(value: unknown, keys: readonly string[]): boolean {
  const [key, ...rest] = keys;
  if (key === undefined) return true;
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) && definedAt((value as Record<string, unknown>)[key], rest);
}

// `a."b.c".d` as keys; bare and basic-quoted keys are what codecs write.
function keysOf(table: string): string[] {
  return [...table.matchAll(/"((?:[^"\\]|\\.)*)"|[^."\s]+/g)].map((match) => match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[0]);
}

/** Those of `claims` (dotted tables) that the text defines outside of the block; or why it cannot be told. */
export function foreignTables(text: string, name: string, claims: readonly string[]): { readonly tables: readonly string[] } | { readonly defect: EditDefect } {
  const without = removeBlock(text, "hash", name);
  if ("defect" in without) return without;
  const parsed = parseToml(without.text);
  if ("defect" in parsed) {
    // Lines are counted in the file that people see.
    const whole = parseToml(text);
    return "defect" in whole ? whole : parsed;
  }
  return { tables: claims.filter((claim) => definedAt(parsed.value, keysOf(claim))) };
}

/** Sets the block if the file parses afterwards. */
export function setTomlBlock(text: string, name: string, body: string): Edited {
  const edited = setBlock(text, "hash", name, body);
  if ("defect" in edited) return edited;
  const parsed = parseToml(edited.text);
  return "defect" in parsed ? parsed : edited;
}

/** Takes the block out if the file parses afterwards. */
export function removeTomlBlock(text: string, name: string): Edited {
  const edited = removeBlock(text, "hash", name);
  if ("defect" in edited) return edited;
  const parsed = parseToml(edited.text);
  return "defect" in parsed ? parsed : edited;
}
