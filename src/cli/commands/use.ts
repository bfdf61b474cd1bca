// `aiwg use <source>`: adds a bundle to this project (or this user) and deploys it.
import { isAbsolute, relative, resolve, sep } from "node:path";
import { sourceName } from "../../context/bundles.ts";
import { addBundle, type BundleEntry, setPlatforms } from "../../context/config.ts";
import { AiwgError } from "../../core/errors.ts";
import { readIfExists } from "../../core/node/fs.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text, valueFlag } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, STRICT, choosePlatforms, openScope } from "../scoped.ts";

type Flags = ScopeFlags & { readonly name?: string | undefined; readonly strict: boolean; readonly dryRun: boolean };

// What was typed counts from the working folder, what the config says from the root.
function asConfigured(source: string, cwd: string, root: string): string {
  if (!source.startsWith(".") || cwd === root) return source;
  const path = relative(root, resolve(cwd, source)).split(sep).join("/");
  return path === "" ? "." : isAbsolute(path) || path.startsWith("../") || path === ".." ? path : `./${path}`;
}

function entryFor(scoped: Scoped, source: string, name: string | undefined, cwd: string): BundleEntry {
  const { config, site } = scoped;
  const bundle = sourceName(source, { site, cwd }, name);
  const taken = config.bundles.find((entry) => entry.name === bundle);
  if (taken && taken.source !== source)
    throw new AiwgError("state_conflict", `there is a bundle ${bundle} already, from ${taken.source}`, {
      hint: `Give this one another name with --name, or first: aiwg remove ${bundle}`,
    });
  const { include, exclude } = taken ?? {};
  return { name: bundle, source, ...(include && { include }), ...(exclude && { exclude }) };
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
      name: valueFlag(text, "Name of the bundle (default: its own, else its folder's)", "NAME"),
      strict: STRICT,
      dryRun: DRY_RUN,
    },
    positional: { kind: "tuple", parameters: [{ brief: "Folder of a bundle, plugin or skills repository", parse: text, placeholder: "source" }] },
  },
  async run(cli: Cli, { to, scope, name, strict, dryRun }: Flags, typed: string) {
    const { root } = await cli.project();
    return holdingConfig(cli, scope === "user" ? cli.places.config : root, async () => {
      const scoped = await openScope(cli, scope);
      const { site, config, configShown } = scoped;
      const { platforms, isNew } = await choosePlatforms(cli, scoped, to);
      const entry = entryFor(scoped, asConfigured(typed, cli.cwd, site.root), name, cli.cwd);
      const ids = platforms.map(({ id }) => id);
      const old = readIfExists(site.configFile);
      const withPlatforms = isNew ? setPlatforms(old, ids, configShown) : old;
      const known = config.bundles.some((bundle) => bundle.name === entry.name);
      return deployAndReport(cli, {
        ...{ scoped, platforms, strict, dryRun },
        config: {
          ...config,
          platforms: ids,
          bundles: known ? config.bundles.map((bundle) => (bundle.name === entry.name ? entry : bundle)) : [...config.bundles, entry],
        },
        configText: known && !isNew ? (old ?? null) : addBundle(withPlatforms, entry, configShown),
        next: ["aiwg status", `aiwg remove ${entry.name}${scope === "user" ? " --scope user" : ""}`],
      });
    });
  },
});
