// `aiwg deploy --watch`: deploys, and again whenever the config or a bundle in a folder changes, until a signal. What goes wrong
// is said and waits for the next change. Must not know how a deploy is made.
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { readLock } from "../context/lock-file.ts";
import { folderOfSource } from "../context/source.ts";
import { sourceSpec } from "../context/sources/spec.ts";
import type { ScopeName } from "../context/platform.ts";
import { AiwgError, messageOf } from "../core/errors.ts";
import { shownPath } from "../core/node/paths.ts";
import { watchFiles } from "../core/node/watch-files.ts";
import type { Cli } from "./command.ts";
import { hasBundles } from "./deploying.ts";
import { openScope, type Scoped } from "./scoped.ts";
import { signalExit } from "./signals.ts";

const MAX_SHOWN = 3;
const LOOK_MS = 1_000;
const NEVER: ReadonlySet<string> = new Set([".git", "node_modules"]);

/** Folders of bundles, also those that are not there now. */
function bundleFolders({ site, config }: Scoped): readonly string[] {
  return config.bundles.flatMap(({ source }) => (sourceSpec(source).form === "folder" ? [folderOfSource(source, { base: site.root, home: site.home })] : []));
}

/** What people write: of the folder with aiwg's own files the config, the scope's own bundle, and any bundle that lies there. */
type Sources = { readonly own: string; readonly config: string; readonly folders: readonly string[] };

function sourcesOf(scoped: Scoped): Sources {
  const { configFile, contextDir } = scoped.site;
  const own = realpathSync(dirname(configFile));
  return { own, config: join(own, basename(configFile)), folders: [join(own, basename(contextDir)), ...bundleFolders(scoped)] };
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);

function isIgnored({ own, config, folders }: Sources, path: string): boolean {
  if (NEVER.has(basename(path))) return true;
  return isBelow(path, own) && path !== own && path !== config && !folders.some((folder) => isBelow(path, folder) && isBelow(folder, own));
}

/** The paths without those that a deploy writes. */
function withoutOutputs(paths: readonly string[], { site }: Scoped): readonly string[] {
  const outputs = new Set(readLock(site).lock.outputs.map(({ path }) => join(site.root, path)));
  return paths.filter((path) => !outputs.has(path));
}

function shownChanges(cli: Cli, paths: readonly string[]): string {
  const shown = paths.slice(0, MAX_SHOWN).map((path) => shownPath(path, cli.cwd));
  const more = paths.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} changed`;
}

const faultOf = (act: () => Promise<unknown>): Promise<unknown> =>
  act().then(
    () => undefined,
    (error: unknown) => error,
  );

/**
 * Runs `once` at first and after each change. Throws what the first run throws, `usage` where there is nothing to watch, `not_found` once
 * the scope's folder is gone.
 */
export async function deployOnChange(cli: Cli, scope: ScopeName, once: (scoped: Scoped) => Promise<number>): Promise<number> {
  const { ui } = cli;
  if (ui.json) throw new AiwgError("usage", "--json gives one object, but --watch has no end", { hint: "Leave one of the two out." });
  let scoped = await openScope(cli, scope);
  if (!hasBundles(scoped))
    throw new AiwgError("usage", "there is nothing to watch: no bundle is in use here", { hint: "Begin with aiwg init, or aiwg use <folder>." });
  let sources = sourcesOf(scoped);
  const leaving = new AbortController();
  const watching = watchFiles((path) => isIgnored(sources, path), leaving.signal);
  let code = 0;
  const release = cli.signals.take((name) => {
    code = signalExit(name);
    leaving.abort();
  });
  const { root, configFile } = scoped.site;
  const missing = (): string | undefined => [dirname(configFile), ...(scoped.configText === undefined ? [] : [configFile])].find((path) => !existsSync(path));
  const awayText = (path: string): string => `${shownPath(path, cli.cwd)} is not there any more; it goes on once it is`;
  let told: string | undefined;
  // Says so once for each time that something goes.
  const isAway = (): boolean => {
    const away = missing();
    if (away !== undefined && away !== told) ui.warn(awayText(away));
    told = away;
    return away !== undefined;
  };
  // A config that goes is waited for: without one there would be nothing to deploy, and all would be taken away.
  const opened = async (): Promise<Scoped> => {
    const now = await openScope(cli, scope);
    if (scoped.configText !== undefined && now.configText === undefined) throw new AiwgError("not_found", awayText(configFile));
    return now;
  };
  const look = setInterval(() => {
    if (!existsSync(root)) leaving.abort();
  }, LOOK_MS);
  const follow = async (): Promise<void> => {
    scoped = await opened();
    sources = sourcesOf(scoped);
    await watching.only([sources.own, ...sources.folders]);
  };
  try {
    // Before the first deploy, so that nothing is missed in between.
    await follow();
    await once(scoped);
    await follow();
    ui.say({ text: "  watching the config and every bundle in a folder; Ctrl-C ends it", tone: "dim" });
    for (;;) {
      const paths = withoutOutputs(await watching.changed(), scoped);
      if (code === 0 && !existsSync(root))
        throw new AiwgError("not_found", `${root} is not there any more, so nothing is left to watch`, { hint: "Watch again once it is there." });
      if (leaving.signal.aborted) return code;
      if (paths.length === 0) continue;
      if (isAway()) continue;
      ui.say({ text: `  ${new Date(cli.clock.now()).toTimeString().slice(0, 8)}  ${shownChanges(cli, paths)}`, tone: "dim" });
      const fault = await faultOf(async () => once(await opened()));
      const other = await faultOf(follow);
      // It may go while it is read: what failed then failed for that.
      if ((fault !== undefined || other !== undefined) && isAway()) continue;
      if (fault !== undefined) ui.fail(fault);
      // What is wrong with the config is found by both.
      if (other !== undefined && (fault === undefined || messageOf(other) !== messageOf(fault))) ui.fail(other);
    }
  } finally {
    clearInterval(look);
    // So that what is being begun is given up.
    leaving.abort();
    await watching.close();
    release();
  }
}
