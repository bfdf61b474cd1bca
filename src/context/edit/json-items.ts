// One item of an object or array in JSON with comments put in or taken out by offsets, so that everything else keeps every
// byte and taking out what was put in gives back the text. Pure; must not know pointers or what the values mean.
import { type Node, type ParseError, createScanner, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Json } from "../model.ts";
import { eolAround } from "./text.ts";

// Kinds of token of the scanner, whose own enum does not exist at run time.
const TOKEN: Readonly<Record<"comma" | "lineComment" | "blockComment" | "lineBreak" | "space" | "end", number>> = {
  ...{ comma: 5, lineComment: 12, blockComment: 13, lineBreak: 14, space: 15, end: 17 },
};
const BLANK: ReadonlySet<number> = new Set([TOKEN.lineComment, TOKEN.blockComment, TOKEN.lineBreak, TOKEN.space]);

/** The tree of a text, or the first error in it. Trailing commas and comments are understood. */
export function parseJsonTree(text: string): { readonly root: Node } | { readonly error: string; readonly offset: number } {
  const errors: ParseError[] = [];
  try {
    const root = parseTree(text, errors, { allowTrailingComma: true });
    const first = errors[0];
    if (root && first === undefined) return { root };
    return first ? { error: printParseErrorCode(first.error), offset: first.offset } : { error: "nothing there", offset: 0 };
  } catch {
    return { error: "nested too deep", offset: 0 };
  }
}

/** True for a text without any value: empty, or nothing but white space and whole comments. */
export function isBlankJson(text: string): boolean {
  const scanner = createScanner(text, false);
  let kind: number = scanner.scan();
  while (BLANK.has(kind) && (scanner.getTokenError() as number) === 0) kind = scanner.scan();
  return kind === TOKEN.end;
}

/** A blank text with an empty object in it, from the beginning of a line on. `emptied` gives the text back. */
export function filled(text: string): string {
  const eol = eolAround(text, text.length);
  return text === "" || /[\r\n]$/.test(text) ? `${text}{}${eol}` : `${text}${eol}{}`;
}

/** A text without its root and the line end that came with it. */
export function emptied(text: string, root: Node): string {
  const [head, tail] = [text.slice(0, root.offset), text.slice(endOf(root))];
  return tail === "" ? head.replace(/\r?\n$/, "") : head + tail.replace(/^\r?\n/, "");
}

/** How an item is written: on one line, or over several with this indent of its first line. */
type Layout = { readonly eol: string; readonly unit: string; readonly indent: string | null };

/** Text of a value in a layout. */
export function formatJson(value: Json, { eol, unit, indent }: Layout): string {
  return indent === null ? JSON.stringify(value) : JSON.stringify(value, null, unit).replaceAll("\n", `${eol}${indent}`);
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
const indentOf = (text: string, offset: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? "";
const startsLine = (text: string, offset: number): boolean =>
  offset > 0 && lineStart(text, offset) > 0 && /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));

/** One step of indentation as the file has it; two spaces where it shows none. */
export function indentUnit(text: string, root: Node): string {
  const first = root.children?.[0];
  return (first && startsLine(text, first.offset) && indentOf(text, first.offset)) || "  ";
}

/** The layout of a value that stands at an offset already. */
export function layoutAt(text: string, root: Node, offset: number, oneLine: boolean): Layout {
  return { eol: eolAround(text, offset), unit: indentUnit(text, root), indent: oneLine ? null : indentOf(text, offset) };
}

type Trivia = {
  /** Offset of the first comma; -1 without. */
  readonly comma: number;
  /** End of the last comment on the line of `from`, or of the comma, or `from`. */
  readonly sameLine: number;
  /** End of the last comment of all; -1 without. */
  readonly lastComment: number;
  /** The comment that `sameLine` or `lastComment` ends runs to the end of its line. */
  readonly sameLineRuns: boolean;
  readonly lastRuns: boolean;
};

// Comments and commas between two tokens.
function triviaOf(text: string, from: number, to: number): Trivia {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let [comma, sameLine, lastComment, sameLineRuns, lastRuns, broken] = [-1, from, -1, false, false, false];
  for (let kind: number = scanner.scan(); kind !== TOKEN.end && scanner.getTokenOffset() < to; kind = scanner.scan()) {
    const end = scanner.getTokenOffset() + scanner.getTokenLength();
    if (kind === TOKEN.lineBreak) broken = true;
    if (kind === TOKEN.comma && comma === -1) {
      comma = scanner.getTokenOffset();
      [sameLine, sameLineRuns, broken] = [end, false, false];
    }
    if (kind !== TOKEN.lineComment && kind !== TOKEN.blockComment) continue;
    [lastComment, lastRuns] = [end, kind === TOKEN.lineComment];
    if (!broken) [sameLine, sameLineRuns] = [end, lastRuns];
  }
  return { comma, sameLine, lastComment, sameLineRuns, lastRuns };
}

const closingOf = (container: Node): number => container.offset + container.length - 1;
const endOf = (node: Node): number => node.offset + node.length;

/** Appends an item to an object or array; `item` writes it in the layout of its neighbours. */
export function insertItem(text: string, root: Node, container: Node, item: (layout: Layout) => string): string {
  const eol = eolAround(text, container.offset);
  const unit = indentUnit(text, root);
  const base = indentOf(text, container.offset);
  const closing = closingOf(container);
  const last = container.children?.at(-1);
  if (last) {
    const { comma, sameLine, sameLineRuns } = triviaOf(text, endOf(last), closing);
    const multi = startsLine(text, last.offset);
    const indent = multi ? indentOf(text, last.offset) : sameLineRuns ? base + unit : null;
    const before = /\s*$/.exec(text.slice(container.offset + 1, last.offset))?.[0] ?? "";
    const gap = indent !== null ? eol + indent : (container.children?.length ?? 0) > 1 ? before : " ";
    const tail = comma === -1 ? "" : ",";
    return `${text.slice(0, endOf(last))}${comma === -1 ? "," : ""}${text.slice(endOf(last), sameLine)}${gap}${item({ eol, unit, indent })}${tail}${text.slice(sameLine)}`;
  }
  const { lastComment, lastRuns } = triviaOf(text, container.offset + 1, closing);
  if (lastComment !== -1) {
    const indent = lastRuns || /[\r\n]/.test(text.slice(lastComment, closing)) ? base + unit : null;
    return `${text.slice(0, lastComment)}${indent === null ? " " : eol + indent}${item({ eol, unit, indent })}${text.slice(lastComment)}`;
  }
  const inner = text.slice(container.offset + 1, closing);
  // A file that is one line stays one.
  if (inner === "" && container !== root && !/[\r\n]/.test(text.trim())) {
    return `${text.slice(0, closing)}${item({ eol, unit, indent: null })}${text.slice(closing)}`;
  }
  // What was between the braces stays before the line end that we add, so that the way back is known.
  const tailEol = inner.endsWith("\r") ? "\r\n" : eol;
  return `${text.slice(0, container.offset + 1)}${eol}${base}${unit}${item({ eol, unit, indent: base + unit })}${inner}${tailEol}${base}${text.slice(closing)}`;
}

// Whitespace before an item that came with it: its line end and indent, or all of it where it does not begin a line.
function gapStart(text: string, offset: number): number {
  const run = /[ \t\r\n]*$/.exec(text.slice(Math.max(0, offset - 4_096), offset))?.[0] ?? "";
  const own = /\r?\n[ \t]*$/.exec(run)?.[0] ?? run;
  return offset - own.length;
}

/** True if a comment stands inside of an item (from its key on): somebody else's words in what is ours. */
export function holdsComment(text: string, node: Node): boolean {
  const item = node.parent?.type === "property" ? node.parent : node;
  return triviaOf(text, item.offset, endOf(item)).lastComment !== -1;
}

/** Takes the item with this index out of an object or array. */
export function removeItem(text: string, container: Node, index: number): string {
  const children = container.children ?? [];
  const [item, previous, next] = [children[index], children[index - 1], children[index + 1]];
  if (!item) return text;
  const closing = closingOf(container);
  const from = previous ? endOf(previous) : container.offset + 1;
  const ahead = triviaOf(text, from, item.offset);
  const after = triviaOf(text, endOf(item), next?.offset ?? closing);
  let start = gapStart(text, item.offset);
  const rest = after.comma === -1 ? text.slice(endOf(item), closing + 1) : text.slice(endOf(item), after.comma) + text.slice(after.comma + 1, closing + 1);
  // A comment up to the end of its line must not swallow what follows.
  if (ahead.lastRuns && start <= ahead.lastComment && !/^[ \t]*\r?\n/.test(rest)) start = item.offset;
  const cuts: [number, number][] = [[start, endOf(item)]];
  if (after.comma !== -1) cuts.push([after.comma, after.comma + 1]);
  else if (previous && ahead.comma !== -1) cuts.unshift([ahead.comma, ahead.comma + 1]);
  if (children.length === 1 && ahead.lastComment === -1 && after.lastComment === -1) {
    const tail = text.slice(after.comma === -1 ? endOf(item) : after.comma + 1, closing);
    const own = /\r?\n[ \t]*$/.exec(tail)?.[0] ?? tail;
    cuts.push([closing - own.length, closing]);
  }
  let result = "";
  let at = 0;
  for (const [cut, end] of cuts) {
    result += text.slice(at, cut);
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}
