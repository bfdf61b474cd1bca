// YAML front matter of a Markdown file: split off, read as JSON values with line numbers, and written.
// Must not know which keys mean something.
import { CORE_SCHEMA, load, parseEvents, YAMLException } from "js-yaml";
import type { Json, JsonObject } from "../model.ts";

/** `body` is what follows, with LF. `lineOf` gives the 1-based line in the file of a top-level key, 1 for one that is not there. */
export type FrontMatter = { readonly data: JsonObject; readonly body: string; readonly lineOf: (key: string) => number };

/** Why it cannot be used, and the 1-based line in the file. */
export type FrontFault = { readonly fault: string; readonly line: number };

const MAX_CHARS = 64 * 1024;
const FENCE = /^---[ \t]*$/;
const END = /\n---[ \t]*(?:\n|$)/;

// What people meant, where YAML's own words do not tell.
const HINTS: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [/alias|anchor/, 'put a value that begins with "*" or "&" in quotes; anchors are not read'],
  [/indentation of a mapping entry|mapping values|multiline key|cannot start any token/, 'put text that holds ": " or begins with a sign in quotes'],
  [/tab characters/, "indent with spaces"],
];

function yamlFault(error: YAMLException): FrontFault {
  const hint = HINTS.find(([pattern]) => pattern.test(error.reason))?.[1];
  const reason = /aliases exceeded/.test(error.reason) ? "an alias" : error.reason;
  return { fault: `front matter is not valid YAML: ${reason}${hint === undefined ? "" : `; ${hint}`}`, line: (error.mark?.line ?? 0) + 2 };
}

// Plain objects only: a date, say, is none.
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Why JSON cannot hold a value, or JavaScript's objects cannot carry it; undefined for a good one. */
export function judge(value: unknown): string | undefined {
  if (typeof value === "string" && value.includes("\0")) return "a NUL character";
  if (typeof value === "string") return value.isWellFormed() ? undefined : "half of a character (a lone surrogate)";
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "a number without end";
  if (typeof value === "boolean" || value === null) return undefined;
  if (Array.isArray(value)) return value.map(judge).find((fault) => fault !== undefined);
  if (!isObject(value)) return "a value that JSON does not have";
  for (const [key, inner] of Object.entries(value)) {
    const fault = key === "__proto__" ? 'the key "__proto__"' : (judge(key) ?? judge(inner));
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const isJsonObject = (value: unknown): value is JsonObject => isObject(value) && judge(value) === undefined;

function keyLines(yaml: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let depth = 0;
  let isKey = true;
  let line = 2;
  let counted = 0;
  for (const event of parseEvents(yaml, {})) {
    // Documents and collections open (1, 2, 3) and are popped (6).
    if (depth === 2 && event.type !== 6) {
      if (isKey && event.type === 4) {
        for (; counted < event.valueStart; counted++) if (yaml[counted] === "\n") line += 1;
        lines.set(yaml.slice(event.valueStart, event.valueEnd), line);
      }
      isKey = !isKey;
    }
    if (event.type === 6) depth -= 1;
    else if (event.type <= 3) depth += 1;
  }
  return lines;
}

// Globs as Cursor and Windsurf write them, which is no YAML: `globs: *.ts, {a,b}/**`.
const BARE_GLOBS = /^(globs:[ \t]+)([*{!][^\n#]*?)[ \t]*$/gm;

type ReadYaml = { readonly yaml: string; readonly data: JsonObject };

// Only what is no YAML as it stands is read in another way. `yaml` is the text that was read, line for line.
function readYaml(yaml: string): ReadYaml | FrontFault {
  const read = readStrictly(yaml);
  if ("data" in read) return read;
  const quoted = yaml.replaceAll(BARE_GLOBS, (_, key: string, globs: string) => `${key}'${globs.replaceAll("'", "''")}'`);
  return quoted === yaml ? read : readStrictly(quoted);
}

function readStrictly(yaml: string): ReadYaml | FrontFault {
  if (yaml.split("\n").every((line) => /^\s*(?:#|$)/.test(line))) return { yaml, data: {} };
  try {
    const data = load(yaml, { schema: CORE_SCHEMA, maxAliases: 0, maxDepth: 32 });
    if (isJsonObject(data)) return { yaml, data };
    const odd = isObject(data) ? Object.entries(data).find(([key, value]) => key === "__proto__" || judge(value) !== undefined) : undefined;
    if (odd === undefined) return { fault: "front matter must be a mapping of keys to values", line: 2 };
    return { fault: `front matter holds ${judge({ [odd[0]]: odd[1] }) ?? 'the key "__proto__"'}`, line: keyLines(yaml).get(odd[0]) ?? 2 };
  } catch (error) {
    if (error instanceof YAMLException) return yamlFault(error);
    throw error;
  }
}

/** Splits and reads a text. One that does not begin with a line of `---` has no front matter. Never throws. */
export function readFrontMatter(source: string): FrontMatter | FrontFault {
  const text = (source.startsWith("\uFEFF") ? source.slice(1) : source).replaceAll("\r\n", "\n");
  const first = text.indexOf("\n");
  if (!FENCE.test(first === -1 ? text : text.slice(0, first))) return { data: {}, body: text, lineOf: () => 1 };
  const start = first === -1 ? text.length + 1 : first + 1;
  const found = END.exec(text.slice(start - 1));
  if (!found || found.index > MAX_CHARS) {
    const fault =
      found || text.length - start > MAX_CHARS
        ? "front matter is longer than 64 KiB, or has no closing ---"
        : "front matter begins here and has no closing ---";
    return { fault, line: 1 };
  }
  const yaml = text.slice(start, start + found.index);
  const read = readYaml(yaml);
  if ("fault" in read) return read;
  return { data: read.data, body: text.slice(start - 1 + found.index + found[0].length), lineOf: (key) => keyLines(read.yaml).get(key) ?? 1 };
}

// JSON is YAML but for a few characters that JSON lets stand, and that some YAML readers refuse or take for line ends.
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (json: string): string => json.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

function yamlText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(yamlText).join(", ")}]`;
  if (!isJsonObject(value)) return escaped(JSON.stringify(value));
  return `{${Object.entries(value)
    .map(([key, inner]) => `${escaped(JSON.stringify(key))}: ${yamlText(inner)}`)
    .join(", ")}}`;
}

/** A Markdown file of these values and this body: one line each, texts in quotes. `readFrontMatter` gives both back. */
export function writeFrontMatter(data: JsonObject, body: string): string {
  const lines = Object.entries(data).map(([key, value]) => `${/^[A-Za-z][\w-]*$/.test(key) ? key : escaped(JSON.stringify(key))}: ${yamlText(value)}\n`);
  return lines.length === 0 && !/^(?:---|\uFEFF)/.test(body) ? body : `---\n${lines.join("")}---\n${body}`;
}
