// `aiwg deploy`: brings what platforms read up to date with the bundles.
import { setPlatforms } from "../../context/config.ts";
import { platformsNamed } from "../../context/platforms/table.ts";
import { AiwgError } from "../../core/errors.ts";
import { type Cli, defineCommand } from "../command.ts";
import { configuredWish, deployAndReport, hasBundles, type Hold, holdingConfig } from "../deploying.ts";
import { DRY_RUN, repeatedFlag, switchFlag, text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { type Scoped, type ScopeFlags, SCOPE_FLAGS, STRICT, choosePlatforms, openScope } from "../scoped.ts";

/** Flags that `deploy` and `plan` share. */
export type DeployFlags = ScopeFlags & { readonly force?: readonly string[] | undefined; readonly frozen: boolean; readonly strict: boolean };

/** Deploys the scope as its config says. `next` is said where all went well. */
export async function runDeploy(cli: Cli, flags: DeployFlags, dryRun: boolean): Promise<number> {
  return deployOf(cli, await openScope(cli, flags.scope), flags, dryRun, ["aiwg status"]);
}

async function deployOf(cli: Cli, first: Scoped, flags: DeployFlags, dryRun: boolean, next: readonly string[]): Promise<number> {
  const { to, scope, force = [], frozen, strict } = flags;
  const rest = { force: force.map((path) => fromRoot(path, cli.cwd, first.site.root)), frozen, strict, dryRun, next };
  const { platforms, isNew } = await choosePlatforms(cli, first, to);
  // Nothing is remembered of a folder in which nothing is to be deployed.
  if (!isNew || !hasBundles(first)) return deployAndReport(cli, await configuredWish(cli, first, platforms, rest));
  const hold: Hold = { scope, dryRun, bundles: ({ config }) => config.bundles, fetch: { frozen } };
  return holdingConfig(cli, hold, async (scoped, fetched) => {
    const all = platformsNamed([...platforms.map(({ id }) => id), ...(scoped.config.platforms ?? [])]);
    const ids = all.map(({ id }) => id);
    const configText = setPlatforms(scoped.configText, ids, scoped.configShown);
    const config = { ...scoped.config, platforms: ids };
    return deployAndReport(cli, { ...rest, scoped, fetched, platforms: all, config, configText });
  });
}

export const DEPLOY_FLAGS = {
  ...SCOPE_FLAGS,
  force: repeatedFlag(text, "Replace what is at this path; a copy is kept; repeatable", "PATH"),
  frozen: switchFlag("Exit 4, nothing written, unless aiwg.lock is up to date"),
  strict: STRICT,
} as const;

export const command = defineCommand({
  examples: ["aiwg deploy", "aiwg deploy --dry-run", "aiwg deploy --watch", "aiwg deploy --force .claude/agents/review.md", "aiwg deploy --frozen"],
  parameters: { flags: { ...DEPLOY_FLAGS, dryRun: DRY_RUN, watch: switchFlag("Again whenever config or a bundle changes; until Ctrl-C") } },
  async run(cli: Cli, { dryRun, watch, ...flags }: DeployFlags & { readonly dryRun: boolean; readonly watch: boolean }) {
    if (!watch) return runDeploy(cli, flags, dryRun);
    if (dryRun || flags.frozen || flags.force !== undefined)
      throw new AiwgError("usage", "--watch goes with neither --dry-run, --frozen nor --force", { hint: "Each of them is about one deploy." });
    const { deployOnChange } = await import("../deploy-watch.ts");
    return deployOnChange(cli, flags.scope, (scoped) => deployOf(cli, scoped, flags, false, []));
  },
});
