// A value one below a key at the top of somebody's YAML: read, set, remove, by whole lines, so that everything else keeps every
// byte. What comes out is read again: where it does not say exactly what was meant, nothing is edited. Pure; must not know paths.
import { CORE_SCHEMA, dump, load, YAMLException } from "js-yaml";
import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../model.ts";
import { type JsonEdited, pointerKeys } from "./json-value.ts";
import { type EditDefect, eolAround, splitBom } from "./text.ts";

type Failed = { readonly defect: EditDefect };
type Parsed = { readonly root: JsonObject };

const failed = (message: string, line = 1): Failed => ({ defect: { line, message } });
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys at the top of a text in YAML without anchors, or what is wrong with it. */
export function readYaml(text: string): Parsed | Failed {
  try {
    const body = splitBom(text)[1];
    if (!linesOf(body).some(isContent)) return { root: {} };
    const root: unknown = load(body, { schema: CORE_SCHEMA, maxAliases: 0, maxDepth: 64 });
    if (root === undefined || root === null) return { root: {} };
    return isObject(root) ? { root } : failed("it is no list of keys");
  } catch (error) {
    return error instanceof YAMLException ? failed(`not YAML that we edit: ${error.reason}`, (error.mark?.line ?? 0) + 1) : failed("it cannot be read");
  }
}

const indentOf = (line: string): number => /^ */.exec(line)?.[0].length ?? 0;
/** A line that says something: neither blank nor only a comment. */
const isContent = (line: string): boolean => !/^\s*(?:#.*)?$/s.test(line) && line !== "";

/** The key that a line begins with; a quoted one is taken as YAML and JSON both read it. */
function keyOf(line: string): string | undefined {
  const [, double, single, plain] = /^ *(?:"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_.-]+)) *:(?:\s|$)/.exec(line) ?? [];
  return double ?? single ?? plain;
}

/** Lines of the text, each with its end. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The lines of a child, `to` not among them; `after` is where one would be put, `indent` how far. Absent `after`: there is no such parent. */
type Spot = { readonly from?: number; readonly to?: number; readonly after?: number; readonly indent: number; readonly parent?: number };

function spotOf(lines: readonly string[], parent: string, name: string): Spot {
  const at = lines.findIndex((line) => indentOf(line) === 0 && isContent(line) && keyOf(line) === parent && /:\s*(?:#.*)?$/s.test(line));
  if (at === -1) return { indent: 2 };
  let last = at;
  let indent: number | undefined;
  let from: number | undefined;
  let to: number | undefined;
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (!isContent(line)) continue;
    if (indentOf(line) === 0) break;
    indent ??= indentOf(line);
    if (indentOf(line) <= indent) {
      if (from !== undefined) to ??= last + 1;
      if (keyOf(line) === name) from ??= i;
    }
    last = i;
  }
  return { ...(from !== undefined && { from, to: to ?? last + 1 }), after: last + 1, indent: indent ?? 2, parent: at };
}

const valueIn = (root: JsonObject, parent: string, name: string): Json | undefined => {
  const inner = root[parent];
  return isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
};

function keysOf(pointer: string): readonly [string, string] | undefined {
  const [parent, name, ...rest] = pointerKeys(pointer);
  return parent === undefined || name === undefined || rest.length > 0 ? undefined : [parent, name];
}

/** The value at a pointer; undefined where there is none. `commented`: a person's comment stands among its lines. */
export function yamlValueAt(text: string, pointer: string): { readonly value: Json; readonly commented: boolean } | undefined | Failed {
  const keys = keysOf(pointer);
  const parsed = readYaml(text);
  if ("defect" in parsed || keys === undefined) return "defect" in parsed ? parsed : failed(`${pointer} is no place in YAML`);
  const value = valueIn(parsed.root, ...keys);
  if (value === undefined) return undefined;
  const lines = linesOf(splitBom(text)[1]);
  const { from, to } = spotOf(lines, ...keys);
  return { value, commented: from !== undefined && lines.slice(from, to).some((line) => /^\s*#|\s#/.test(line)) };
}

/** The root with the value set (undefined: taken out). */
function withValue(root: JsonObject, [parent, name]: readonly [string, string], value: Json | undefined): JsonObject {
  const { [name]: _, ...others } = isObject(root[parent]) ? root[parent] : {};
  return { ...root, [parent]: value === undefined ? others : { ...others, [name]: value } };
}

const ODD = "it is written in a form that we do not edit: put each entry on lines of its own";

/** Puts lines in at an index; the text's last line keeps its end, or that it has none. */
function putIn(lines: readonly string[], at: number, added: readonly string[], eol: string): string {
  const open = at === lines.length && at > 0 && !(lines[at - 1] ?? "").endsWith("\n");
  const text = added.join(eol);
  return [...lines.slice(0, at), open ? `${eol}${text}` : `${text}${eol}`, ...lines.slice(at)].join("");
}

/** Takes lines out; the way back from `putIn`. */
function takeOut(lines: readonly string[], from: number, to: number): string {
  const open = to === lines.length && from > 0 && !(lines[to - 1] ?? "").endsWith("\n");
  const before = lines.slice(0, from).join("");
  return (open ? before.replace(/\r?\n$/, "") : before) + lines.slice(to).join("");
}

/** Sets the value, in place or below its key, which is made at the end where it is missing. `parents`: that key, if it was made. */
export function setYamlValue(text: string, pointer: string, value: Json): JsonEdited {
  const keys = keysOf(pointer);
  const before = readYaml(text);
  if ("defect" in before || keys === undefined) return "defect" in before ? before : failed(`${pointer} is no place in YAML`);
  const [bom, body] = splitBom(text);
  const [parent, name] = keys;
  const lines = linesOf(body);
  const { from, to, after, indent, parent: at } = spotOf(lines, parent, name);
  const eol = eolAround(body, body.length);
  const own = dump({ [name]: value }, { lineWidth: -1, noRefs: true, schema: CORE_SCHEMA })
    .trimEnd()
    .split("\n");
  const chunk = own.map((line) => (line === "" ? "" : " ".repeat(indent) + line));
  const known = Object.hasOwn(before.root, parent);
  if (known && at === undefined) return failed(ODD);
  const edited =
    from !== undefined && to !== undefined
      ? putIn(linesOf(takeOut(lines, from, to)), from, chunk, eol)
      : putIn(lines, after ?? lines.length, known ? chunk : [`${dump(parent).trimEnd()}:`, ...chunk], eol);
  const result = { text: bom + edited, parents: known ? [] : [`/${parent}`] };
  const read = readYaml(result.text);
  if ("defect" in read || !isDeepStrictEqual(read.root, withValue(before.root, keys, value))) return failed(ODD, (at ?? 0) + 1);
  if (from !== undefined) return result;
  const back = removeYamlValue(result.text, pointer, () => !known);
  return "text" in back && back.text === text ? result : failed(ODD, (at ?? 0) + 1);
}

/** Takes the value out, and its key if that is ours and empty now. */
export function removeYamlValue(text: string, pointer: string, isOurs: (pointer: string) => boolean): JsonEdited {
  const keys = keysOf(pointer);
  const before = readYaml(text);
  if ("defect" in before || keys === undefined) return "defect" in before ? before : failed(`${pointer} is no place in YAML`);
  const [bom, body] = splitBom(text);
  const [parent] = keys;
  if (valueIn(before.root, ...keys) === undefined) return { text, parents: [] };
  const lines = linesOf(body);
  const { from, to, parent: at } = spotOf(lines, ...keys);
  if (from === undefined || to === undefined || at === undefined) return failed(ODD);
  const inner = before.root[parent];
  const alone = isObject(inner) && Object.keys(inner).length === 1;
  const ours = alone && isOurs(`/${parent}`) && from === at + 1;
  const edited = bom + takeOut(lines, ours ? at : from, to);
  const read = readYaml(edited);
  const { [parent]: _, ...others } = before.root;
  const wanted = ours ? others : withValue(before.root, keys, undefined);
  // A key without anything below it is null.
  const same = "root" in read && (isDeepStrictEqual(read.root, wanted) || (alone && isDeepStrictEqual(read.root, { ...others, [parent]: null })));
  return same ? { text: edited, parents: ours ? [`/${parent}`] : [] } : failed(ODD, from + 1);
}
