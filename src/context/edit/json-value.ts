// A value at a pointer, or a member of an array, in somebody's JSON with comments: read, set, remove. Other entries, comments,
// order and line ends keep every byte. Pure; must not know paths.
import { type Node, getNodeValue } from "jsonc-parser";
import { jsonPointer } from "../../core/json.ts";
import type { Json } from "../model.ts";
import { emptied, filled, formatJson, insertItem, isBlankJson, layoutAt, parseJsonTree, removeItem } from "./json-items.ts";
import { type EditDefect, lineAt, splitBom } from "./text.ts";

/** A parsed text. `root` belongs to `body`, the text without its byte order mark; `made`: the text had no value, so its root is ours. */
export type JsonText = { readonly bom: string; readonly body: string; readonly root: Node; readonly made: boolean };

type Failed = { readonly defect: EditDefect };

/** The edited text; `parents` are pointers of those that came or went with it, "" of the root. */
export type JsonEdited = { readonly text: string; readonly parents: readonly string[] } | Failed;

/** Parses a text; a defect names the line of its first error. One without a value is read as an empty object. */
export function parseJsonText(text: string): JsonText | Failed {
  const [bom, given] = splitBom(text);
  const made = isBlankJson(given);
  const body = made ? filled(given) : given;
  const parsed = parseJsonTree(body);
  if ("root" in parsed) return { bom, body, root: parsed.root, made };
  return { defect: { line: lineAt(body, parsed.offset), message: `not valid JSON with comments: ${parsed.error}` } };
}

/** Keys of an RFC 6901 pointer. */
export function pointerKeys(pointer: string): string[] {
  return pointer === ""
    ? []
    : pointer
        .slice(1)
        .split("/")
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Step = { readonly node: Node; readonly index: number } | "missing" | Failed;

// One key down. An array is never entered: its members are found by value.
function stepInto({ body }: JsonText, node: Node, key: string): Step {
  const failed = (message: string, at: Node): Failed => ({ defect: { line: lineAt(body, at.offset), message } });
  if (node.type !== "object") return failed(`here stands ${node.type === "array" ? "an array" : `a ${node.type}`}, so "${key}" cannot be set in it`, node);
  const found = (node.children ?? []).flatMap((property, index) => (property.children?.[0]?.value === key ? [{ property, index }] : []));
  const [first, second] = found;
  if (second) return failed(`"${key}" is set twice`, second.property);
  const value = first?.property.children?.[1];
  return first && value ? { node: value, index: first.index } : "missing";
}

/** The node at a pointer; undefined where there is none, a defect where its parents are not objects. */
export function nodeAt(json: JsonText, pointer: string): Node | undefined | Failed {
  let node = json.root;
  for (const key of pointerKeys(pointer)) {
    const step = stepInto(json, node, key);
    if (step === "missing") return undefined;
    if ("defect" in step) return step;
    node = step.node;
  }
  return node;
}

/** The value of a node. */
export function valueOf(node: Node): Json {
  return getNodeValue(node) as Json;
}

/** Nodes of the members of an array; undefined where there is none. */
export function membersAt(json: JsonText, pointer: string): readonly Node[] | undefined | Failed {
  const node = nodeAt(json, pointer);
  if (node === undefined || "defect" in node) return node;
  if (node.type !== "array") return { defect: { line: lineAt(json.body, node.offset), message: `${pointer} is not an array` } };
  return node.children ?? [];
}

function replaceNode(json: JsonText, node: Node, value: Json): string {
  const { bom, body, root } = json;
  // It stays on one line where it was on one.
  const isLine = (text: string): boolean => !/[\r\n]/.test(text);
  const oneLine = node !== root && (isLine(body.trim()) || ((node.children?.length ?? 0) > 0 && isLine(body.slice(node.offset, node.offset + node.length))));
  return `${bom}${body.slice(0, node.offset)}${formatJson(value, layoutAt(body, root, node.offset, oneLine))}${body.slice(node.offset + node.length)}`;
}

const rootOf = ({ made }: JsonText): string[] => (made ? [""] : []);

// Puts a value below the deepest parent that is there; the others are made around it.
function insertBelow(json: JsonText, keys: readonly string[], value: Json): JsonEdited {
  let node = json.root;
  for (const [depth, key] of keys.entries()) {
    const step = stepInto(json, node, key);
    if (step === "missing") {
      const nested = keys.slice(depth + 1).reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
      const text = insertItem(json.body, json.root, node, (layout) => `${JSON.stringify(key)}: ${formatJson(nested, layout)}`);
      return { text: json.bom + text, parents: [...rootOf(json), ...keys.slice(depth + 1).map((_, i) => jsonPointer(keys.slice(0, depth + 1 + i)))] };
    }
    if ("defect" in step) return step;
    node = step.node;
  }
  return { text: replaceNode(json, node, value), parents: [] };
}

/** Sets the value at a pointer, in place or at the end of its object. `parents`: those that were made for it. */
export function setValue(text: string, pointer: string, value: Json): JsonEdited {
  const json = parseJsonText(text);
  return "defect" in json ? json : insertBelow(json, pointerKeys(pointer), value);
}

/** Puts a member at the end of the array at a pointer, or in place of the one with index `at`. `parents`: those that were made, the array too. */
export function setMember(text: string, pointer: string, value: Json, at: number | null): JsonEdited {
  const json = parseJsonText(text);
  if ("defect" in json) return json;
  const node = nodeAt(json, pointer);
  if (node !== undefined && "defect" in node) return node;
  if (node === undefined) {
    const made = insertBelow(json, pointerKeys(pointer), [value]);
    return "defect" in made ? made : { ...made, parents: [...made.parents, pointer] };
  }
  if (node.type !== "array") return { defect: { line: lineAt(json.body, node.offset), message: `${pointer} is not an array` } };
  const present = at === null ? undefined : node.children?.[at];
  if (present) return { text: replaceNode(json, present, value), parents: [] };
  return { text: json.bom + insertItem(json.body, json.root, node, (layout) => formatJson(value, layout)), parents: [] };
}

/** Takes out the value at a pointer (or, with `member`, that member of the array there), then every parent of it that is ours and empty now. */
export function removeValue(text: string, pointer: string, member: number | null, isOurs: (pointer: string) => boolean): JsonEdited {
  const json = parseJsonText(text);
  if ("defect" in json) return json;
  const keys = pointerKeys(pointer);
  const owner = nodeAt(json, member === null ? jsonPointer(keys.slice(0, -1)) : pointer);
  if (owner === undefined) return { text, parents: [] };
  if ("defect" in owner) return owner;
  let index = member;
  if (index === null) {
    const step = stepInto(json, owner, keys.at(-1) ?? "");
    if (step === "missing") return { text, parents: [] };
    if ("defect" in step) return step;
    index = step.index;
  }
  const edited = json.bom + removeItem(json.body, owner, index);
  const parent = member === null ? jsonPointer(keys.slice(0, -1)) : pointer;
  if (!isOurs(parent) || !isEmptyAt(edited, parent)) return { text: edited, parents: [] };
  if (parent === "") return withoutRoot(edited);
  const above = removeValue(edited, parent, null, isOurs);
  return "defect" in above ? above : { text: above.text, parents: [parent, ...above.parents] };
}

function withoutRoot(text: string): JsonEdited {
  const json = parseJsonText(text);
  return "defect" in json ? json : { text: json.bom + emptied(json.body, json.root), parents: [""] };
}

// True if nothing, not even a comment, is in the object or array at the pointer.
function isEmptyAt(text: string, pointer: string): boolean {
  const json = parseJsonText(text);
  if ("defect" in json) return false;
  const node = nodeAt(json, pointer);
  return node !== undefined && !("defect" in node) && /^(?:\{\s*\}|\[\s*\])$/.test(json.body.slice(node.offset, node.offset + node.length));
}
