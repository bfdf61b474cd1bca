// The one judge of where a path leads: names, and every link on the way, before anything is written. What leads out of the root
// refuses the whole run. Must not read the content of files, nor write.
import { type Stats, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { hasErrno } from "../core/node/fs.ts";
import { oneLine } from "../core/text.ts";
import { pathFault } from "./path-fault.ts";
import type { Site } from "./site.ts";

/** Where a path really is: relative to the root, forward slashes, no links. `stat` undefined: nothing is there. */
export type RealPlace = {
  readonly real: string;
  readonly stat: Stats | undefined;
  /** Something that is no folder stands where a folder would have to be. */
  readonly blocked: string | null;
};

type RealFolder = { readonly real: string; readonly exists: boolean; readonly blocked: string | null };

/** Resolves paths of one root; answers are kept, so a run asks the disk once for each folder. */
export type Root = {
  /** Where an output would be. Throws `path_escape`. */
  readonly locate: (path: string) => RealPlace;
  /** Folders above a real path that do not exist, outermost first. */
  readonly missingFolders: (real: string) => string[];
};

/** The one file of a repository's own that is written to: a marked block in git's list of ignored files, where the config asks for it. */
export const GIT_EXCLUDE = ".git/info/exclude";

function escape(path: string, why: string): AiwgError {
  return new AiwgError("path_escape", `"${oneLine(path, 200)}" ${why}`);
}

const inside = (path: string, folder: string): boolean => path === folder || path.startsWith(folder === sep ? sep : folder + sep);

// Where a link leads, whether or not something is there.
function followLink(link: string): string {
  try {
    return realpathSync.native(link);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw error;
  }
  const missing: string[] = [];
  let at = resolve(realpathSync.native(dirname(link)), readlinkSync(link));
  for (;;) {
    const stat = lstatSync(at, { throwIfNoEntry: false });
    // A link to a link to nothing: its own end counts.
    if (stat?.isSymbolicLink()) return join(followLink(at), ...missing);
    if (stat) return join(realpathSync.native(at), ...missing);
    missing.unshift(basename(at));
    at = dirname(at);
  }
}

/** A resolver for the outputs of a site. */
export function openRoot(site: Site): Root {
  const { root, home } = site;
  const folders = new Map<string, RealFolder>([["", { real: "", exists: true, blocked: null }]]);
  // Parts are normal by now, and there are thousands: path.join would look at each of them again.
  const base = root.endsWith(sep) ? root : root + sep;
  const absolute = (real: string): string => base + real;
  const under = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

  // Folders of our own files, by their real paths: only scripts of behaviors may lie there.
  const ownFolders = (): string[] => {
    const paths = site.scope === "project" ? [dirname(site.lockFile)] : [dirname(site.lockFile), dirname(site.consentFile)];
    return paths.map((path) => (existsSync(path) ? realpathSync.native(path) : path)).filter((path) => inside(path, root) && path !== root);
  };
  let own: readonly string[] | undefined;

  const isHomeInside = inside(home, root);
  const judge = (path: string, real: string): void => {
    if (site.scope === "project" && isHomeInside && inside(absolute(real), home))
      throw escape(path, "leads into your home folder, where project scope never writes");
    if (real !== path && pathFault(real) !== undefined) throw escape(path, `leads to ${real}, which ${pathFault(real)}`);
    own ??= ownFolders().map((folder) => `${folder.slice(root === sep ? 1 : root.length + 1)}/`.toLowerCase());
    const ours = own.find((folder) => `${real.slice(0, folder.length)}${real.length < folder.length ? "/" : ""}`.toLowerCase() === folder);
    if (ours !== undefined && !/^behaviors\/./i.test(real.slice(ours.length))) throw escape(path, "leads to a file that aiwg keeps for itself");
  };

  const follow = (path: string, link: string): string => {
    let target: string;
    try {
      target = followLink(link);
    } catch (error) {
      throw escape(path, `goes through the link ${link}, which leads nowhere (${error instanceof Error ? error.message : "unreadable"})`);
    }
    if (!inside(target, root)) throw escape(path, `goes through the link ${link}, which leads out of ${root}, to ${target}`);
    return target === root ? "" : target.slice(root === sep ? 1 : root.length + 1).replaceAll(sep, "/");
  };

  const folder = (path: string): RealFolder => {
    const known = folders.get(path);
    if (known) return known;
    const cut = path.lastIndexOf("/");
    const parent = folder(cut === -1 ? "" : path.slice(0, cut));
    const real = under(parent.real, path.slice(cut + 1));
    let found: RealFolder = { real, exists: false, blocked: parent.blocked };
    if (parent.exists) {
      const stat = lstatSync(absolute(real), { throwIfNoEntry: false });
      const target = stat?.isSymbolicLink() ? follow(path, absolute(real)) : real;
      const end = target === real ? stat : statSync(absolute(target), { throwIfNoEntry: false });
      found = { real: target, exists: end?.isDirectory() === true, blocked: end && !end.isDirectory() ? `${target} is no folder` : null };
    }
    folders.set(path, found);
    if (found.real !== path && !folders.has(found.real)) folders.set(found.real, found);
    return found;
  };

  return {
    locate(path) {
      const fault = path === GIT_EXCLUDE ? undefined : pathFault(path);
      if (fault !== undefined) throw escape(path, fault);
      const cut = path.lastIndexOf("/");
      const parent = folder(cut === -1 ? "" : path.slice(0, cut));
      let real = under(parent.real, path.slice(cut + 1));
      let stat = parent.exists ? lstatSync(absolute(real), { throwIfNoEntry: false }) : undefined;
      if (stat?.isSymbolicLink()) {
        real = follow(path, absolute(real));
        stat = statSync(absolute(real), { throwIfNoEntry: false });
      }
      judge(path, real);
      return { real, stat, blocked: parent.blocked };
    },
    missingFolders(real) {
      const missing: string[] = [];
      for (let cut = real.lastIndexOf("/"); cut > 0; cut = real.lastIndexOf("/", cut - 1)) {
        const path = real.slice(0, cut);
        if (folder(path).exists) break;
        missing.unshift(path);
      }
      return missing;
    },
  };
}

/** True for a folder that is there, reached without a link, in which an output may lie. */
export function isOpenFolder(root: Root, path: string): boolean {
  try {
    const { real, stat } = root.locate(path);
    return real === path && stat?.isDirectory() === true;
  } catch (error) {
    if (isAiwgError(error) && error.code === "path_escape") return false;
    throw error;
  }
}

/** Throws `path_escape` if a file of our own in a project's `.aiwg/` would lie outside of the root, or a link stands in for it. */
export function judgeOwnFiles(site: Site): void {
  if (site.scope === "user") return;
  for (const path of [dirname(site.lockFile), site.lockFile, site.configFile, site.journalDir]) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isSymbolicLink()) continue;
    let target: string | undefined;
    try {
      target = followLink(path);
    } catch {
      target = undefined;
    }
    if (target === undefined || !inside(target, site.root)) {
      throw new AiwgError("path_escape", `${path} is a link that leads out of ${site.root}${target === undefined ? "" : `, to ${target}`}`);
    }
  }
}
