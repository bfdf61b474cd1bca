// `aiwg use <source>`: adds a bundle to this project (or this user) and deploys it.
import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { type FetchedBundles, sourceName } from "../../context/bundles.ts";
import { addBundle, type BundleEntry, setPlatforms } from "../../context/config.ts";
import { KINDS } from "../../context/model.ts";
import type { Fetched } from "../../context/sources/fetch.ts";
import { isRemote, sourceSpec } from "../../context/sources/spec.ts";
import { AiwgError } from "../../core/errors.ts";
import { readIfExists } from "../../core/node/fs.ts";
import { oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, holdingConfig } from "../deploying.ts";
import { fetchNew } from "../fetching.ts";
import { DRY_RUN, repeatedFlag, text, valueFlag } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, STRICT, choosePlatforms, openScope } from "../scoped.ts";

type Flags = ScopeFlags & {
  readonly name?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly strict: boolean;
  readonly dryRun: boolean;
};

// What was typed counts from the working folder, what the config says from the root.
function asConfigured(typed: string, cwd: string, root: string): string {
  const spec = sourceSpec(typed);
  const path = spec.form === "folder" ? spec.path : spec.form === "archive" && "path" in spec.at ? spec.at.path : undefined;
  if (path === undefined || isAbsolute(path) || path.startsWith("~")) return refuseTwoMeanings(typed, cwd);
  const near = relative(root, resolve(cwd, path)).split(sep).join("/");
  if (cwd === root && path.startsWith(".")) return typed;
  return near === "" ? "." : isAbsolute(near) || near.startsWith("../") || near === ".." ? near : `./${near}`;
}

// Somebody else could own the repository of that name.
function refuseTwoMeanings(typed: string, cwd: string): string {
  const spec = sourceSpec(typed);
  if (spec.form !== "git" || typed.startsWith("git+") || !existsSync(resolve(cwd, typed.split("#", 1)[0] ?? ""))) return typed;
  throw new AiwgError("usage", `"${oneLine(typed, 80)}" is a folder here, and would be a repository of GitHub`, {
    hint: `For the folder, write ./${oneLine(typed, 80)}; for the repository git+${spec.url}.`,
  });
}

const FILTER = /^[a-z]+[:/][^\s:/]+$/;

/** A filter such as skill:review. */
function filter(value: string): string {
  const kinds: readonly string[] = KINDS;
  if (FILTER.test(value) && kinds.includes(value.split(/[:/]/, 1)[0] ?? "")) return value.replace("/", ":");
  throw new AiwgError("usage", `"${oneLine(value, 80)}" is not a kind and a name, such as skill:review`, { hint: `Kinds: ${KINDS.join(", ")}.` });
}

type Named = { readonly entry: BundleEntry; readonly known: FetchedBundles };

const entryOf = ({ config }: Scoped, source: string, name: string | undefined): BundleEntry | undefined =>
  config.bundles.find((entry) => entry.source === source && (name === undefined || entry.name === name));

function entryFor(
  cli: Cli,
  scoped: Scoped,
  source: string,
  { name, only, fetched }: Pick<Flags, "name" | "only"> & { readonly fetched: Fetched | undefined },
): Named {
  const { config, site } = scoped;
  const bundle = entryOf(scoped, source, name)?.name ?? fetched?.bundle.name ?? sourceName(source, { site, cwd: cli.cwd }, name);
  const taken = config.bundles.find((entry) => entry.name === bundle);
  if (taken && taken.source !== source)
    throw new AiwgError("state_conflict", `there is a bundle ${bundle} already, from ${taken.source}`, {
      hint: `Give this one another name with --name, or first: aiwg remove ${bundle}`,
    });
  const { include, exclude } = only === undefined ? (taken ?? {}) : { ...taken, include: only };
  return { entry: { name: bundle, source, ...(include && { include }), ...(exclude && { exclude }) }, known: new Map(fetched && [[bundle, fetched]]) };
}

export const command = defineCommand({
  examples: [
    "aiwg use ../team-rules",
    "aiwg use ./bundle --to claude-code,codex,copilot,opencode",
    "aiwg use ~/my-skills --scope user",
    "aiwg use acme/context#v2 --only skill:review --only rule:style",
    "aiwg use git+https://git.example/team/context.git#main",
    "aiwg use npm:@acme/context@^2",
    "aiwg use ./bundle --dry-run",
  ],
  parameters: {
    flags: {
      ...SCOPE_FLAGS,
      name: valueFlag(text, "Name of the bundle (default: its own, else its folder's)", "NAME"),
      only: repeatedFlag(filter, "Take only this artifact, such as skill:review; repeatable", "KIND:NAME"),
      strict: STRICT,
      dryRun: DRY_RUN,
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder, owner/repo, git+URL, npm:package or .tgz with a bundle, plugin or skills", parse: text, placeholder: "source" }],
    },
  },
  async run(cli: Cli, { to, scope, name, only, strict, dryRun }: Flags, typed: string) {
    const { root } = await cli.project();
    const before = await openScope(cli, scope);
    const source = asConfigured(typed, cli.cwd, before.site.root);
    // Nobody else waits for the network.
    const fetched = isRemote(source) && !entryOf(before, source, name) ? await fetchNew(cli, before.site, source, name) : undefined;
    return holdingConfig(cli, scope === "user" ? cli.places.config : root, async () => {
      const scoped = await openScope(cli, scope);
      const { site, config, configShown } = scoped;
      const { platforms, isNew } = await choosePlatforms(cli, scoped, to);
      const { entry, known } = entryFor(cli, scoped, source, { name, only, fetched });
      const ids = platforms.map(({ id }) => id);
      const old = readIfExists(site.configFile);
      const withPlatforms = isNew ? setPlatforms(old, ids, configShown) : old;
      const taken = config.bundles.find((bundle) => bundle.name === entry.name);
      const isSame = taken !== undefined && only === undefined;
      return deployAndReport(cli, {
        ...{ scoped, platforms, strict, dryRun, fetch: { known } },
        config: {
          ...config,
          platforms: ids,
          bundles: taken ? config.bundles.map((bundle) => (bundle.name === entry.name ? entry : bundle)) : [...config.bundles, entry],
        },
        configText: isSame && !isNew ? (old ?? null) : addBundle(withPlatforms, entry, configShown),
        next: ["aiwg status", `aiwg remove ${entry.name}${scope === "user" ? " --scope user" : ""}`],
      });
    });
  },
});
