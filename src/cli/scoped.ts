// What every command about context begins with: flags, the scope's site and config, and which platforms are meant.
// Must not plan or write anything.
import { readContextConfig, type ContextConfig } from "../context/config.ts";
import { detectPlatforms } from "../context/detect.ts";
import type { Platform, ScopeName } from "../context/platform.ts";
import { PLATFORMS, platformsNamed } from "../context/platforms/table.ts";
import { type Site, siteOf } from "../context/site.ts";
import { AiwgError } from "../core/errors.ts";
import { shownPath } from "../core/node/paths.ts";
import type { Cli } from "./command.ts";
import { askLine } from "./confirm.ts";
import { oneOf, switchFlag, valueFlag, words } from "./flags.ts";

export type ScopeFlags = { readonly to?: readonly string[] | undefined; readonly scope: ScopeName };

const SCOPES = ["project", "user"] as const;

/** `--to` and `--scope`. */
export const SCOPE_FLAGS = {
  to: valueFlag(words, "Platforms, separated by commas (default: those of the config, else those in use here)", "P,P"),
  scope: { kind: "parsed", parse: oneOf(SCOPES), brief: "project: files in this project; user: files in your home", placeholder: "SCOPE", default: "project" },
} as const;

/** `--strict`. */
export const STRICT = switchFlag("Write nothing if anything would be left out, a limit on tools be lost, or a scan found something");

/** One scope as the disk has it. */
export type Scoped = { readonly site: Site; readonly config: ContextConfig; readonly configShown: string };

/** Reads the scope's config. Throws `config_invalid`, `path_escape`. */
export async function openScope(cli: Cli, scope: ScopeName): Promise<Scoped> {
  const { root } = await cli.project();
  const site = siteOf({ scope, root, home: cli.env["HOME"] ?? "/", places: cli.places });
  const configShown = shownPath(site.configFile, cli.cwd);
  return { site, configShown, config: readContextConfig(site.configFile, configShown, scope) };
}

/** `isNew`: nothing named them before, so the config should remember them. */
export type ChosenPlatforms = { readonly platforms: readonly Platform[]; readonly isNew: boolean };

/** The platforms of a scope: `--to`, else the config's, else those with files here, else the person's word. Throws `usage` where nobody can be asked. */
export async function choosePlatforms(cli: Cli, { site, config }: Scoped, to: readonly string[] | undefined): Promise<ChosenPlatforms> {
  if (to !== undefined) return { platforms: platformsNamed([...(config.platforms ?? []), ...to]), isNew: to.length > 0 };
  if (config.platforms !== null && config.platforms.length > 0) return { platforms: platformsNamed(config.platforms), isNew: false };
  const found = detectPlatforms(site.root, PLATFORMS);
  if (found.length > 0) return { platforms: platformsNamed(found), isNew: true };
  const ids = PLATFORMS.map(({ id }) => id).join(", ");
  const hint = `Say which with --to, for example --to claude-code,codex. Known: ${ids}; copilot stands for both of its rows.`;
  if (!cli.ui.interactive || cli.ui.json) throw new AiwgError("usage", "no platform is named, and none is in use here", { hint });
  cli.ui.say(`Which tools do you use here? ${ids}`);
  const answer = (await askLine("Platforms, separated by commas: "))?.trim() ?? "";
  if (answer === "") throw new AiwgError("usage", "no platform was named", { hint });
  return { platforms: platformsNamed(words(answer)), isNew: true };
}
