// JSON with comments from outside: the value, or what is wrong with it, and the line of any place in it.
// Must not know what the text means, nor where it comes from.
import { type Node, type ParseError, findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";

type Path = readonly PropertyKey[];

/** A parsed text. `lineOf` gives the 1-based line of the key (or list item) at a path; that of what is nearest around it if it is absent. */
export type Jsonc = { readonly value: unknown; readonly lineOf: (path: Path) => number };

/** Why a text is not usable, in words, and the 1-based line. */
export type JsoncFault = { readonly fault: string; readonly line: number };

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

function nodeAt(tree: Node, path: Path): Node | undefined {
  const keys = path.map((key) => (typeof key === "number" ? key : String(key)));
  for (let length = keys.length; length > 0; length--) {
    const value = findNodeAtLocation(tree, keys.slice(0, length));
    if (value) return value.parent?.type === "property" ? value.parent : value;
  }
  return undefined;
}

const MAX_DEPTH = 64;

/** A key that is set twice, or a place that is nested too deep. */
function defect(node: Node | undefined, path: readonly string[]): { readonly fault: string; readonly offset: number } | undefined {
  if (node === undefined) return undefined;
  if (path.length > MAX_DEPTH) return { fault: "nested too deep", offset: node.offset };
  const seen = new Set<string>();
  for (const [i, child] of (node.children ?? []).entries()) {
    const property = node.type === "object" ? child.children : undefined;
    const key = node.type === "object" ? String(property?.[0]?.value ?? "") : String(i);
    if (seen.has(key)) return { fault: `"${[...path, key].join(".")}" is set twice`, offset: child.offset };
    seen.add(key);
    const found = defect(property ? property[1] : child, [...path, key]);
    if (found) return found;
  }
  return undefined;
}

/** Parses a text, trailing commas allowed; a text without any value is `{}`. A key that is set twice is a fault. Never throws. */
export function parseJsonc(withMark: string): Jsonc | JsoncFault {
  const text = withMark.startsWith("\uFEFF") ? withMark.slice(1) : withMark;
  try {
    const errors: ParseError[] = [];
    const tree = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const first = errors[0];
    if (first) return { fault: `not valid JSON with comments: ${printParseErrorCode(first.error)}`, line: lineAt(text, first.offset) };
    if (tree === undefined) return { value: {}, lineOf: () => 1 };
    const wrong = defect(tree, []);
    if (wrong) return { fault: wrong.fault, line: lineAt(text, wrong.offset) };
    return { value: getNodeValue(tree), lineOf: (path) => lineAt(text, nodeAt(tree, path)?.offset ?? 0) };
  } catch (error) {
    // The parser calls itself for each level; a text made of brackets ends its stack.
    if (error instanceof RangeError) return { fault: "nested too deep", line: 1 };
    throw error;
  }
}
