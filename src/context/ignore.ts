// What git shall not see, where the config asks for it: one marked block, in `.gitignore` or in the repository's own `info/exclude`,
// with every file and folder that is wholly ours. An output like any other, but no artifact. Must not write.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { ContextConfig } from "./config.ts";
import { sha256 } from "./plan/disk.ts";
import { byCodeUnits, type Diagnostic } from "./model.ts";
import { AIWG_OWNER, type Lock, type Output } from "./output.ts";
import { GIT_EXCLUDE, openRoot, type Root } from "./root.ts";
import type { Site } from "./site.ts";

type IgnoreInput = {
  readonly site: Site;
  readonly mode: ContextConfig["gitignore"];
  readonly outputs: readonly Output[];
  readonly lock: Lock;
  /** Paths that are replaced whoever wrote them. */
  readonly force: readonly string[];
};

/** `lock` is what a plan may go by: without a block that cannot be reached from here. */
type Ignored = { readonly outputs: readonly Output[]; readonly lock: Lock; readonly diagnostics: readonly Diagnostic[] };

// A file that was there before us is a person's to show or to hide.
function oursOf({ outputs, lock, force }: IgnoreInput, root: Root): ReadonlyMap<string, Output> {
  const lines = new Map(lock.outputs.filter(({ at }) => at === null).map((line) => [line.path, line]));
  const isForced = (path: string): boolean => force.some((one) => path === one || path.startsWith(`${one}/`));
  return new Map(
    outputs.flatMap((output) => {
      if (output.at !== null) return [];
      const { real, stat } = root.locate(output.path);
      const line = lines.get(real);
      const isOurs = line === undefined ? stat === undefined || isForced(output.path) : line.origin === "created";
      return isOurs ? [[real, output] as const] : [];
    }),
  );
}

function folderOf(path: string, { owners }: Output): string | null {
  const [, , id = ""] = owners[0] ?? [];
  const [kind, name = ""] = id.split("/");
  const at = kind === "skill" || kind === "behavior" ? `/${path}`.indexOf(`/${name}/`) : -1;
  return at === -1 ? null : path.slice(0, at + name.length);
}

/** Lines of the block: a folder of an artifact where all of it is ours, else single files. */
function linesOf(input: IgnoreInput, root: Root): readonly string[] {
  const ours = oursOf(input, root);
  const shared = new Set(
    input.outputs.flatMap((output) => {
      const { real } = root.locate(output.path);
      const folder = output.at === null && !ours.has(real) ? folderOf(real, output) : null;
      return folder === null ? [] : [folder];
    }),
  );
  const lines = [...ours].map(([path, output]) => {
    const folder = folderOf(path, output);
    return folder === null || shared.has(folder) ? `/${path}` : `/${folder}/`;
  });
  return [...new Set(lines)].toSorted(byCodeUnits);
}

// A worktree's `.git` is a file that says where the repository is, and its list of ignored files lies there.
function hasOwnExclude(root: string): boolean {
  const isFile = (path: string): boolean => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  return lstatSync(join(root, ".git"), { throwIfNoEntry: false })?.isDirectory() === true && isFile(GIT_EXCLUDE);
}

/** The block as the config asks for it; none in user scope, or where nothing is wholly ours. Throws `path_escape` as a plan would. */
export function ignoredBy(input: IgnoreInput): Ignored {
  const { site, mode, lock } = input;
  if (site.scope === "user") return { outputs: [], lock, diagnostics: [] };
  const canExclude = hasOwnExclude(site.root);
  const reachable = canExclude ? lock : { ...lock, outputs: lock.outputs.filter(({ path }) => path !== GIT_EXCLUDE) };
  if (mode === "none") return { outputs: [], lock: reachable, diagnostics: [] };
  if (mode === "exclude" && !canExclude) {
    const message = `this folder has none of its own (no repository, or a worktree of one), so "gitignore": "exclude" does nothing here; "file" works everywhere`;
    return { outputs: [], lock: reachable, diagnostics: [{ severity: "warn", path: GIT_EXCLUDE, line: null, message }] };
  }
  const text = linesOf(input, openRoot(site)).join("\n");
  const path = mode === "file" ? ".gitignore" : GIT_EXCLUDE;
  const block: Output = {
    ...{ path, at: "block:aiwg", unit: `ignore@${path}`, owners: [AIWG_OWNER], limit: null, hash: sha256(text) },
    content: { as: "block", text, syntax: "hash", claims: [] },
  };
  return { outputs: text === "" ? [] : [block], lock: reachable, diagnostics: [] };
}
