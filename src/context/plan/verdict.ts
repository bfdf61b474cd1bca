// The table of contract §7: what is to be done at one place, from what the lock says, what is on disk and what is wanted.
// Pure; must not know how any of it is read or written.
import type { UnitState } from "../output.ts";

/** Content of a place as far as it is compared. `mode` is null for a part of a file. */
export type Print = { readonly hash: string; readonly mode: "644" | "755" | null };

/**
 * What is to be done. `release`: a person had it before us, so it stays and is no longer ours; `forget`: it is gone already;
 * `foreign` and `edited` leave it alone.
 */
export type Verdict = "current" | "create" | "update" | "delete" | "adopt" | "record" | "release" | "forget" | "foreign" | "edited";

const same = (a: Print, b: Print): boolean => a.hash === b.hash && a.mode === b.mode;

/** The verdict on one place; null means absent. `adopted`: the lock says that a person had it before us. */
export function verdictOf(locked: Print | null, adopted: boolean, disk: Print | null, wanted: Print | null): Verdict {
  if (wanted === null) {
    if (disk === null || locked === null) return "forget";
    if (!same(disk, locked)) return "edited";
    return adopted ? "release" : "delete";
  }
  if (disk === null) return "create";
  if (locked === null) return same(disk, wanted) ? "adopt" : "foreign";
  if (same(disk, locked)) return same(disk, wanted) ? "current" : "update";
  return same(disk, wanted) ? "record" : "edited";
}

/** What `status` calls a verdict. */
export const STATE_OF: Readonly<Record<Verdict, UnitState>> = {
  current: "current",
  adopt: "current",
  record: "current",
  create: "missing",
  update: "stale",
  delete: "stale",
  release: "stale",
  forget: "stale",
  foreign: "foreign",
  edited: "edited",
};
