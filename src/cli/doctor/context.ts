// Examines context: whether what is deployed stands and is read by the tools it was written for. Must not write; what is mended is a
// run that did not end.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { recover } from "../../context/apply/apply.ts";
import { examineDeploy, examineFiles, hasUnfinishedRun } from "../../context/examine/examine.ts";
import type { FetchedBundles } from "../../context/bundles.ts";
import { readLock } from "../../context/lock-file.ts";
import type { ScopeName } from "../../context/platform.ts";
import { remoteEntries } from "../../context/sources/pins.ts";
import { scopeFlag } from "../../context/typed.ts";
import { isAiwgError } from "../../core/errors.ts";
import { shownPath } from "../../core/node/paths.ts";
import { findProgram } from "../../executor/agents/kinds.ts";
import type { Cli } from "../command.ts";
import { hasBundles } from "../deploying.ts";
import { type Scoped, knownPlatforms, openScope } from "../scoped.ts";
import type { Examination, Finding } from "./finding.ts";

async function scopeOf(cli: Cli, scope: ScopeName): Promise<Scoped | null> {
  try {
    return await openScope(cli, scope);
  } catch (error) {
    // The home folder is no project.
    if (isAiwgError(error) && error.code === "path_escape") return null;
    throw error;
  }
}

function unfinished(cli: Cli, { site }: Scoped): readonly Finding[] {
  if (!hasUnfinishedRun(site)) return [];
  return [
    {
      ...{
        id: "context.journal",
        status: "fail",
        message: `a deploy in ${site.root} was killed before it ended`,
        hint: "The next aiwg deploy ends it, or aiwg doctor --fix.",
      },
      fix: { what: "end it: undone, or finished if it had come that far", apply: async () => void (await recover(site, { now: () => cli.clock.now() })) },
    },
  ];
}

type Cached = { readonly fetched: FetchedBundles | null; readonly findings: readonly Finding[] };

// Looking asks no network: what is not here yet is a finding, and what it would deploy is not judged.
async function fromCache(cli: Cli, { site, config }: Scoped): Promise<Cached> {
  try {
    if (remoteEntries(config.bundles, site).length === 0) return { fetched: new Map(), findings: [] };
    const { cachedBundles } = await import("../../context/sources/fetch-all.ts");
    const deps = { cache: cli.places.cache, base: site.root, home: site.home };
    const { fetched, absent } = cachedBundles(config.bundles, { site, lock: readLock(site).lock, deps });
    if (absent.length === 0) return { fetched, findings: [] };
    const names = absent.map(({ name }) => name).join(", ");
    const message = `not fetched yet, so not looked into: ${names}`;
    return {
      fetched: null,
      findings: [{ id: "context.sources", status: "warn", message, hint: `aiwg deploy${scopeFlag(site)} fetches what aiwg.lock pins.` }],
    };
  } catch (error) {
    if (!isAiwgError(error)) throw error;
    return {
      fetched: null,
      findings: [{ id: "context.sources", status: "fail", message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }],
    };
  }
}

async function examineScope(cli: Cli, scope: ScopeName): Promise<readonly Finding[]> {
  const scoped = await scopeOf(cli, scope);
  if (!scoped) return [];
  const { site, config } = scoped;
  const isInUse = config.platforms !== null || hasBundles(scoped) || existsSync(site.lockFile);
  // Everybody has files of tools in their home; only who deploys there asked for this.
  if (scope === "user" && !isInUse) return [];
  const platforms = knownPlatforms(scoped);
  if (platforms.length === 0) return [];
  const isProgram = (name: string): boolean => findProgram({ kind: "command", command: [name] }, cli.env["PATH"] ?? "") !== undefined;
  const { fetched, findings } = await fromCache(cli, scoped);
  const input = { site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms };
  return [
    ...unfinished(cli, scoped),
    ...findings,
    ...(isInUse && fetched ? examineDeploy({ ...input, fetched }, isProgram) : []),
    ...examineFiles(site, platforms, cli.env, (path) => (scope === "user" ? `~/${path}` : shownPath(join(site.root, path), cli.cwd))),
  ];
}

const MANY = 10;

// A hundred of one kind say no more than ten.
function shortened(found: readonly Finding[]): readonly Finding[] {
  return [...Map.groupBy(found, ({ id }) => id)].flatMap(([id, all]) => {
    const [first] = all;
    if (!first || all.length <= MANY) return all;
    return [...all.slice(0, MANY - 1), { id, status: first.status, message: `and ${all.length - MANY + 1} more like it` }];
  });
}

/** Both scopes; nothing where no tool is in use. */
export const context: Examination = {
  id: "context",
  async examine(cli) {
    return [...shortened(await examineScope(cli, "project")), ...shortened(await examineScope(cli, "user"))];
  },
};
