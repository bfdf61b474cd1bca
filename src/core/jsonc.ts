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

function duplicate(node: Node | undefined, path: readonly string[]): { readonly name: string; readonly offset: number } | undefined {
  if (node?.type === "array") {
    for (const [i, item] of (node.children ?? []).entries()) {
      const found = duplicate(item, [...path, String(i)]);
      if (found) return found;
    }
  }
  const seen = new Set<string>();
  for (const property of node?.type === "object" ? (node.children ?? []) : []) {
    const key = String(property.children?.[0]?.value ?? "");
    if (seen.has(key)) return { name: [...path, key].join("."), offset: property.offset };
    seen.add(key);
    const found = duplicate(property.children?.[1], [...path, key]);
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
    const twice = duplicate(tree, []);
    if (twice) return { fault: `"${twice.name}" is set twice`, line: lineAt(text, twice.offset) };
    return { value: getNodeValue(tree), lineOf: (path) => lineAt(text, nodeAt(tree, path)?.offset ?? 0) };
  } catch (error) {
    // The parser calls itself for each level; a text made of brackets ends its stack.
    if (error instanceof RangeError) return { fault: "nested too deep", line: 1 };
    throw error;
  }
}
