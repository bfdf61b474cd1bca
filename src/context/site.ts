// Where a deploy works and where it keeps its own files, for both scopes, as a value. Must not write anything.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { AiwgError } from "../core/errors.ts";
import type { Places } from "../core/node/paths.ts";
import type { ScopeName } from "./platform.ts";

/** One scope on one disk. All paths are absolute; `root` and `home` are real paths. */
export type Site = {
  readonly scope: ScopeName;
  /** What output paths are relative to. */
  readonly root: string;
  /** The user's home: project scope never writes there. */
  readonly home: string;
  readonly configFile: string;
  /** The scope's own bundle. */
  readonly contextDir: string;
  readonly lockFile: string;
  /** Journal of a run; while one lasts it lies there. */
  readonly journalDir: string;
  /** Held by the process that writes. */
  readonly processLock: string;
  /** Secret that signs journals, so that nobody else's is ever followed. */
  readonly keyFile: string;
  readonly backupDir: string;
  readonly consentFile: string;
};

function realFolder(path: string, what: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    throw new AiwgError("not_found", `${what}: there is no folder ${path}`, { cause: error });
  }
}

/**
 * The site of a scope. `root` is the project's folder (ignored in user scope, which is about `home`).
 * Throws `not_found` for a missing folder, `path_escape` where project scope would be the home folder itself.
 */
export function siteOf(input: { readonly scope: ScopeName; readonly root: string; readonly home: string; readonly places: Places }): Site {
  const { scope, places } = input;
  const home = realFolder(input.home, "home folder");
  const user = { keyFile: join(places.context, "key"), backupDir: places.backup, consentFile: places.consent };
  if (scope === "user") {
    return {
      ...{ scope, home, root: home, ...user },
      ...{ configFile: places.userConfig, contextDir: join(places.config, "context"), lockFile: join(places.config, "aiwg.lock") },
      ...{ journalDir: join(places.context, "journal"), processLock: join(places.context, "deploy.lock") },
    };
  }
  const root = realFolder(input.root, "project");
  if (root === home) {
    throw new AiwgError("path_escape", `${root} is your home folder, and project scope never writes there`, {
      hint: "Use --scope user, or work in the folder of a project.",
    });
  }
  const own = join(root, ".aiwg");
  return {
    ...{ scope, home, root, ...user },
    ...{ configFile: join(own, "aiwg.jsonc"), contextDir: join(own, "context"), lockFile: join(own, "aiwg.lock") },
    ...{ journalDir: join(own, "journal"), processLock: join(own, "journal", "deploy.lock") },
  };
}
