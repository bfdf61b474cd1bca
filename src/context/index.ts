// The published library of the context half (`import … from "aiwg"`): plan and apply deploys of bundles, silently. Nothing inside
// imports it.
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { placesOf } from "../core/node/paths.ts";
import { readContextConfig } from "./config.ts";
import { type Deployed, type DeployInput, type Deployment, deploy, prepareDeploy } from "./deploy.ts";
import type { ConsentNeed } from "./plan/consent.ts";
import { readLock } from "./lock-file.ts";
import { fetchBundles } from "./sources/fetch-all.ts";
import { detectPlatforms } from "./detect.ts";
import { type Entry, inventoryOf } from "./plan/inventory.ts";
import type { Diagnostic } from "./model.ts";
import type { Change, Fidelity, TokenCost } from "./output.ts";
import type { ScopeName } from "./platform.ts";
import { PLATFORMS, platformsNamed } from "./platforms/table.ts";
import { siteOf } from "./site.ts";

export { AiwgError, isAiwgError, type ErrorCode, type Issue } from "../core/errors.ts";
export { PLATFORMS as platforms } from "./platforms/table.ts";
export type { ConsentNeed } from "./plan/consent.ts";
export type { Entry } from "./plan/inventory.ts";
export type { Artifact, Diagnostic, Kind } from "./model.ts";
export type { At, Change, Fidelity, Owner, TokenCost, UnitState } from "./output.ts";
export type { Evidence, Platform, ScopeName, Target } from "./platform.ts";

/** What to look at. `env` says where aiwg keeps its own files (`AIWG_HOME`, the XDG variables). */
export type ContextOptions = {
  /** The project's folder; in user scope only what messages are relative to. */
  readonly root: string;
  readonly scope?: ScopeName;
  readonly home?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ids or group names; else those of the config, else those with files in the project. */
  readonly platforms?: readonly string[];
  /** Bundles beside those of the config: `source` as in the config, relative ones count from the root. */
  readonly bundles?: readonly { readonly name: string; readonly source: string; readonly include?: readonly string[]; readonly exclude?: readonly string[] }[];
  /** Paths whose content is replaced whoever wrote it (a copy is kept), or left to the person from now on. */
  readonly force?: readonly string[];
  readonly keep?: readonly string[];
};

/** What a deploy would do; nothing was written. */
export type Plan = {
  readonly platforms: readonly string[];
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
  /** Artifacts that found no place since a person's file is in the way. */
  readonly conflicts: readonly Diagnostic[];
  readonly fidelity: readonly Fidelity[];
  readonly tokens: TokenCost;
  /** Every artifact on every platform with its state. */
  readonly artifacts: readonly Entry[];
};

export type Applied = { readonly plan: Plan; readonly outcome: Deployed["outcome"]; readonly backups: readonly string[] };

async function inputOf(options: ContextOptions): Promise<DeployInput> {
  const { root, scope = "project", env = process.env } = options;
  const places = placesOf(env);
  const site = siteOf({ scope, root, home: options.home ?? env["HOME"] ?? homedir(), places });
  const config = readContextConfig(site.configFile, site.configFile, scope);
  const named = options.platforms ?? config.platforms ?? detectPlatforms(site.root, PLATFORMS);
  const given = options.bundles ?? [];
  const bundles = [...config.bundles.filter(({ name }) => !given.some((bundle) => bundle.name === name)), ...given];
  const deps = { env, cache: places.cache, base: site.root, home: site.home, say: () => undefined };
  return {
    ...{ site, cwd: realpathSync(root), env, places, config: { ...config, bundles }, platforms: platformsNamed(named) },
    fetched: await fetchBundles(bundles, { site, lock: readLock(site).lock, deps }, {}),
    ...(options.force && { force: options.force }),
    ...(options.keep && { keep: options.keep }),
  };
}

function planOf({ platforms, changes, diagnostics, conflicts, fidelity, tokens, planned }: Deployment): Plan {
  return { platforms, changes, diagnostics, conflicts, fidelity, tokens, artifacts: inventoryOf(planned.states) };
}

/** Plans a deploy; sources from elsewhere are brought into the user's cache, nothing else is written. Throws `AiwgError` for what stops the whole run, as the command `aiwg deploy --dry-run` would. */
export async function plan(options: ContextOptions): Promise<Plan> {
  return planOf(prepareDeploy(await inputOf(options)));
}

/**
 * Plans and carries out, all or nothing. `consent` is asked about what would run by itself (behaviors, MCP servers) and was not agreed
 * to yet; without it nobody agrees. The config file is never written. Throws `AiwgError`; the tree is as before then.
 */
export async function apply(
  options: ContextOptions,
  { consent = () => false }: { readonly consent?: (needs: readonly ConsentNeed[]) => boolean | Promise<boolean> } = {},
): Promise<Applied> {
  const { deployment, outcome, backups } = await deploy(await inputOf(options), null, {
    now: Date.now,
    ask: async (needs) => consent(needs),
    accept: () => true,
  });
  return { plan: planOf(deployment), outcome, backups };
}
