// What every command about context begins with: flags, the scope's site and config, and which platforms are meant.
// Must not plan or write anything.
import { homedir } from "node:os";
import { readContextConfig, setPlatforms, type ContextConfig } from "../context/config.ts";
import { detectPlatforms } from "../context/detect.ts";
import type { Platform, ScopeName } from "../context/platform.ts";
import { PLATFORMS, platformsNamed } from "../context/platforms/table.ts";
import { type Site, siteOf } from "../context/site.ts";
import { scopeFlag } from "../context/typed.ts";
import { AiwgError } from "../core/errors.ts";
import { readIfExists } from "../core/node/fs.ts";
import { shownPath } from "../core/node/paths.ts";
import type { Cli } from "./command.ts";
import { askLine } from "./confirm.ts";
import { oneOf, switchFlag, valueFlag, words } from "./flags.ts";

export type ScopeFlags = { readonly to?: readonly string[] | undefined; readonly scope: ScopeName };

const SCOPES = ["project", "user"] as const;

/** `--to` and `--scope`. */
export const SCOPE_FLAGS = {
  to: valueFlag(words, "Platforms, as a,b (default: the config's, else those here)", "P,P"),
  scope: { kind: "parsed", parse: oneOf(SCOPES), brief: "project (the default), or user: files in your home", placeholder: "SCOPE", default: "project" },
} as const;

/** `--to` of a command that only looks at what is there. */
export const ONLY_TO = valueFlag(words, "Only what these platforms read, as a,b", "P,P");

/** `--strict`. */
export const STRICT = switchFlag("Write nothing on anything left out, a risk or a lost limit");

/** One scope as the disk has it. `configText` is what its config was read from; undefined where there is none. */
export type Scoped = { readonly site: Site; readonly config: ContextConfig; readonly configText: string | undefined; readonly configShown: string };

/** Reads the scope's config. Throws `config_invalid`, `path_escape`. */
export async function openScope(cli: Cli, scope: ScopeName): Promise<Scoped> {
  const { root } = await cli.project();
  return readScope(cli, siteOf({ scope, root, home: cli.env["HOME"] || homedir(), places: cli.places }));
}

/** The same of a site that is known already. */
export function readScope(cli: Cli, site: Site): Scoped {
  const configShown = shownPath(site.configFile, cli.cwd);
  // The text first: a change in between is seen by whoever compares it later.
  const configText = readIfExists(site.configFile);
  return { site, configText, configShown, config: readContextConfig(site.configFile, configShown, site.scope) };
}

/** Platforms without asking anybody: the config's, else those with files here. */
export function knownPlatforms({ site, config }: Pick<Scoped, "site" | "config">): readonly Platform[] {
  const named = config.platforms ?? [];
  return platformsNamed(named.length > 0 ? named : detectPlatforms(site.root, PLATFORMS));
}

/** Commands that are about this scope, as a person types them; doctor looks at both. */
export function inScope({ site }: Pick<Scoped, "site">, commands: readonly string[]): readonly string[] {
  return commands.map((command) => (command === "aiwg doctor" ? command : command + scopeFlag(site)));
}

/** `isNew`: the config does not name all of them, so it should remember them. */
export type ChosenPlatforms = { readonly platforms: readonly Platform[]; readonly isNew: boolean };

/** The config's platforms and those of `--to`. */
function withNamed({ config }: Scoped, to: readonly string[]): ChosenPlatforms {
  // Expanded first: a name may stand for two rows.
  const named = platformsNamed(config.platforms ?? []);
  const platforms = platformsNamed([...named.map(({ id }) => id), ...to]);
  return { platforms, isNew: platforms.length > named.length };
}

/** Platforms of a command that deploys what is in use; `text`: the config, which remembers those of `--to` that are new. */
export function platformsFor(
  scoped: Scoped,
  to: readonly string[] | undefined,
  text: string | null,
): { readonly platforms: readonly Platform[]; readonly text: string | null } {
  if (to === undefined) return { platforms: knownPlatforms(scoped), text };
  const { platforms, isNew } = withNamed(scoped, to);
  const ids = platforms.map(({ id }) => id);
  return { platforms, text: isNew ? setPlatforms(text ?? scoped.configText, ids, scoped.configShown) : text };
}

/** The platforms of a scope: `--to` and the config's, else those with files here, else the person's word. Throws `usage` where nobody can be asked. */
export async function choosePlatforms(cli: Cli, scoped: Scoped, to: readonly string[] | undefined): Promise<ChosenPlatforms> {
  if (to !== undefined) return withNamed(scoped, to);
  const named = platformsNamed(scoped.config.platforms ?? []);
  if (named.length > 0) return { platforms: named, isNew: false };
  const found = knownPlatforms(scoped);
  if (found.length > 0) return { platforms: found, isNew: true };
  const ids = PLATFORMS.map(({ id }) => id).join(", ");
  const hint = `Say which with --to, for example --to claude-code,codex. Known: ${ids}; copilot stands for both of its rows.`;
  if (!cli.ui.interactive || cli.ui.json) throw new AiwgError("usage", "no platform is named, and none is in use here", { hint });
  cli.ui.say(`Which tools do you use here? ${ids}`);
  const answer = (await askLine("Platforms, separated by commas: "))?.trim() ?? "";
  if (answer === "") throw new AiwgError("usage", "no platform was named", { hint });
  return { platforms: platformsNamed(words(answer)), isNew: true };
}
