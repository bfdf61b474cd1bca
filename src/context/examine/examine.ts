// Everything that may be wrong with the context of one scope, as findings in words: what, where, what to do. Must not write, nor know
// the terminal.
import { existsSync } from "node:fs";
import { isAiwgError } from "../../core/errors.ts";
import type { Env } from "../../core/node/paths.ts";
import { isLocked } from "../../core/node/lock.ts";
import { type DeployInput, prepareDeploy } from "../deploy.ts";
import { hasJournal } from "../apply/journal.ts";
import { readLock } from "../lock-file.ts";
import { Tree } from "../parse/tree.ts";
import type { Platform } from "../platform.ts";
import type { Site } from "../site.ts";
import { leftOut, programs, states } from "./deployed.ts";
import { codexTrust, movedFolders, openGates } from "./gates.ts";
import { acrossScopes, doubleHooks, sameServers, sameSkills } from "./rivals.ts";
import type { Sight, Trouble } from "./sight.ts";
import { deadFiles, hiddenFiles, ignoredSettings } from "./unread.ts";

const LOOKS: readonly ((sight: Sight) => readonly Trouble[])[] = [
  ...[deadFiles, hiddenFiles, ignoredSettings],
  ...[acrossScopes, sameSkills, sameServers, doubleHooks],
  ...[codexTrust, openGates, movedFolders],
];

/** The files around a deploy, whoever wrote them. Throws `config_invalid` for a lock that cannot be read. */
export function examineFiles(site: Site, platforms: readonly Platform[], env: Env, shown: (path: string) => string): readonly Trouble[] {
  const root = new Tree(site.root);
  const trees = { project: root, user: site.scope === "user" ? root : new Tree(site.home) };
  const sight: Sight = { site, platforms, lock: readLock(site).lock, trees, env, shown };
  return LOOKS.flatMap((look) => look(sight));
}

/** The deploy itself. What would stop it as a whole is a finding. */
export function examineDeploy(input: DeployInput, isProgram: (name: string) => boolean): readonly Trouble[] {
  try {
    const deployment = prepareDeploy(input);
    return [...states(deployment), ...leftOut(deployment), ...programs(deployment, isProgram)];
  } catch (error) {
    if (!isAiwgError(error)) throw error;
    return [{ id: "context.deploy", status: "fail", message: error.message, hint: error.hint }];
  }
}

/** True if a run was killed and nobody has ended it; one that is at work is none. */
export function hasUnfinishedRun(site: Site): boolean {
  return hasJournal(site) && !(existsSync(site.processLock) && isLocked(site.processLock));
}
