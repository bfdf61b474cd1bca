// `aiwg deploy`: brings what platforms read up to date with the bundles.
import { setPlatforms } from "../../context/config.ts";
import { readIfExists } from "../../core/node/fs.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport } from "../deploying.ts";
import { DRY_RUN, repeatedFlag, switchFlag, text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { type ScopeFlags, SCOPE_FLAGS, STRICT, choosePlatforms, openScope } from "../scoped.ts";

/** Flags that `deploy` and `plan` share. */
export type DeployFlags = ScopeFlags & { readonly force?: readonly string[] | undefined; readonly frozen: boolean; readonly strict: boolean };

/** Deploys the scope as its config says. */
export async function runDeploy(cli: Cli, { to, scope, force = [], frozen, strict }: DeployFlags, dryRun: boolean): Promise<number> {
  const scoped = await openScope(cli, scope);
  const { platforms, isNew } = await choosePlatforms(cli, scoped, to);
  const ids = platforms.map(({ id }) => id);
  const old = readIfExists(scoped.site.configFile);
  const remember = isNew && (ids.length !== (scoped.config.platforms ?? []).length || scoped.config.platforms === null);
  return deployAndReport(cli, {
    ...{ scoped, platforms, strict, dryRun, fetch: { frozen } },
    force: force.map((path) => fromRoot(path, cli.cwd, scoped.site.root)),
    config: { ...scoped.config, platforms: ids },
    configText: remember ? setPlatforms(old, ids, scoped.configShown) : null,
    next: ["aiwg status"],
  });
}

export const DEPLOY_FLAGS = {
  ...SCOPE_FLAGS,
  force: repeatedFlag(text, "Replace what is at this path, whoever wrote it; a copy is kept; repeatable", "PATH"),
  frozen: switchFlag("Exit 4, with nothing written, unless config, bundles and aiwg.lock agree"),
  strict: STRICT,
} as const;

export const command = defineCommand({
  examples: ["aiwg deploy", "aiwg deploy --dry-run", "aiwg deploy --force .claude/agents/review.md", "aiwg deploy --strict", "aiwg deploy --frozen"],
  parameters: { flags: { ...DEPLOY_FLAGS, dryRun: DRY_RUN } },
  run: (cli: Cli, { dryRun, ...flags }: DeployFlags & { readonly dryRun: boolean }) => runDeploy(cli, flags, dryRun),
});
