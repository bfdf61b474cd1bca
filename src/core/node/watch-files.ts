// Says which files below some folders changed, a moment after the last of them did. Must not read them, nor know whose they are.
import { type FSWatcher, watch } from "chokidar";
import { realpathSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Editors write a file in several steps, and people save several files. */
const QUIET_MS = 100;
/** A folder that goes and comes again is another one, which nobody watches yet. */
const LOOK_MS = 1_000;
const READY_MS = 5_000;

// One that cannot be looked at is as one that is not there: nobody waits for this to fail.
function identityOf(folder: string): string {
  try {
    const { dev, ino } = statSync(folder);
    return `${folder}\0${dev}:${ino}`;
  } catch {
    return `${folder}\0`;
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

export type FileWatch = {
  /** Watches these folders, and no others any more. Resolves once their changes are seen. */
  readonly only: (folders: readonly string[]) => Promise<void>;
  /** Paths that changed since it was last asked; waits for the first. Empty once the signal is aborted. */
  readonly changed: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/**
 * Watches nothing at first, and nothing new once `signal` is aborted. `isIgnored` is asked about each path; a folder that is ignored is so
 * with all below it.
 */
export function watchFiles(isIgnored: (path: string) => boolean, signal: AbortSignal): FileWatch {
  const seen = new Set<string>();
  let notice = (): void => undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let current: { readonly folders: readonly string[]; readonly identities: readonly string[]; readonly watcher: FSWatcher } | undefined;
  let switching = Promise.resolve();
  const tell = (path: string): void => {
    seen.add(path);
    clearTimeout(quiet);
    quiet = setTimeout(() => notice(), QUIET_MS);
  };
  signal.addEventListener("abort", () => notice(), { once: true });
  const start = async (folders: readonly string[]): Promise<FSWatcher> => {
    const watcher = watch(folders.map(realOf), { ignoreInitial: true, followSymlinks: false, ignored: (path) => isIgnored(path) });
    watcher.on("all", (_event, path) => tell(path));
    // A folder that may not be read: the others are watched all the same.
    watcher.on("error", () => undefined);
    // Of a folder that goes while it is read it may never be said.
    await Promise.race([
      new Promise<void>((resolve) => watcher.once("ready", resolve)),
      sleep(READY_MS, undefined, { signal, ref: false }).catch(() => undefined),
    ]);
    return watcher;
  };
  const switchTo = async (folders: readonly string[]): Promise<void> => {
    const identities = folders.map(identityOf);
    if (signal.aborted || identities.join("\n") === current?.identities.join("\n")) return;
    const before = current?.watcher;
    current = { folders, identities, watcher: await start(folders) };
    await before?.close();
  };
  // One after another: of two at once one would be forgotten, and watch for ever.
  const only = (folders: readonly string[]): Promise<void> => (switching = switching.then(() => switchTo(folders)));
  const look = setInterval(() => {
    const other = current?.folders.find((folder, i) => identityOf(folder) !== current?.identities[i]);
    if (!current || other === undefined) return;
    void only(current.folders).then(() => tell(other));
  }, LOOK_MS);
  return {
    only,
    async changed() {
      if (seen.size === 0 && !signal.aborted) await new Promise<void>((resolve) => (notice = resolve));
      if (signal.aborted) return [];
      const paths = [...seen];
      seen.clear();
      return paths;
    },
    async close() {
      clearInterval(look);
      await switching;
      await current?.watcher.close();
      clearTimeout(quiet);
    },
  };
}
