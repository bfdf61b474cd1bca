// `aiwg remove <bundle>…`: takes bundles out of the config, and what only they needed out of the tree.
import { existsSync } from "node:fs";
import { overridesOf } from "../../context/bundles.ts";
import { type BundleEntry, removeBundle } from "../../context/config.ts";
import { AiwgError } from "../../core/errors.ts";
import { shownPath } from "../../core/node/paths.ts";
import { nearest, oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, platformsFor } from "../scoped.ts";

type Flags = ScopeFlags & { readonly dryRun: boolean };

function requireKnown({ config, configShown }: Scoped, names: readonly string[]): void {
  const known = config.bundles.map((bundle) => bundle.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const like = nearest(name, known);
    const inUse = known.length === 0 ? "No bundle is in use here." : `In use: ${known.join(", ")}.`;
    throw new AiwgError("not_found", `there is no bundle "${oneLine(name, 80)}" in ${configShown}`, { hint: like ? `Did you mean ${like}?` : inUse });
  }
}

export const command = defineCommand({
  examples: ["aiwg remove team-rules", "aiwg remove team-rules --dry-run", "aiwg remove one two"],
  parameters: {
    flags: { ...SCOPE_FLAGS, dryRun: DRY_RUN },
    positional: { kind: "array", minimum: 1, parameter: { brief: "Name of a bundle, as aiwg status shows it", parse: text, placeholder: "bundle" } },
  },
  async run(cli: Cli, { to, scope, dryRun }: Flags, ...names: readonly string[]) {
    const bundles = (scoped: Scoped): readonly BundleEntry[] => {
      requireKnown(scoped, names);
      return scoped.config.bundles.filter(({ name }) => !names.includes(name));
    };
    return holdingConfig(cli, { scope, dryRun, bundles }, async (scoped, fetched) => {
      const { site, config, configShown, configText = "" } = scoped;
      const without = names.reduce((rest, name) => removeBundle(rest, name, configShown), configText);
      const chosen = platformsFor(scoped, to, without);
      const code = await deployAndReport(cli, {
        ...{ scoped, fetched, dryRun, strict: false, platforms: chosen.platforms },
        config: { ...config, bundles: bundles(scoped) },
        configText: chosen.text,
        next: ["aiwg status"],
      });
      for (const left of names.map((name) => overridesOf(site, name)).filter((folder) => existsSync(folder)))
        cli.ui.say({ text: `  what you saved over it stays in ${shownPath(left, cli.cwd)}`, tone: "dim" });
      return code;
    });
  },
});
