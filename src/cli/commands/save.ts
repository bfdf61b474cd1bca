// `aiwg save [PATH]`: takes what you changed in a deployed file back into the bundle it came from.
import { diagnosticText } from "../../context/model.ts";
import { platformsNamed } from "../../context/platforms/table.ts";
import { recover } from "../../context/apply/apply.ts";
import { saveEdits } from "../../context/save/save.ts";
import { type Cli, defineCommand } from "../command.ts";
import { type Hold, holdingConfig } from "../deploying.ts";
import { DRY_RUN, text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { ONLY_TO, type ScopeFlags, SCOPE_FLAGS, knownPlatforms } from "../scoped.ts";

export const command = defineCommand({
  examples: ["aiwg save .claude/agents/review.md", "aiwg save", "aiwg save AGENTS.md && aiwg deploy"],
  parameters: {
    flags: { ...SCOPE_FLAGS, to: ONLY_TO, dryRun: DRY_RUN },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A deployed file or folder (default: all that were edited)", parse: text, placeholder: "path", optional: true }],
    },
  },
  async run(cli: Cli, { to, scope, dryRun }: ScopeFlags & { readonly dryRun: boolean }, path?: string) {
    const { ui } = cli;
    const hold: Hold = { scope, dryRun: false, bundles: ({ config }) => config.bundles };
    const { saved, refused } = await holdingConfig(cli, hold, async (scoped, fetched) => {
      const { site, config } = scoped;
      await recover(site, { now: () => cli.clock.now() });
      const input = { site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms: knownPlatforms(scoped), fetched };
      const only = to && new Set(platformsNamed(to).map(({ id }) => id));
      return saveEdits(input, { path: path === undefined ? undefined : fromRoot(path, cli.cwd, site.root), only, dryRun });
    });
    ui.result("save", { dry_run: dryRun, saved, refused: refused.map(({ path: at, message }) => ({ path: at, message })) }, () => {
      for (const one of saved) ui.data(`${one.path} → ${one.source}`);
      for (const one of refused) ui.say({ text: "✗ ", tone: "bad" }, diagnosticText(one));
      if (saved.length === 0 && refused.length === 0) ui.say("nothing was edited: there is nothing to save");
      if (dryRun) ui.say({ text: "  nothing was written", tone: "dim" });
      else if (saved.length > 0) ui.next([scope === "user" ? "aiwg deploy --scope user" : "aiwg deploy"]);
    });
    return refused.length > 0 ? 4 : 0;
  },
});
