// A marked block in somebody's text, and the one place that knows what a marker is: find, set, remove. What lies outside of a block
// keeps every byte, and removing what was inserted gives back the text as it was. Pure; must not know paths.
import { type EditDefect, type Edited, eolAround, splitBom } from "./text.ts";

/** How a marker is written: an HTML comment (Markdown), or `#` (TOML). */
export type BlockSyntax = "html" | "hash";

/** A block as found. Offsets are into the text: of the whole, marker lines with their line ends, and of the lines between. */
export type Block = {
  /** What stands between the markers, with LF and without its last line end. */
  readonly text: string;
  readonly start: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly end: number;
};

// As we write it, and nothing like it: what only resembles a marker is a person's text, and stays.
const MARKER = {
  html: /^<!-- aiwg:(begin|end) (\S+) -->[ \t]*$/,
  hash: /^# aiwg:(begin|end) (\S+)[ \t]*$/,
} as const;

// What goes into a block is judged more widely: one edit by a formatter, or a later form of ours, and it would bound a block.
const LIKE_MARKER = {
  html: /^[ \t]*<!--[ \t]*aiwg:(?:begin|end)\b/m,
  hash: /^[ \t]*#[ \t]*aiwg:(?:begin|end)\b/m,
} as const;

const markerLine = (syntax: BlockSyntax, word: "begin" | "end", name: string): string =>
  syntax === "html" ? `<!-- aiwg:${word} ${name} -->` : `# aiwg:${word} ${name}`;

const toLf = (text: string): string => text.replaceAll("\r\n", "\n");

type Line = { readonly text: string; readonly start: number; readonly next: number };

function* linesOf(text: string, from: number): Generator<Line> {
  for (let start = from; start < text.length;) {
    const eol = text.indexOf("\n", start);
    const next = eol === -1 ? text.length : eol + 1;
    yield { text: text.slice(start, eol === -1 ? text.length : eol).replace(/\r$/, ""), start, next };
    start = next;
  }
}

// A code fence (CommonMark): at least three of one sign; it is closed by as many without an info text.
type Fence = { readonly sign: string; readonly length: number };

function fenceAfter(open: Fence | undefined, line: string): Fence | undefined {
  const match = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
  const [, run = "", info = ""] = match ?? [];
  const sign = run[0] ?? "";
  if (!match) return open;
  if (open === undefined) return sign === "`" && info.includes("`") ? undefined : { sign, length: run.length };
  return sign === open.sign && run.length >= open.length && info.trim() === "" ? undefined : open;
}

/** Every block of a text by name. Markers inside of a fenced code block are a person's text. */
export function findBlocks(text: string, syntax: BlockSyntax): { readonly blocks: ReadonlyMap<string, Block> } | { readonly defect: EditDefect } {
  const blocks = new Map<string, Block>();
  const [bom] = splitBom(text);
  let fence: Fence | undefined;
  let open: { readonly name: string; readonly line: number; readonly start: number; readonly bodyStart: number } | undefined;
  let number = 0;
  for (const line of linesOf(text, bom.length)) {
    number += 1;
    const [, word, name = ""] = MARKER[syntax].exec(line.text) ?? [];
    const broken = (message: string) => ({ defect: { line: number, message } });
    if (open === undefined) {
      if (syntax === "html") fence = fenceAfter(fence, line.text);
      if (fence !== undefined || word === undefined) continue;
      if (word === "end") return broken(`the marker aiwg:end ${name} has no begin`);
      if (blocks.has(name)) return broken(`the block ${name} is there twice`);
      open = { name, line: number, start: line.start, bodyStart: line.next };
    } else if (word !== undefined) {
      if (word === "begin") return broken(`the marker aiwg:begin ${name} stands inside of the block ${open.name}, which begins in line ${open.line}`);
      if (name !== open.name) return broken(`the marker aiwg:end ${name} ends a block that is named ${open.name} in line ${open.line}`);
      const body = toLf(text.slice(open.bodyStart, line.start));
      blocks.set(name, { text: body.replace(/\n$/, ""), start: open.start, bodyStart: open.bodyStart, bodyEnd: line.start, end: line.next });
      open = undefined;
    }
  }
  if (open) return { defect: { line: open.line, message: `the block ${open.name} has no end marker` } };
  return { blocks };
}

/** The text without its blocks; all of it where its markers are broken, since then nobody can tell what is whose. In linear time. */
export function withoutBlocks(text: string, syntax: BlockSyntax): string {
  const found = findBlocks(text, syntax);
  if ("defect" in found) return text;
  let kept = "";
  let from = 0;
  for (const { start, end } of found.blocks.values()) {
    kept += text.slice(from, start);
    from = end;
  }
  return kept + text.slice(from);
}

/** True for a text that cannot stand in a block, since a line of it is itself a marker, or as good as one. */
export function holdsMarker(text: string, syntax: BlockSyntax): boolean {
  return LIKE_MARKER[syntax].test(text);
}

/** Bytes of both marker lines with their line ends (LF). */
export function markerBytes(syntax: BlockSyntax, name: string): number {
  return Buffer.byteLength(`${markerLine(syntax, "begin", name)}\n${markerLine(syntax, "end", name)}\n`);
}

/**
 * Sets the text of a block in place, or appends the block. An appended one mirrors the text before it: after a final line end comes
 * a blank line, and the block ends with a line end; a text without a final line end gets a block without one. So `removeBlock`
 * can tell what was there.
 */
export function setBlock(text: string, syntax: BlockSyntax, name: string, body: string): Edited {
  const found = findBlocks(text, syntax);
  if ("defect" in found) return found;
  const block = found.blocks.get(name);
  if (block) {
    const eol = eolAround(text, block.bodyStart);
    return { text: `${text.slice(0, block.bodyStart)}${toLf(body).replaceAll("\n", eol)}${eol}${text.slice(block.bodyEnd)}` };
  }
  const [, rest] = splitBom(text);
  const eol = text.endsWith("\r") ? "\r\n" : eolAround(text, text.length);
  const lines = [markerLine(syntax, "begin", name), toLf(body).replaceAll("\n", eol), markerLine(syntax, "end", name)].join(eol);
  const edited = `${text}${rest === "" ? "" : eol}${lines}${rest === "" || rest.endsWith("\n") ? eol : ""}`;
  // In the shade of an open code fence it would be code, and no next run would find it.
  const again = findBlocks(edited, syntax);
  if ("defect" in again || !again.blocks.has(name)) return { defect: { line: lastFence(rest), message: "the code fence that opens here is never closed" } };
  return { text: edited };
}

function lastFence(text: string): number {
  let fence: Fence | undefined;
  let opened = 1;
  for (const [i, line] of text.split("\n").entries()) {
    const next = fenceAfter(fence, line.replace(/\r$/, ""));
    if (next !== undefined && fence === undefined) opened = i + 1;
    fence = next;
  }
  return opened;
}

/** Takes a block out, with the line ends that came with it and no others; a text without it stays. */
export function removeBlock(text: string, syntax: BlockSyntax, name: string): Edited {
  const found = findBlocks(text, syntax);
  if ("defect" in found) return found;
  const block = found.blocks.get(name);
  if (!block) return { text };
  const before = text.slice(0, block.start);
  const closed = text[block.end - 1] === "\n";
  // With a line end of its own, the block had a blank line before it; that one goes if it is still there.
  const separator = closed ? /(^\uFEFF?|\n)\r?\n$/.test(before) : before.endsWith("\n");
  return { text: `${separator ? before.replace(/\r?\n$/, "") : before}${text.slice(block.end)}` };
}
