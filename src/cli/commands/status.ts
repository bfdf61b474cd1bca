// `aiwg status`: what is deployed where, and whether it is still what the bundles say. Writes nothing but the cache.
import { prepareDeploy } from "../../context/deploy.ts";
import { type Entry, inventoryOf, isWanted } from "../../context/plan/inventory.ts";
import { diagnosticText } from "../../context/model.ts";
import type { Output, UnitState } from "../../context/output.ts";
import { platformsNamed } from "../../context/platforms/table.ts";
import type { Site } from "../../context/site.ts";
import { scopeFlag, typedPath } from "../../context/typed.ts";
import { AiwgError } from "../../core/errors.ts";
import { nearest, oneLine } from "../../core/text.ts";
import { type Cli, defineCommand } from "../command.ts";
import { hasBundles } from "../deploying.ts";
import { fetchAll } from "../fetching.ts";
import { switchFlag, text } from "../flags.ts";
import { type ScopeFlags, ONLY_TO, SCOPE_FLAGS, inScope, knownPlatforms, openScope } from "../scoped.ts";
import { diagnosticsJson } from "../show-deploy.ts";
import type { Tone } from "../ui.ts";

type Flags = ScopeFlags & { readonly check: boolean };

const TONES: Readonly<Record<UnitState, Tone>> = { current: "good", edited: "warn", missing: "bad", stale: "busy", foreign: "bad", kept: "dim" };
const WRONG: readonly UnitState[] = ["edited", "missing", "stale", "foreign"];

const NEXT: Readonly<Partial<Record<UnitState, (path: string, wanted: boolean) => string>>> = {
  edited: (path, wanted) => `aiwg ${wanted ? "save" : "keep"} ${path}`,
  foreign: (path) => `aiwg keep ${path}`,
};

function nextSteps(entries: readonly Entry[], outputs: readonly Output[], site: Site, cwd: string): readonly string[] {
  const deploy = entries.some(({ state }) => state === "missing" || state === "stale") ? [`aiwg deploy${scopeFlag(site)}`] : [];
  return [...new Set([...entries.flatMap(({ state, path }) => NEXT[state]?.(typedPath(path, site, cwd), isWanted({ path }, outputs)) ?? []), ...deploy])];
}

function select(entries: readonly Entry[], filter: string | undefined): readonly Entry[] {
  if (filter === undefined) return entries;
  const id = filter.replace(":", "/");
  const found = entries.filter(({ kind, name }) => `${kind}/${name}` === id);
  if (found.length > 0) return found;
  const like = nearest(id, [...new Set(entries.map(({ kind, name }) => `${kind}/${name}`))]);
  throw new AiwgError("not_found", `"${oneLine(filter, 80)}" is not deployed here`, { hint: like ? `Did you mean ${like}?` : "aiwg status lists what is." });
}

export const command = defineCommand({
  examples: ["aiwg status", "aiwg status agent/review", "aiwg status --check", "aiwg status --json"],
  parameters: {
    flags: { ...SCOPE_FLAGS, to: ONLY_TO, check: switchFlag("Exit 1 if anything is edited, missing, stale or foreign") },
    positional: { kind: "tuple", parameters: [{ brief: "Only this artifact, such as agent/review", parse: text, placeholder: "kind/name", optional: true }] },
  },
  async run(cli: Cli, { to, scope, check }: Flags, filter?: string) {
    const { ui } = cli;
    const scoped = await openScope(cli, scope);
    const { site, config } = scoped;
    const platforms = config.platforms !== null || hasBundles(scoped) ? knownPlatforms(scoped) : [];
    const fetched = await fetchAll(cli, site, config.bundles);
    const { planned, ...deployment } = prepareDeploy({ site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms, fetched });
    const only = to === undefined ? null : new Set(platformsNamed(to).map(({ id }) => id));
    const entries = select(inventoryOf(planned.states), filter).filter(({ platform }) => only === null || only.has(platform));
    const wrong = entries.filter(({ state }) => WRONG.includes(state));
    const artifacts = entries.map(({ at, ...entry }) => ({ ...entry, ...(at === null ? {} : { at }) }));
    const data = {
      scope,
      root: site.root,
      platforms: deployment.platforms,
      bundles: config.bundles,
      artifacts,
      tokens: deployment.tokens,
      diagnostics: diagnosticsJson(deployment),
    };
    ui.result("status", data, () => {
      if (entries.length === 0) {
        ui.say("nothing is deployed here");
        return ui.next([...inScope(scoped, ["aiwg use <folder>", "aiwg init"]), "aiwg --help"]);
      }
      ui.table(
        ["PLATFORM", "KIND", "NAME", "STATE", "PATH"],
        entries.map(({ platform, kind, name, state, path, at }) => [
          platform,
          kind,
          name,
          { text: state, tone: TONES[state] },
          at === null ? path : `${path} ${at}`,
        ]),
      );
      for (const one of [...deployment.diagnostics, ...deployment.conflicts])
        if (one.severity !== "note") ui.say({ text: "! ", tone: "warn" }, diagnosticText(one));
      ui.next(nextSteps(wrong, deployment.outputs, site, cli.cwd));
    });
    return check && wrong.length > 0 ? 1 : 0;
  },
});
