// What the editors of shared files have in common: line ends, lines, what came of an edit. Pure; must not know any format.

/** Why a text cannot be edited; `line` is 1-based. */
export type EditDefect = { readonly line: number; readonly message: string };

/** The text after an edit, or why it stays as it is. */
export type Edited = { readonly text: string } | { readonly defect: EditDefect };

/** The text without its byte order mark, and the mark. */
export function splitBom(text: string): readonly [bom: string, rest: string] {
  return text.startsWith("\uFEFF") ? ["\uFEFF", text.slice(1)] : ["", text];
}

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** The line end in use around an offset: the last one before it, else the first one after it, else LF. */
export function eolAround(text: string, offset: number): "\n" | "\r\n" {
  const before = text.lastIndexOf("\n", offset - 1);
  const at = offset > 0 && before !== -1 ? before : text.indexOf("\n", offset);
  return at > 0 && text[at - 1] === "\r" ? "\r\n" : "\n";
}
