// `aiwg save [PATH]`: takes what you changed in a deployed file back into the bundle it came from.
import { diagnosticText } from "../../context/model.ts";
import { recover } from "../../context/apply/apply.ts";
import { saveEdits } from "../../context/save/save.ts";
import { type Cli, defineCommand } from "../command.ts";
import { type Hold, holdingConfig } from "../deploying.ts";
import { text } from "../flags.ts";
import { fromRoot } from "../scope-path.ts";
import { type ScopeFlags, SCOPE_FLAGS, knownPlatforms } from "../scoped.ts";

export const command = defineCommand({
  examples: ["aiwg save .claude/agents/review.md", "aiwg save", "aiwg save AGENTS.md && aiwg deploy"],
  parameters: {
    flags: { scope: SCOPE_FLAGS.scope },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A deployed file or folder (default: all that were edited)", parse: text, placeholder: "path", optional: true }],
    },
  },
  async run(cli: Cli, { scope }: Pick<ScopeFlags, "scope">, path?: string) {
    const { ui } = cli;
    const hold: Hold = { scope, dryRun: false, bundles: ({ config }) => config.bundles };
    const { saved, refused } = await holdingConfig(cli, hold, async (scoped, fetched) => {
      const { site, config } = scoped;
      await recover(site, { now: () => cli.clock.now() });
      const input = { site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms: knownPlatforms(scoped), fetched };
      return saveEdits(input, path === undefined ? undefined : fromRoot(path, cli.cwd, site.root));
    });
    ui.result("save", { saved, refused: refused.map(({ path: at, message }) => ({ path: at, message })) }, () => {
      for (const one of saved) ui.data(`${one.path} → ${one.source}`);
      for (const one of refused) ui.say({ text: "✗ ", tone: "bad" }, diagnosticText(one));
      if (saved.length === 0 && refused.length === 0) ui.say("nothing was edited: there is nothing to save");
      if (saved.length > 0) ui.next([scope === "user" ? "aiwg deploy --scope user" : "aiwg deploy"]);
    });
    return refused.length > 0 ? 4 : 0;
  },
});
