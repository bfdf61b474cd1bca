// The name that a mission's folder, pinned ref and result branch share (contract §6). Pure.
import { createHash } from "node:crypto";

/** The id itself if it is `[a-z0-9-]+`, else 12 safe characters, `-`, 10 hex digits of its sha256. */
export function workspaceName(missionId: string): string {
  if (/^[a-z0-9-]+$/.test(missionId)) return missionId;
  const safe = missionId
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 12)
    .padEnd(12, "0");
  return `${safe}-${createHash("sha256").update(missionId).digest("hex").slice(0, 10)}`;
}

/** The branch on which a mission's result is found. */
export function resultBranch(name: string): string {
  return `aiwg/${name}`;
}

/** The ref that keeps the base of a run until its branch is back (contract §6): refs/aiwg/<name>. */
export function pinOf(branch: string): string {
  return `refs/${branch}`;
}
