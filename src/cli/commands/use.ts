// `aiwg use <source>`: adds a bundle to this project (or this user) and deploys it.
import { isAbsolute, relative, resolve, sep } from "node:path";
import { OWN_BUNDLE, sourceName } from "../../context/bundles.ts";
import { addBundle, type BundleEntry, setPlatforms } from "../../context/config.ts";
import type { Site } from "../../context/site.ts";
import { openSource } from "../../context/source.ts";
import { scopeFlag } from "../../context/typed.ts";
import { AiwgError, isAiwgError } from "../../core/errors.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../../core/names.ts";
import { oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, STRICT, choosePlatforms } from "../scoped.ts";

type Flags = ScopeFlags & { readonly name?: string | undefined; readonly strict: boolean; readonly dryRun: boolean };

// What was typed counts from the working folder, what the config says from the root.
function asConfigured(source: string, cwd: string, root: string): string {
  if (!/^\.{1,2}(?:\/|$)/.test(source) || cwd === root) return source;
  const path = relative(root, resolve(cwd, source)).split(sep).join("/");
  return path === "" ? "." : isAbsolute(path) || path.startsWith("../") || path === ".." ? path : `./${path}`;
}

function entryFor({ config, site }: Scoped, source: string, name: string | undefined, cwd: string): BundleEntry {
  const bundle = sourceName(source, { site, cwd }, name);
  if (bundle === OWN_BUNDLE[site.scope])
    throw new AiwgError("usage", `a bundle may not be called "${bundle}", as the ${site.scope}'s own one is`, {
      hint: "Give it another name with --name.",
    });
  const taken = config.bundles.find((entry) => entry.name === bundle);
  // The same folder in other words is the same source, and what the config says of it stays.
  if (taken?.source === source || (taken && folderOf(taken.source, site, cwd) === folderOf(source, site, cwd))) return taken;
  if (!taken) return { name: bundle, source };
  throw new AiwgError("state_conflict", `there is a bundle ${bundle} already, from ${taken.source}`, {
    hint: `Give this one another name with --name, or first: aiwg remove ${bundle}${scopeFlag(site)}`,
  });
}

function folderOf(source: string, { root, home }: Site, cwd: string): string | null {
  try {
    return openSource(source, { base: root, home, cwd }).folder;
  } catch (error) {
    if (isAiwgError(error)) return null;
    throw error;
  }
}

function bundleName(value: string): string {
  if (!BUNDLE_NAME.test(value)) throw new AiwgError("usage", `"${oneLine(value, 80)}" ${BUNDLE_NAME_RULE}`);
  return value;
}

export const command = defineCommand({
  examples: [
    "aiwg use ../team-rules",
    "aiwg use ./bundle --to claude-code,codex,copilot,opencode",
    "aiwg use ~/my-skills --scope user",
    "aiwg use ./bundle --dry-run",
  ],
  parameters: {
    flags: {
      ...SCOPE_FLAGS,
      name: valueFlag(bundleName, "Name of the bundle (default: its own, else its folder's)", "NAME"),
      strict: STRICT,
      dryRun: DRY_RUN,
    },
    positional: { kind: "tuple", parameters: [{ brief: "Folder of a bundle, plugin or skills repository", parse: text, placeholder: "source" }] },
  },
  async run(cli: Cli, { to, scope, name, strict, dryRun }: Flags, typed: string) {
    return holdingConfig(cli, { scope, dryRun }, async (scoped) => {
      const { site, config, configShown, configText: old } = scoped;
      const { platforms, isNew } = await choosePlatforms(cli, scoped, to);
      const entry = entryFor(scoped, asConfigured(typed, cli.cwd, site.root), name, cli.cwd);
      const ids = platforms.map(({ id }) => id);
      const withPlatforms = isNew ? setPlatforms(old, ids, configShown) : old;
      const known = config.bundles.includes(entry);
      return deployAndReport(cli, {
        ...{ scoped, platforms, strict, dryRun },
        config: { ...config, platforms: ids, bundles: known ? config.bundles : [...config.bundles, entry] },
        configText: known ? (withPlatforms ?? null) : addBundle(withPlatforms, entry, configShown),
        next: ["aiwg status", "aiwg doctor", `aiwg remove ${entry.name}`],
      });
    });
  },
});
