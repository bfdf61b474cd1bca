// `aiwg use <source>`: adds a bundle to this project (or this user) and deploys it.
import { existsSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { type FetchedBundles, OWN_BUNDLE, sourceName } from "../../context/bundles.ts";
import { addBundle, type BundleEntry, setPlatforms } from "../../context/config.ts";
import { KINDS } from "../../context/model.ts";
import type { Site } from "../../context/site.ts";
import { openSource } from "../../context/source.ts";
import { isRemote, isSameRemote, sourceSpec } from "../../context/sources/spec.ts";
import { scopeFlag } from "../../context/typed.ts";
import { AiwgError, isAiwgError } from "../../core/errors.ts";
import { BUNDLE_NAME, BUNDLE_NAME_RULE } from "../../core/names.ts";
import { oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, type Hold, holdingConfig } from "../deploying.ts";
import { fetchNew } from "../fetching.ts";
import { DRY_RUN, repeatedFlag, text, valueFlag } from "../flags.ts";
import { type ScopeFlags, type Scoped, SCOPE_FLAGS, STRICT, choosePlatforms, openScope } from "../scoped.ts";

type Flags = ScopeFlags & {
  readonly name?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
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

// The same source in other words is the same.
function isSame(one: string, other: string, { site }: Scoped, cwd: string): boolean {
  if (one === other) return true;
  try {
    const [a, b] = [sourceSpec(one), sourceSpec(other)];
    if (a.form === "folder" || b.form === "folder") return a.form === b.form && folderOf(one, site, cwd) === folderOf(other, site, cwd);
    return isSameRemote(a, b, { base: site.root, home: site.home });
  } catch (error) {
    // What cannot be opened, or is not understood, is nothing else in other words.
    if (isAiwgError(error)) return false;
    throw error;
  }
}

const folderOf = (source: string, { root, home }: Site, cwd: string): string => openSource(source, { base: root, home, cwd }).folder;

type Wanted = Pick<BundleEntry, "include" | "exclude"> & { readonly source: string; readonly name: string | undefined; readonly cwd: string };

/** The entry of this source, if the config has one. */
function entryOf(scoped: Scoped, { source, name, cwd }: Wanted): BundleEntry | undefined {
  return scoped.config.bundles.find((entry) => (name === undefined || entry.name === name) && isSame(entry.source, source, scoped, cwd));
}

// `found`: the bundle's name where it had to be fetched to be known. What the config says of a bundle stays.
function entryFor(scoped: Scoped, wanted: Wanted, found: string | undefined): BundleEntry {
  const { config, site } = scoped;
  const { source, name, include, exclude, cwd } = wanted;
  const choice = { ...(include && { include }), ...(exclude && { exclude }) };
  const known = entryOf(scoped, wanted);
  if (known) return include || exclude ? { ...known, ...choice } : known;
  const bundle = found ?? sourceName(source, { site, cwd }, name);
  if (bundle === OWN_BUNDLE[site.scope])
    throw new AiwgError("usage", `a bundle may not be called "${bundle}", as the ${site.scope}'s own one is`, {
      hint: "Give it another name with --name.",
    });
  const taken = config.bundles.find((entry) => entry.name === bundle);
  if (!taken) return { name: bundle, source, ...choice };
  throw new AiwgError("state_conflict", `there is a bundle ${bundle} already, from ${taken.source}`, {
    hint: `Give this one another name with --name, or first: aiwg remove ${bundle}${scopeFlag(site)}`,
  });
}

// What the config leaves out of a bundle that was named again without a choice.
function tellChoice({ ui }: Cli, { name, include, exclude = [] }: BundleEntry, { site, configShown }: Scoped): void {
  const keys = [...(include === undefined ? [] : ["include"]), ...(exclude.length === 0 ? [] : ["exclude"])];
  if (keys.length === 0) return;
  const taken = [...(include === undefined ? [] : [`only ${include.join(", ")}`]), ...(exclude.length === 0 ? [] : [`not ${exclude.join(", ")}`])].join(", ");
  const all = `for all of it take ${keys.map((key) => `"${key}"`).join(" and ")} out of ${configShown}, then: aiwg deploy${scopeFlag(site)}`;
  ui.say({ text: `  of ${name} the config takes ${oneLine(taken, 200)}; ${all}`, tone: "dim" });
}

function withEntry({ config: { bundles } }: Scoped, entry: BundleEntry): readonly BundleEntry[] {
  return bundles.some(({ name }) => name === entry.name) ? bundles.map((one) => (one.name === entry.name ? entry : one)) : [...bundles, entry];
}

function bundleName(value: string): string {
  if (!BUNDLE_NAME.test(value)) throw new AiwgError("usage", `"${oneLine(value, 80)}" ${BUNDLE_NAME_RULE}`);
  return value;
}

const FILTER = /^[a-z]+[:/][^\s:/]+$/;

/** A filter such as skill:review. */
function filter(value: string): string {
  const kinds: readonly string[] = KINDS;
  if (FILTER.test(value) && kinds.includes(value.split(/[:/]/, 1)[0] ?? "")) return value.replace("/", ":");
  throw new AiwgError("usage", `"${oneLine(value, 80)}" is not a kind and a name, such as skill:review`, { hint: `Kinds: ${KINDS.join(", ")}.` });
}

export const command = defineCommand({
  examples: [
    "aiwg use ../team-rules",
    "aiwg use ./bundle --to claude-code,codex,copilot,opencode",
    "aiwg use ~/my-skills --scope user",
    "aiwg use acme/context#v2 --only skill:review --only rule:style",
    "aiwg use ../more-rules --exclude rule:style",
    "aiwg use git+https://git.example/team/context.git#main",
    "aiwg use npm:@acme/context@^2",
    "aiwg use ./bundle --dry-run",
  ],
  parameters: {
    flags: {
      ...SCOPE_FLAGS,
      name: valueFlag(bundleName, "Name of the bundle (default: its own, else its folder's)", "NAME"),
      only: repeatedFlag(filter, "Take only this artifact, such as skill:review; repeatable", "KIND:NAME"),
      exclude: repeatedFlag(filter, "Leave this artifact out; repeatable", "KIND:NAME"),
      strict: STRICT,
      dryRun: DRY_RUN,
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "Folder, owner/repo, git+URL, npm:package or .tgz of a bundle", parse: text, placeholder: "source" }],
    },
  },
  async run(cli: Cli, { to, scope, name, only: include, exclude, strict, dryRun }: Flags, typed: string) {
    const before = await openScope(cli, scope);
    const source = asConfigured(typed, cli.cwd, before.site.root);
    const wanted: Wanted = { name, source, cwd: cli.cwd, ...(include && { include }), ...(exclude && { exclude }) };
    const isNew = isRemote(wanted.source) && entryOf(before, wanted) === undefined;
    // Only its content says what a source from elsewhere is called.
    const found = isNew ? await fetchNew(cli, before.site, wanted.source, name) : undefined;
    const known: FetchedBundles = new Map(found && [[found.bundle.name, found]]);
    const hold: Hold = {
      ...{ scope, dryRun, fetch: { known, fresh: new Set(known.keys()) } },
      bundles: (scoped) => withEntry(scoped, entryFor(scoped, wanted, found?.bundle.name)),
    };
    return holdingConfig(cli, hold, async (scoped, fetched) => {
      const { config, configShown, configText: old } = scoped;
      const chosen = await choosePlatforms(cli, scoped, to);
      const entry = entryFor(scoped, wanted, found?.bundle.name);
      const ids = chosen.platforms.map(({ id }) => id);
      const withPlatforms = chosen.isNew ? setPlatforms(old, ids, configShown) : old;
      const code = await deployAndReport(cli, {
        ...{ scoped, fetched, platforms: chosen.platforms, strict, dryRun },
        config: { ...config, platforms: ids, bundles: withEntry(scoped, entry) },
        configText: config.bundles.includes(entry) ? (withPlatforms ?? null) : addBundle(withPlatforms, entry, configShown),
        next: ["aiwg status", "aiwg doctor", `aiwg remove ${entry.name}`],
      });
      if (config.bundles.includes(entry)) tellChoice(cli, entry, scoped);
      return code;
    });
  },
});
