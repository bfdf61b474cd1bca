// Whether the lock of a project is the one that this user's aiwg wrote last. One that came with a clone, or was edited, may name
// files that aiwg never wrote. Must not know what follows from it.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readIfExists } from "../../core/node/fs.ts";
import { sha256 } from "../plan/disk.ts";
import type { Site } from "../site.ts";

const fileOf = (site: Site): string => join(dirname(site.keyFile), "locks", sha256(site.lockFile).slice(0, 32));

/** True if `text` is what `rememberLock` was last told for this scope. */
export function isFamiliar(site: Site, text: string): boolean {
  return readIfExists(fileOf(site)) === sha256(text);
}

/** Remembers the lock that was just written. A loss of it costs copies of what is deleted, nothing else. */
export function rememberLock(site: Site, text: string): void {
  try {
    const file = fileOf(site);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, sha256(text), { mode: 0o600 });
  } catch {
    // The deploy itself is done.
  }
}
