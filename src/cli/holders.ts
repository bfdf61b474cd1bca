// Which processes of ours run on this machine, read off the locks that they hold: executors, the bridge. Asks no serve.
// Must not start or stop anything.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isLocked, lockHolder } from "../core/node/lock.ts";
import type { Places } from "../core/node/paths.ts";
import { type ProcessId, startOf } from "../core/node/processes.ts";

/** The process that holds the lock at `path`, if one does. */
export function holderOf(path: string): ProcessId | undefined {
  const holder = existsSync(path) && isLocked(path) ? lockHolder(path) : undefined;
  const start = holder && startOf(holder.pid);
  return holder && start !== undefined ? { pid: holder.pid, start } : undefined;
}

/** Executors of this user on this machine that run now, whatever serve they are for. */
export function executorsHere(places: Places): { readonly id: string; readonly process: ProcessId }[] {
  const ids = join(places.executor, "ids");
  if (!existsSync(ids)) return [];
  return readdirSync(ids).flatMap((id) => {
    const process = holderOf(join(ids, id, "lock"));
    return process ? [{ id, process }] : [];
  });
}
