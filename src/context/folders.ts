// Rules for one folder of a project (globs: packages/api/**): a client that loads a file of that folder together with the folder's
// other files is told the rule there, and nowhere else. Pure; must not know any platform, nor what is on disk.
import type { Artifact } from "./model.ts";
import { pathFault } from "./path-fault.ts";
import type { Platform, Target } from "./platform.ts";

/** The folder whose files, all of them, a rule is for; null where it is for others too, or for only some of them. */
export function folderOf(artifact: Artifact): string | null {
  if (artifact.kind !== "rule" || artifact.always || artifact.globs.length !== 1) return null;
  const [, folder = ""] = /^(?:\.\/)?([^*?{}[\]!,]+)\/\*\*(?:\/\*)?$/.exec(artifact.globs[0] ?? "") ?? [];
  return pathFault(folder) === undefined ? folder : null;
}

const within = (path: string, folder: string): string => path.replaceAll("{folder}", folder);

function targetIn(target: Target, folder: string): Target {
  const all = (paths: readonly string[]): readonly string[] => paths.map((path) => within(path, folder));
  const { alternatives, hiddenBy, hides } = target;
  return {
    ...{ ...target, folder, path: within(target.path, folder) },
    ...(alternatives && { alternatives: all(alternatives) }),
    ...(hiddenBy && { hiddenBy: all(hiddenBy) }),
    ...(hides && { hides: all(hides) }),
  };
}

/** The rows with each place of a folder made one for each of these folders. */
export function inFolders(platforms: readonly Platform[], folders: ReadonlySet<string>): readonly Platform[] {
  return platforms.map((platform) => {
    const { rule } = platform.project;
    if (!rule?.some(({ only }) => only === "folder")) return platform;
    const there = rule.flatMap((target) => (target.only === "folder" ? [...folders].map((folder) => targetIn(target, folder)) : [target]));
    return { ...platform, project: { ...platform.project, rule: there } };
  });
}
