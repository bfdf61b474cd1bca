// Front matter asked for key by key, with the types that a parser wants: a wrong one becomes a diagnostic with its line.
// What nobody asked for is left over as extra keys and overrides of single platforms.
import { artifactId, type Diagnostic, type Json, type JsonObject, type Kind } from "../model.ts";
import type { FrontMatter } from "./front-matter.ts";
import { platformsOf } from "./names.ts";

/** What is known of an artifact before its file is understood. `path` is the file as diagnostics show it. */
export type Given = { readonly name: string; readonly bundle: string; readonly path: string };

/** An artifact, or null with at least one error; warnings may come with either. */
export type Parsed<A> = { readonly artifact: A | null; readonly diagnostics: readonly Diagnostic[] };

/** Makes a diagnostic of one artifact. */
export function diagnose(kind: Kind, given: Given, severity: Diagnostic["severity"], line: number | null, message: string): Diagnostic {
  return { severity, path: given.path, line, message, artifact: artifactId({ kind, name: given.name }) };
}

export type Fields = {
  /** A text without white space around it; null for an absent, empty or wrong one. */
  readonly text: (key: string) => string | null;
  /** The same, but a list in brackets is the text that was typed. */
  readonly bracketText: (key: string) => string | null;
  readonly flag: (key: string) => boolean | null;
  readonly number: (key: string) => number | null;
  /** A list of texts, or a text with commas between them (not those inside of brackets). */
  readonly list: (key: string) => readonly string[] | null;
  /** A list of texts as they stand, none of them split, trimmed or with NUL. */
  readonly argv: (key: string) => readonly string[] | null;
  readonly error: (key: string, message: string) => void;
  readonly warn: (key: string, message: string) => void;
  /** What was not asked for. */
  readonly rest: () => { readonly extra: JsonObject; readonly overrides: Readonly<Record<string, JsonObject>> };
  readonly diagnostics: readonly Diagnostic[];
};

/** The parts of a list in one text: `a, b{c,d}, e(f, g)` are three. Empty ones are dropped. */
export function splitList(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i] ?? ",";
    if ("({[".includes(char)) depth += 1;
    else if (")}]".includes(char)) depth = Math.max(0, depth - 1);
    if (char === "," && (depth === 0 || i === text.length)) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return parts.filter((part) => part !== "");
}

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** What of the data was not asked for: keys that name a platform, with a mapping, are its overrides; all else is extra. */
export function leftOver(data: JsonObject, asked: ReadonlySet<string>): ReturnType<Fields["rest"]> {
  const extra: [string, Json][] = [];
  const single: [string, JsonObject][] = [];
  const grouped: [string, JsonObject][] = [];
  for (const [key, value] of Object.entries(data)) {
    if (asked.has(key)) continue;
    const platforms = platformsOf(key);
    if (platforms.length === 0 || !isObject(value)) extra.push([key, value]);
    else for (const platform of platforms) (platform === key ? single : grouped).push([platform, value]);
  }
  const overrides: Record<string, JsonObject> = {};
  // What is said of one platform wins over what is said of its group.
  for (const [platform, value] of [...grouped, ...single]) overrides[platform] = { ...overrides[platform], ...value };
  return { extra: Object.fromEntries(extra), overrides };
}

/** A reader of one front matter that remembers what was asked for and what was wrong. */
export function fieldsOf(front: FrontMatter, kind: Kind, given: Given): Fields {
  const asked = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const tell = (severity: "error" | "warn", key: string, message: string): void => {
    diagnostics.push(diagnose(kind, given, severity, front.lineOf(key), message));
  };
  const take = <T>(key: string, wanted: string, read: (value: Json) => T | undefined): T | null => {
    asked.add(key);
    const value = Object.hasOwn(front.data, key) ? front.data[key] : undefined;
    if (value === undefined || value === null) return null;
    const got = read(value);
    if (got !== undefined) return got;
    tell("error", key, `"${key}" must be ${wanted}`);
    return null;
  };
  const strings = (value: Json): readonly string[] | undefined => {
    if (typeof value === "string") return splitList(value);
    if (!Array.isArray(value)) return undefined;
    const texts = value.filter((item) => typeof item === "string");
    return texts.length === value.length && texts.every((item) => item.trim() !== "") ? texts.map((item) => item.trim()) : undefined;
  };
  return {
    text: (key) => take(key, "a text", (value) => (typeof value === "string" ? value.trim() : undefined)) || null,
    bracketText: (key) =>
      take(key, "a text", (value) => {
        if (typeof value === "string") return value.trim();
        const items = Array.isArray(value) ? value.filter((item) => typeof item === "string" || typeof item === "number") : [];
        return Array.isArray(value) && items.length === value.length ? `[${items.join(", ")}]` : undefined;
      }) || null,
    flag: (key) => take(key, "true or false", (value) => (typeof value === "boolean" ? value : undefined)),
    number: (key) => take(key, "a number", (value) => (typeof value === "number" ? value : undefined)),
    list: (key) => take(key, "a list of texts", strings),
    argv: (key) =>
      take(key, "a list of texts, one for each argument", (value) => {
        const texts = Array.isArray(value) ? value.filter((item) => typeof item === "string" && !item.includes("\0")) : [];
        return Array.isArray(value) && texts.length === value.length && texts[0] !== "" ? texts : undefined;
      }),
    error: (key, message) => tell("error", key, message),
    warn: (key, message) => tell("warn", key, message),
    rest: () => leftOver(front.data, asked),
    diagnostics,
  };
}
