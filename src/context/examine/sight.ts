// What an examination of a scope looks at, and what it says. Must not know any client.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../core/node/paths.ts";
import type { Lock } from "../output.ts";
import { textOf } from "../parse/document.ts";
import type { Tree } from "../parse/tree.ts";
import type { Platform, ScopeName } from "../platform.ts";
import type { Site } from "../site.ts";

/** `fail` is wrong, `warn` worth knowing, `ok` neither. `hint` says what to do. */
export type Trouble = { readonly id: string; readonly status: "ok" | "warn" | "fail"; readonly message: string; readonly hint?: string };

export type Sight = {
  readonly site: Site;
  /** Those in use in this scope. */
  readonly platforms: readonly Platform[];
  readonly lock: Lock;
  /** Trees of the root and of the home folder, which are one in user scope. */
  readonly trees: Readonly<Record<ScopeName, Tree>>;
  readonly env: Env;
  /** A path below the root, as messages show it. */
  readonly shown: (path: string) => string;
};

/** A path of either scope as messages show it. */
export function shownIn({ site, shown }: Sight, scope: ScopeName, path: string): string {
  return scope === "user" && site.scope === "project" ? `~/${path}` : shown(path);
}

/** UTF-8 text of a file; undefined where there is none that can be read. */
export function readText(tree: Tree, path: string): string | undefined {
  const file = tree.typeAt(path) === "file" ? tree.read(path) : undefined;
  return file === undefined || "problem" in file ? undefined : textOf(file.bytes);
}

/** True for two names of one file. */
export function isSameFile({ site }: Sight, a: string, b: string): boolean {
  try {
    return realpathSync(join(site.root, a)) === realpathSync(join(site.root, b));
  } catch {
    return false;
  }
}

export function uses({ platforms }: Sight, id: string): boolean {
  return platforms.some((platform) => platform.id === id);
}

/** True if the lock says that something at a path is ours, and for that platform where one is named. */
export function isOurs({ lock }: Sight, path: string, platform?: string): boolean {
  return lock.outputs.some((line) => line.path === path && (platform === undefined || line.owners.some(([id]) => id === platform)));
}
