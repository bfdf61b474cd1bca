// What the text of a source means: which folder, and how people know it. Must not read what lies in the folder.
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { hasErrno } from "../core/node/fs.ts";
import { shownPath } from "../core/node/paths.ts";
import { oneLine } from "../core/text.ts";

/** Where a bundle lies: a real path, and the same as messages show it. */
export type OpenedSource = { readonly folder: string; readonly shown: string };

const FORMS = "Write a folder as ./folder, ../folder, /folder or ~/folder.";

const isRelative = (text: string): boolean => text === "." || text === ".." || text.startsWith("./") || text.startsWith("../");

function pathOf(text: string, base: string, home: string): string {
  if (text.includes("\0")) throw new AiwgError("usage", `source "${oneLine(text, 80)}" is not a path`, { hint: FORMS });
  if (isRelative(text)) return resolve(base, text);
  if (isAbsolute(text)) return text;
  if (text === "~" || text.startsWith("~/")) return join(home, text.slice(1));
  const near = /^[\w.-]+$/.test(text) ? ` For a folder here, write ./${text}.` : "";
  throw new AiwgError("usage", `source "${oneLine(text, 80)}" is not understood`, { hint: `${FORMS}${near}` });
}

/**
 * The folder that a source names. `base` is what relative ones count from, `home` what `~` stands for, `cwd` where the reader of
 * messages is. Throws `usage` (other forms, a file, a folder that may not be read) or `not_found`.
 */
export function openSource(text: string, { base, home, cwd }: { readonly base: string; readonly home: string; readonly cwd: string }): OpenedSource {
  const path = pathOf(text, base, home);
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
