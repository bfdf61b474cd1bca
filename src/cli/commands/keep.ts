// `aiwg keep PATH`: what is there is the person's from now on; aiwg no longer writes or removes it.
import { type Cli, defineCommand } from "../command.ts";
import { configuredWish, deployAndReport } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { type ScopeFlags, SCOPE_FLAGS, knownPlatforms, openScope } from "../scoped.ts";

type Flags = Pick<ScopeFlags, "scope"> & { readonly dryRun: boolean };

export const command = defineCommand({
  examples: ["aiwg keep .claude/agents/review.md", "aiwg keep CLAUDE.md --dry-run"],
  parameters: {
    flags: { scope: SCOPE_FLAGS.scope, dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "A file or folder that aiwg wrote, or would write", parse: text, placeholder: "path" }] },
  },
  async run(cli: Cli, { scope, dryRun }: Flags, path: string) {
    const scoped = await openScope(cli, scope);
    const keep = [fromRoot(path, cli.cwd, scoped.site.root)];
    return deployAndReport(cli, await configuredWish(cli, scoped, knownPlatforms(scoped), { dryRun, strict: false, keep, next: ["aiwg status"] }));
  },
});
