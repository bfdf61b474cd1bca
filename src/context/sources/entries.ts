// Files of a source from elsewhere, all judged in memory before the first one is written. Only files, folders and links are taken;
// what the links and names mean for a bundle is judged by whoever reads the folder. Must not know where they come from.
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AiwgError } from "../../core/errors.ts";
import { hasErrno } from "../../core/node/fs.ts";
import { grouped, humanBytes, oneLine } from "../../core/text.ts";
import type { FetchLimits } from "./limits.ts";

/** `bytes` null: a file beyond the limit of one file, which stands for itself by its size alone. */
export type Entry =
  | { readonly type: "file"; readonly bytes: Uint8Array | null; readonly executable: boolean }
  | { readonly type: "link"; readonly target: string }
  | { readonly type: "folder" };

export type Entries = {
  /** Counts and judges an entry before its content is read. Throws `path_escape`, `source_unusable`, `too_large`. */
  readonly admit: (path: string, bytes: number) => void;
  /** Takes an admitted entry. Throws `source_unusable` where the path is taken. */
  readonly put: (path: string, entry: Entry) => void;
  readonly get: (path: string) => Entry | undefined;
  /** Makes them below an empty folder, without the folder `strip`. */
  readonly write: (folder: string, strip?: string) => void;
  readonly paths: () => readonly string[];
};

const MAX_PATH = 4_096;

function judgePath(shown: string, path: string): void {
  const parts = path.split("/");
  const name = oneLine(path, 120);
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path) || parts.includes("..") || path.includes("\\"))
    throw new AiwgError("path_escape", `${shown}: "${name}" leads out of the folder that it would be put in; nothing was written`, {
      hint: "Do not use this source, and tell whoever made it.",
    });
  if (path.includes("\0") || path.length > MAX_PATH || parts.some((part) => part === "" || part === "."))
    throw new AiwgError("source_unusable", `${shown}: "${name}" is not a path`);
}

/** An empty collection; `shown` is the source as messages name it. */
export function newEntries(shown: string, limits: FetchLimits): Entries {
  const entries = new Map<string, Exclude<Entry, { readonly type: "folder" }>>();
  const folders = new Set<string>();
  let count = 0;
  let content = 0;
  const tooLarge = (what: string): AiwgError =>
    new AiwgError("too_large", `${shown} has more than ${what}; nothing was written`, { hint: "Use a smaller source." });
  const taken = (path: string): AiwgError => new AiwgError("source_unusable", `${shown}: "${oneLine(path, 120)}" is there twice; nothing was written`);
  const countOne = (): void => {
    count += 1;
    if (count > limits.entries) throw tooLarge(`${grouped(limits.entries)} files and folders`);
  };
  const addFolder = (path: string): void => {
    for (let at = path; at !== "." && !folders.has(at); at = dirname(at)) {
      if (entries.has(at)) throw taken(at);
      countOne();
      folders.add(at);
    }
  };
  return {
    admit(path, bytes) {
      judgePath(shown, path);
      content += bytes;
      if (content > limits.contentBytes) throw tooLarge(humanBytes(limits.contentBytes));
    },
    put(path, entry) {
      addFolder(entry.type === "folder" ? path : dirname(path));
      if (entry.type === "folder") return;
      if (entries.has(path) || folders.has(path)) throw taken(path);
      countOne();
      entries.set(path, entry);
    },
    get: (path) => entries.get(path),
    paths: () => [...folders, ...entries.keys()],
    write(folder, strip) {
      const pathOf = (path: string): string => join(folder, strip === undefined ? path : path.slice(strip.length + 1));
      for (const path of folders) if (path !== strip) mkdirSync(pathOf(path), { recursive: true });
      // Links come last: nothing is ever written through one.
      const order = [...entries].toSorted(([, a], [, b]) => Number(a.type === "link") - Number(b.type === "link"));
      for (const [path, entry] of order) make(shown, pathOf(path), entry, limits);
    },
  };
}

function make(shown: string, path: string, entry: Exclude<Entry, { readonly type: "folder" }>, limits: FetchLimits): void {
  try {
    if (entry.type === "link") symlinkSync(entry.target, path);
    else {
      writeFileSync(path, entry.bytes ?? "", { flag: "wx", mode: entry.executable ? 0o755 : 0o644 });
      // A hole of that size: whoever reads the bundle says that the file is too large, where it matters.
      if (entry.bytes === null) truncateSync(path, limits.fileBytes + 1);
    }
  } catch (error) {
    if (hasErrno(error, "EEXIST")) {
      throw new AiwgError(
        "source_unusable",
        `${shown}: "${oneLine(path, 200)}" differs from another name only in case or Unicode form, which this disk cannot tell apart`,
      );
    }
    if (hasErrno(error, "ENAMETOOLONG") || hasErrno(error, "EILSEQ") || hasErrno(error, "EINVAL"))
      throw new AiwgError("source_unusable", `${shown}: "${oneLine(path, 200)}" cannot be a name on this disk`);
    throw error;
  }
}
