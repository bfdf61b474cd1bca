// Where fetched sources lie: one folder for each revision, put there in one piece and never changed. Must not know how they are fetched.
import { hash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasErrno, makePrivateDir } from "../../core/node/fs.ts";

const STALE_MS = 24 * 60 * 60_000;
const TEMPORARY = ".tmp-";

export type SourceCache = {
  /** The folder of a revision, if it was fetched before. */
  readonly find: (source: string, rev: string, label: string) => string | undefined;
  readonly drop: (source: string, rev: string) => void;
  /** Calls `work` with an empty folder that goes afterwards. */
  readonly scratch: <T>(work: (folder: string) => Promise<T>) => Promise<T>;
  /** Makes the folder of a revision by `fill`; where another run was faster, its folder. */
  readonly store: (source: string, rev: string, label: string, fill: (folder: string) => void) => string;
};

/** The cache in `folder`, which is made when something is stored. `source` says what was fetched, all of it. */
export function sourceCache(folder: string): SourceCache {
  const keyOf = (source: string, rev: string): string => join(folder, hash("sha256", JSON.stringify([source, rev]), "hex").slice(0, 40));
  const newTemporary = (): string => {
    makePrivateDir(folder);
    const path = join(folder, `${TEMPORARY}${randomUUID()}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  return {
    find(source, rev, label) {
      const path = join(keyOf(source, rev), label);
      return existsSync(path) ? realpathSync(path) : undefined;
    },
    drop: (source, rev) => rmSync(keyOf(source, rev), { recursive: true, force: true }),
    async scratch(work) {
      sweep(folder);
      const path = newTemporary();
      try {
        return await work(path);
      } finally {
        rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      }
    },
    store(source, rev, label, fill) {
      const path = newTemporary();
      const place = keyOf(source, rev);
      try {
        mkdirSync(join(path, label));
        fill(join(path, label));
        renameSync(path, place);
      } catch (error) {
        rmSync(path, { recursive: true, force: true });
        if (!hasErrno(error, "ENOTEMPTY") && !hasErrno(error, "EEXIST")) throw error;
      }
      return realpathSync(join(place, label));
    },
  };
}

// What a killed run left.
function sweep(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = name.startsWith(TEMPORARY) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stats && Date.now() - stats.mtimeMs > STALE_MS) rmSync(path, { recursive: true, force: true });
  }
}
