// `aiwg init`: a config and a place for the project's own context. Must not deploy.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setPlatforms } from "../../context/config.ts";
import { OWN_FOLDERS } from "../../context/parse/layout.ts";
import { judgeOwnFiles } from "../../context/root.ts";
import { writeFileAtomic } from "../../core/node/fs.ts";
import { shownPath } from "../../core/node/paths.ts";
import { type Cli, defineCommand } from "../command.ts";
import { holdingConfig } from "../deploying.ts";
import { DRY_RUN } from "../flags.ts";
import { type ScopeFlags, SCOPE_FLAGS, choosePlatforms, inScope } from "../scoped.ts";

type Flags = ScopeFlags & { readonly dryRun: boolean };

export const command = defineCommand({
  examples: ["aiwg init", "aiwg init --to claude-code,codex", "aiwg init --scope user --to claude-code"],
  parameters: { flags: { ...SCOPE_FLAGS, dryRun: DRY_RUN } },
  async run(cli: Cli, { to, scope, dryRun }: Flags) {
    const { ui } = cli;
    return holdingConfig(cli, { scope, dryRun }, async (scoped) => {
      const { site, configShown, configText: old } = scoped;
      const { platforms, isNew } = await choosePlatforms(cli, scoped, to);
      const ids = platforms.map(({ id }) => id);
      const wanted = isNew || old === undefined ? setPlatforms(old, ids, configShown) : old;
      const created = old === undefined;
      if (!dryRun) {
        judgeOwnFiles(site);
        for (const folder of OWN_FOLDERS) mkdirSync(join(site.contextDir, folder), { recursive: true });
        if (wanted !== old) writeFileAtomic(site.configFile, wanted, scope === "user" ? 0o600 : 0o644);
      }
      ui.result("init", { scope, root: site.root, config: site.configFile, context: site.contextDir, platforms: ids, dry_run: dryRun }, () => {
        ui.data(`${dryRun ? "would be " : ""}${created ? "created" : wanted === old ? "as it was" : "updated"}: ${configShown}  (${ids.join(", ")})`);
        ui.data(`${shownPath(site.contextDir, cli.cwd)}/  ${OWN_FOLDERS.join(", ")}, mcp.json: what you write there is deployed`);
        ui.next(inScope(scoped, ["aiwg import", "aiwg use <folder>", "aiwg deploy"]));
      });
      return 0;
    });
  },
});
