// `aiwg remove <bundle>`: takes a bundle out of the config, and what only it needed out of the tree.
import { removeBundle } from "../../context/config.ts";
import { AiwgError } from "../../core/errors.ts";
import { readIfExists } from "../../core/node/fs.ts";
import { nearest, oneLine } from "../../core/text.ts";
import { platformsNamed } from "../../context/platforms/table.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { type ScopeFlags, SCOPE_FLAGS, openScope } from "../scoped.ts";

type Flags = Pick<ScopeFlags, "scope"> & { readonly dryRun: boolean };

export const command = defineCommand({
  examples: ["aiwg remove team-rules", "aiwg remove team-rules --dry-run"],
  parameters: {
    flags: { scope: SCOPE_FLAGS.scope, dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "Name of the bundle, as aiwg status shows it", parse: text, placeholder: "bundle" }] },
  },
  async run(cli: Cli, { scope, dryRun }: Flags, name: string) {
    const { root } = await cli.project();
    return holdingConfig(cli, scope === "user" ? cli.places.config : root, async () => {
      const scoped = await openScope(cli, scope);
      const { site, config, configShown } = scoped;
      const names = config.bundles.map((bundle) => bundle.name);
      if (!names.includes(name)) {
        const like = nearest(name, names);
        const known = names.length === 0 ? "No bundle is in use here." : `In use: ${names.join(", ")}.`;
        throw new AiwgError("not_found", `there is no bundle "${oneLine(name, 80)}" in ${configShown}`, { hint: like ? `Did you mean ${like}?` : known });
      }
      return deployAndReport(cli, {
        ...{ scoped, dryRun, strict: false },
        // Platforms that the config does not name have nothing deployed.
        platforms: platformsNamed(config.platforms ?? []),
        config: { ...config, bundles: config.bundles.filter((bundle) => bundle.name !== name) },
        configText: removeBundle(readIfExists(site.configFile) ?? "", name, configShown),
        next: ["aiwg status"],
      });
    });
  },
});
