// What of a shared text is a person's. Must not know what it means.
import { syntaxIn } from "../plan/disk.ts";
import { withoutBlocks } from "../edit/block.ts";
import { textOf } from "../parse/document.ts";
import type { Tree } from "../parse/tree.ts";

/** What of a text is not inside of our blocks, trimmed; "" for no text. */
export function textBesideOurs(tree: Tree, path: string): string {
  const file = tree.typeAt(path) === "file" ? tree.read(path) : undefined;
  const text = file === undefined || "problem" in file ? "" : (textOf(file.bytes) ?? "");
  return withoutBlocks(text, syntaxIn(path)).trim();
}
