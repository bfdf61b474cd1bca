// `aiwg update [bundle]`: asks the sources of bundles from elsewhere what they name now, says what would change, and deploys that.
import { fetchedOf } from "../../context/bundles.ts";
import type { BundleEntry } from "../../context/config.ts";
import { readLock } from "../../context/lock-file.ts";
import { AiwgError } from "../../core/errors.ts";
import { nearest, oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, type Hold, holdingConfig, type Revision } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, STRICT, openScope, platformsFor } from "../scoped.ts";

type Flags = ScopeFlags & { readonly strict: boolean; readonly dryRun: boolean };

function meant({ config, configShown }: Scoped, name: string | undefined): readonly BundleEntry[] {
  if (name === undefined) return config.bundles;
  const found = config.bundles.filter((entry) => entry.name === name);
  if (found.length > 0) return found;
  const names = config.bundles.map((entry) => entry.name);
  const like = nearest(name, names);
  const known = names.length === 0 ? "No bundle is in use here." : `In use: ${names.join(", ")}.`;
  throw new AiwgError("not_found", `there is no bundle "${oneLine(name, 80)}" in ${configShown}`, { hint: like ? `Did you mean ${like}?` : known });
}

export const command = defineCommand({
  examples: ["aiwg update --dry-run", "aiwg update", "aiwg update team-rules"],
  parameters: {
    flags: { ...SCOPE_FLAGS, strict: STRICT, dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "Only this bundle, as aiwg status shows it", parse: text, placeholder: "bundle", optional: true }] },
  },
  async run(cli: Cli, { to, scope, strict, dryRun }: Flags, name?: string) {
    const fresh = new Set(meant(await openScope(cli, scope), name).map((entry) => entry.name));
    const hold: Hold = { scope, dryRun, bundles: ({ config }) => config.bundles, fetch: { fresh } };
    return holdingConfig(cli, hold, async (scoped, fetched) => {
      const { site, config } = scoped;
      const { lock } = readLock(site);
      const revisions = meant(scoped, name).flatMap((entry): readonly Revision[] => {
        const now = fetchedOf(fetched, entry);
        if (now === undefined) return [];
        const before = Object.hasOwn(lock.bundles, entry.name) ? lock.bundles[entry.name] : undefined;
        const changed = before?.integrity !== `sha256-${now.bundle.integrity}`;
        return [{ bundle: entry.name, source: entry.source, from: before?.rev ?? null, to: now.rev, changed }];
      });
      const { platforms, text: configText } = platformsFor(scoped, to, null);
      return deployAndReport(cli, {
        ...{ scoped, fetched, configText, platforms },
        config: { ...config, platforms: platforms.map(({ id }) => id) },
        ...{ strict, dryRun, revisions },
        next: ["aiwg status"],
      });
    });
  },
});
