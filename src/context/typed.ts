// What a person types in the folder they are in to mean a scope, or a path of it: for commands that messages name. Must not know
// any command.
import { join } from "node:path";
import { shownPath } from "../core/node/paths.ts";
import type { Site } from "./site.ts";

/** What follows a command that is about this scope: nothing for a project. */
export function scopeFlag({ scope }: Pick<Site, "scope">): string {
  return scope === "user" ? " --scope user" : "";
}

/** A path of the root, with the scope behind it, quoted where a shell needs it. */
export function typedPath(path: string, site: Pick<Site, "scope" | "root">, cwd: string): string {
  const shown = shownPath(join(site.root, path), cwd);
  return `${/^[\w./@:+,=-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`}${scopeFlag(site)}`;
}
