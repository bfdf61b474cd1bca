// A bundle's folder as hostile input: names, links, sizes and kinds of files are judged before anything is opened.
// Must not know what the files mean.
import { hash } from "node:crypto";
import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { sep } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { hasErrno } from "../../core/node/fs.ts";
import { byCodeUnits, type PartFile } from "../model.ts";

/** A file of the tree with the sha256 (hex) of its bytes. `path` has forward slashes and is relative to the folder asked for. */
export type TreeFile = PartFile & { readonly digest: string };

/** Why something of the tree is not read. `path` is relative to the root. */
export type Problem = { readonly path: string; readonly problem: string };

/** A place that a pattern matches; `name` is what its last `*` stands for, or null. */
export type Match = { readonly path: string; readonly name: string | null; readonly problem: string | null };

type Node = { readonly type: "file" | "folder"; readonly real: string; readonly chain: readonly string[] };
/** What stands in a folder by name, sorted: a node, or why it is not read. */
type Entries = ReadonlyMap<string, Node | string>;

/** Bounds of one bundle. */
export const LIMITS = { files: 100_000, fileBytes: 10 * 1024 * 1024, totalBytes: 256 * 1024 * 1024, depth: 64 } as const;

const SKIPPED: ReadonlySet<string> = new Set([".git", "node_modules", ".DS_Store"]);

/** Two names with the same key are one name on disks that ignore case or Unicode forms. */
export function foldName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name.toLowerCase() : name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

const joined = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

function typeOf(stats: Pick<Dirent, "isFile" | "isDirectory">): "file" | "folder" | undefined {
  return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : undefined;
}

// Left beside files by systems (`._x.md`) and editors (`.#x.md`), and meant by nobody.
const LEFTOVER = /^\.[_#]/;

const SPECIAL = "is neither a file nor a folder";

// A link counts as what it points to, if that is part of the bundle.
function followLink(path: string, root: string, chain: readonly string[]): Node | string {
  try {
    const real = realpathSync(path);
    const inside = real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
    if (!inside) return "is a link that leads out of the bundle";
    if (
      real
        .slice(root.length)
        .split(sep)
        .some((part) => SKIPPED.has(part))
    )
      return "is a link into a folder that is not part of a bundle";
    const type = typeOf(lstatSync(real));
    if (type === undefined) return SPECIAL;
    if (chain.includes(real)) return "is a link that leads back to a folder above it";
    return { type, real, chain: [...chain, real] };
  } catch (error) {
    if (hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR")) return "is a link to nowhere";
    if (hasErrno(error, "ELOOP")) return "is a link that leads back to itself";
    return "is a link that cannot be followed";
  }
}

function judgeName(name: string): string | undefined {
  if (/[\u0000-\u001f\u007f\\]/.test(name)) return "has a control character or a backslash in its name";
  return name.includes("\uFFFD") || !name.isWellFormed() ? "has a name that is not UTF-8" : undefined;
}

/** A folder that is read piece by piece, each piece once. Throws `too_large` where the bundle is beyond its bounds. */
export class Tree {
  readonly #root: string;
  readonly #folders = new Map<string, Entries | string>();
  readonly #read = new Map<string, TreeFile>();
  #entries = 0;
  #bytes = 0;

  /** `root` is a real path. */
  constructor(root: string) {
    this.#root = root;
  }

  #list(folder: string, node: Node): Entries | string {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const listed = this.#readFolder(node);
    this.#folders.set(folder, listed);
    return listed;
  }

  #readFolder({ real, chain }: Node): Entries | string {
    if (chain.length > LIMITS.depth) return `is more than ${LIMITS.depth} folders deep`;
    let found: Dirent[];
    try {
      found = readdirSync(real, { withFileTypes: true });
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return new Map();
      return "is a folder that may not be read";
    }
    this.#entries += found.length;
    if (this.#entries > LIMITS.files)
      throw new AiwgError("too_large", `${this.#root} has more than ${LIMITS.files} files`, { hint: "Name the folder of the bundle itself." });
    const seen = new Map<string, string>();
    const entries = new Map<string, Node | string>();
    for (const dirent of found.toSorted((a, b) => byCodeUnits(a.name, b.name))) {
      const { name } = dirent;
      if (SKIPPED.has(name)) continue;
      const twin = seen.get(foldName(name));
      seen.set(foldName(name), name);
      const refused =
        judgeName(name) ?? (twin === undefined ? undefined : `differs from "${twin}" only in case or Unicode form, which many disks cannot tell apart`);
      entries.set(name, refused ?? this.#nodeOf(dirent, `${real}${real.endsWith(sep) ? "" : sep}${name}`, chain));
    }
    return entries;
  }

  #nodeOf(dirent: Dirent, path: string, chain: readonly string[]): Node | string {
    if (dirent.isSymbolicLink()) return followLink(path, this.#root, chain);
    const type = typeOf(dirent);
    return type === undefined ? SPECIAL : { type, real: path, chain: type === "folder" ? [...chain, path] : chain };
  }

  /** What stands at a path; undefined for nothing. */
  #find(path: string): Node | string | undefined {
    let node: Node = { type: "folder", real: this.#root, chain: [this.#root] };
    let at = "";
    for (const name of path === "" ? [] : path.split("/")) {
      if (node.type !== "folder") return undefined;
      const entries = this.#list(at, node);
      if (typeof entries === "string") return entries;
      const next: Node | string | undefined = entries.get(name);
      if (next === undefined || typeof next === "string") return next;
      node = next;
      at = joined(at, name);
    }
    return node;
  }

  /** What is at a path of the tree; a problem counts as nothing. */
  typeAt(path: string): "file" | "folder" | undefined {
    const node = this.#find(path);
    return typeof node === "object" ? node.type : undefined;
  }

  /** Names in a folder that are not hidden, sorted; empty where there is none. */
  names(folder: string): readonly string[] {
    const node = this.#find(folder);
    const entries = typeof node === "object" && node.type === "folder" ? this.#list(folder, node) : "";
    return typeof entries === "string" ? [] : [...entries.keys()].filter((name) => !name.startsWith("."));
  }

  /** The places below `under` that a pattern such as `rules/*.md` names: one `*` at most in each part; a hidden name that it would stand for is a problem. */
  match(pattern: string, under = ""): readonly Match[] {
    const parts = pattern.split("/");
    const star = parts.findIndex((part) => part.includes("*"));
    const one = (path: string, name: string | null): Match[] => {
      const node = this.#find(path);
      if (node === undefined) return [];
      if (typeof node === "string") return [{ path, name, problem: node }];
      return node.type === "file" ? [{ path, name, problem: null }] : [];
    };
    if (star === -1) return one(joined(under, pattern), null);
    const folder = joined(under, parts.slice(0, star).join("/")).replace(/\/$/, "");
    const node = this.#find(folder);
    if (node === undefined || (typeof node === "object" && node.type !== "folder")) return [];
    const entries = typeof node === "string" ? node : this.#list(folder, node);
    if (typeof entries === "string") return [{ path: folder, name: null, problem: entries }];
    const [before = "", after = ""] = (parts[star] ?? "").split("*");
    const rest = parts.slice(star + 1);
    return [...entries].flatMap(([entry, found]) => {
      const fits = entry.startsWith(before) && entry.endsWith(after) && entry.length > before.length + after.length;
      const hidden = entry.startsWith(".");
      // At the top of a folder hidden ones are other programs' own.
      if (!fits || (hidden && (star === 0 || LEFTOVER.test(entry)))) return [];
      const path = joined(folder, entry);
      const name = entry.slice(before.length, entry.length - after.length);
      if (hidden && rest.some((part) => part.includes("*"))) return [];
      if (hidden) return one([path, ...rest].join("/"), name).map((match) => ({ ...match, problem: match.problem ?? "has a name that begins with a dot" }));
      if (typeof found === "object" && rest.some((part) => part.includes("*"))) return found.type === "folder" ? this.match(rest.join("/"), path) : [];
      if (typeof found === "string") return star === 0 && rest.length > 0 ? [] : [{ path, name, problem: found }];
      return one([path, ...rest].join("/"), name);
    });
  }

  /** One file, or why it is not read. */
  read(path: string): TreeFile | Problem {
    const known = this.#read.get(path);
    if (known) return known;
    const node = this.#find(path);
    if (node === undefined) return { path, problem: "is not there" };
    if (typeof node === "string") return { path, problem: node };
    if (node.type === "folder") return { path, problem: "is a folder" };
    return this.#open(path, node.real);
  }

  #open(path: string, real: string): TreeFile | Problem {
    let file: number;
    try {
      // Not a device or pipe that took its place since: those would block.
      file = openSync(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      return { path, problem: hasErrno(error, "EACCES") ? "may not be read" : "cannot be opened" };
    }
    try {
      const stats = fstatSync(file);
      const { size } = stats;
      if (!stats.isFile()) return { path, problem: SPECIAL };
      if (size > LIMITS.fileBytes) return { path, problem: `is larger than ${LIMITS.fileBytes / 1024 / 1024} MiB` };
      this.#bytes += size;
      if (this.#bytes > LIMITS.totalBytes)
        throw new AiwgError("too_large", `${this.#root} has more than ${LIMITS.totalBytes / 1024 / 1024} MiB to read`, {
          hint: "Name the folder of the bundle itself.",
        });
      const buffer = Buffer.allocUnsafe(size);
      let length = 0;
      for (let got = -1; got !== 0 && length < size; length += got) got = readSync(file, buffer, length, size - length, null);
      const bytes = buffer.subarray(0, length);
      const read: TreeFile = { path, bytes, executable: (stats.mode & 0o100) !== 0, digest: hash("sha256", bytes, "hex") };
      this.#read.set(path, read);
      return read;
    } catch (error) {
      if (error instanceof AiwgError) throw error;
      return { path, problem: "cannot be read" };
    } finally {
      closeSync(file);
    }
  }

  /** All files below a folder, sorted; their paths are relative to it. */
  walk(folder: string): { readonly files: readonly TreeFile[]; readonly problems: readonly Problem[] } {
    const files: TreeFile[] = [];
    const problems: Problem[] = [];
    const visit = (path: string, node: Node): void => {
      const entries = this.#list(path, node);
      if (typeof entries === "string") {
        problems.push({ path, problem: entries });
        return;
      }
      for (const [name, entry] of entries) {
        const inner = joined(path, name);
        if (typeof entry === "string") problems.push({ path: inner, problem: entry });
        else if (entry.type === "folder") visit(inner, entry);
        else {
          const read = this.#read.get(inner) ?? this.#open(inner, entry.real);
          if ("problem" in read) problems.push(read);
          else files.push({ ...read, path: folder === "" ? inner : inner.slice(folder.length + 1) });
        }
      }
    };
    const node = this.#find(folder);
    if (typeof node === "object" && node.type === "folder") visit(folder, node);
    return { files: files.toSorted((a, b) => byCodeUnits(a.path, b.path)), problems };
  }

  /** sha256 (hex) over paths, modes and contents of everything read so far. */
  integrity(): string {
    const lines = [...this.#read.values()].map(({ path, executable, digest }) => `${executable ? "755" : "644"} ${digest} ${path}\n`);
    return hash("sha256", lines.toSorted(byCodeUnits).join(""), "hex");
  }
}
