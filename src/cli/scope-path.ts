// A path that a person typed in the working folder, as the scope's root sees it. Must not ask whether it exists.
import { relative, resolve, sep } from "node:path";

/** Relative to the root, with forward slashes; begins with `..` where it lies elsewhere. */
export function fromRoot(path: string, cwd: string, root: string): string {
  return relative(root, resolve(cwd, path)).split(sep).join("/") || ".";
}
