// The folder that a source names, and how people know it. Must not read what lies in the folder, nor know sources from elsewhere.
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { AiwgError, invariant } from "../core/errors.ts";
import { hasErrno } from "../core/node/fs.ts";
import { shownPath } from "../core/node/paths.ts";
import { oneLine } from "../core/text.ts";
import { sourceSpec } from "./sources/spec.ts";

/** Where a bundle lies: a real path, and the same as messages show it. */
export type OpenedSource = { readonly folder: string; readonly shown: string };

/** The path that a source of this form means; whether something is there is not looked at. */
export function folderOfSource(text: string, { base, home }: { readonly base: string; readonly home: string }): string {
  const spec = sourceSpec(text);
  invariant(spec.form === "folder", "a source from elsewhere is opened as a folder");
  const { path } = spec;
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(base, path);
}

/**
 * The folder that a source names. `base` is what relative ones count from, `home` what `~` stands for, `cwd` where the reader of
 * messages is. Throws `usage` (what is not understood, a file, a folder that may not be read) or `not_found`.
 */
export function openSource(text: string, { base, home, cwd }: { readonly base: string; readonly home: string; readonly cwd: string }): OpenedSource {
  const path = folderOfSource(text, { base, home });
  const shown = shownPath(path, cwd);
  try {
    const folder = realpathSync(path);
    if (!statSync(folder).isDirectory())
      throw new AiwgError("usage", `source "${oneLine(text, 80)}": ${shown} is not a folder`, { hint: "Name the folder of a bundle." });
    accessSync(folder, constants.R_OK | constants.X_OK);
    return { folder, shown };
  } catch (error) {
    if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR"))
      throw new AiwgError("not_found", `source "${oneLine(text, 80)}": there is no folder ${shown}`, { hint: "Check the path, or remove the bundle." });
    if (hasErrno(error, "EACCES")) throw new AiwgError("usage", `source "${oneLine(text, 80)}": ${shown} may not be read`, { hint: "Check its permissions." });
    if (hasErrno(error, "ELOOP")) throw new AiwgError("usage", `source "${oneLine(text, 80)}": ${shown} is a link that leads back to itself`);
    if (hasErrno(error, "ENAMETOOLONG")) throw new AiwgError("usage", `source "${oneLine(text, 80)}" is too long for a path`);
    throw error;
  }
}
