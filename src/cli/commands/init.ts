// `aiwg init`: a config and a place for the project's own context. Must not deploy.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setPlatforms } from "../../context/config.ts";
import { OWN_FOLDERS } from "../../context/parse/layout.ts";
import { judgeOwnFiles } from "../../context/root.ts";
import { readIfExists, writeFileAtomic } from "../../core/node/fs.ts";
import { shownPath } from "../../core/node/paths.ts";
import { type Cli, defineCommand } from "../command.ts";
import { holdingConfig } from "../deploying.ts";
import { DRY_RUN } from "../flags.ts";
import { type ScopeFlags, SCOPE_FLAGS, choosePlatforms, openScope } from "../scoped.ts";

type Flags = ScopeFlags & { readonly dryRun: boolean };

export const command = defineCommand({
  examples: ["aiwg init", "aiwg init --to claude-code,codex", "aiwg init --scope user --to claude-code"],
  parameters: { flags: { ...SCOPE_FLAGS, dryRun: DRY_RUN } },
  async run(cli: Cli, { to, scope, dryRun }: Flags) {
    const { ui } = cli;
    const { root } = await cli.project();
    return holdingConfig(cli, scope === "user" ? cli.places.config : root, async () => {
      const scoped = await openScope(cli, scope);
      const { site, configShown } = scoped;
      const { platforms } = await choosePlatforms(cli, scoped, to);
      const old = readIfExists(site.configFile);
      const wanted = setPlatforms(
        old,
        platforms.map(({ id }) => id),
        configShown,
      );
      const created = old === undefined;
      if (!dryRun) {
        judgeOwnFiles(site);
        for (const folder of OWN_FOLDERS) mkdirSync(join(site.contextDir, folder), { recursive: true });
        if (wanted !== old) writeFileAtomic(site.configFile, wanted, scope === "user" ? 0o600 : 0o644);
      }
      const ids = platforms.map(({ id }) => id);
      ui.result("init", { scope, root: site.root, config: site.configFile, context: site.contextDir, platforms: ids, dry_run: dryRun }, () => {
        ui.data(`${dryRun ? "would be " : ""}${created ? "created" : wanted === old ? "as it was" : "updated"}: ${configShown}  (${ids.join(", ")})`);
        ui.data(`${shownPath(site.contextDir, cli.cwd)}/  ${OWN_FOLDERS.join(", ")}, mcp.json: what you write there is deployed`);
        ui.next(["aiwg import", "aiwg use <folder>", "aiwg deploy"]);
      });
      return 0;
    });
  },
});
