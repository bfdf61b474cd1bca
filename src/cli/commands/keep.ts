// `aiwg keep PATH`: what is there is the person's from now on; aiwg no longer writes or removes it.
import { type Cli, defineCommand } from "../command.ts";
import { configuredWish, deployAndReport, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { type ScopeFlags, SCOPE_FLAGS, knownPlatforms, openScope, platformsFor } from "../scoped.ts";

type Flags = ScopeFlags & { readonly dryRun: boolean };

export const command = defineCommand({
  examples: ["aiwg keep .claude/agents/review.md", "aiwg keep CLAUDE.md --dry-run"],
  parameters: {
    flags: { ...SCOPE_FLAGS, dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "A file or folder that aiwg wrote, or would write", parse: text, placeholder: "path" }] },
  },
  async run(cli: Cli, { to, scope, dryRun }: Flags, path: string) {
    const first = await openScope(cli, scope);
    const rest = { dryRun, strict: false, keep: [fromRoot(path, cli.cwd, first.site.root)], next: ["aiwg status"] };
    if (to === undefined) return deployAndReport(cli, await configuredWish(cli, first, knownPlatforms(first), rest));
    return holdingConfig(cli, { scope, dryRun, bundles: ({ config }) => config.bundles }, async (scoped, fetched) => {
      const { platforms, text: configText } = platformsFor(scoped, to, null);
      const config = { ...scoped.config, platforms: platforms.map(({ id }) => id) };
      return deployAndReport(cli, { ...rest, scoped, fetched, platforms, config, configText });
    });
  },
});
