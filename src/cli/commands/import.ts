// `aiwg import [platform]`: what you already have for single platforms becomes this scope's own bundle, with nothing rewritten.
import { type Facts, gatherFacts } from "../../context/facts.ts";
import { chooseImports } from "../../context/import/choose.ts";
import { readLock } from "../../context/lock-file.ts";
import { type Artifact, artifactId, diagnosticText } from "../../context/model.ts";
import type { Platform } from "../../context/platform.ts";
import { detectPlatforms } from "../../context/detect.ts";
import { OWN_BUNDLE } from "../../context/bundles.ts";
import { PLATFORMS, platformsNamed } from "../../context/platforms/table.ts";
import { isOpenFolder, judgeOwnFiles, openRoot } from "../../context/root.ts";
import { writeBundle } from "../../context/write-bundle.ts";
import { setPlatforms } from "../../context/config.ts";
import { AiwgError } from "../../core/errors.ts";
import { shownPath } from "../../core/node/paths.ts";
import { join } from "node:path";
import { type Cli, defineCommand } from "../command.ts";
import { deployAndReport, type Hold, holdingConfig } from "../deploying.ts";
import { DRY_RUN, switchFlag, text } from "../flags.ts";
import { ONLY_TO, type ScopeFlags, type Scoped, SCOPE_FLAGS } from "../scoped.ts";

type Flags = ScopeFlags & { readonly share: boolean; readonly dryRun: boolean };

function platformsFrom({ site, config }: Scoped, named: readonly string[] | undefined): readonly Platform[] {
  if (named !== undefined) return platformsNamed(named);
  const ids = [...(config.platforms ?? []), ...detectPlatforms(site.root, PLATFORMS)];
  if (ids.length > 0) return platformsNamed(ids);
  throw new AiwgError("usage", "no tool has files here that aiwg knows", { hint: "Name one: aiwg import claude-code. aiwg platforms lists them." });
}

export const command = defineCommand({
  examples: ["aiwg import", "aiwg import claude-code", "aiwg import --share --dry-run"],
  parameters: {
    flags: { ...SCOPE_FLAGS, to: ONLY_TO, share: switchFlag("Also what a deploy would write for other platforms too"), dryRun: DRY_RUN },
    positional: { kind: "tuple", parameters: [{ brief: "Only what this platform reads", parse: text, placeholder: "platform", optional: true }] },
  },
  async run(cli: Cli, { to, scope, share, dryRun }: Flags, named?: string) {
    const { ui } = cli;
    const hold: Hold = { scope, dryRun, bundles: ({ config }) => (dryRun ? [] : config.bundles) };
    return holdingConfig(cli, hold, async (scoped, fetched) => {
      const { site, config, configShown } = scoped;
      const from = platformsFrom(scoped, named === undefined ? to : [named]);
      const platforms = platformsNamed([...(config.platforms ?? []), ...from.map(({ id }) => id)]);
      const { lock } = readLock(site);
      const facts = (artifacts: readonly Artifact[]): Facts =>
        gatherFacts(
          { root: site.root, scope, platforms, artifacts, isOpen: (folder) => isOpenFolder(openRoot(site), folder), lock, state: cli.places.state },
          cli.env,
        );
      const { taken, notes } = chooseImports({
        ...{ root: site.root, scope, bundle: OWN_BUNDLE[scope], from, platforms, written: lock.outputs, facts, models: config.models, share },
        shown: (path) => shownPath(join(site.root, path), cli.cwd),
      });
      const told = notes.map(diagnosticText);
      for (const note of told) ui.say({ text: `  ${note}`, tone: "dim" });
      if (taken.length === 0) {
        ui.result("import", { scope, root: site.root, imported: [], notes: told, dry_run: dryRun }, () => ui.say("nothing to import"));
        return 0;
      }
      const imported = taken.map((artifact) => ({ artifact: artifactId(artifact), from: artifact.from }));
      if (dryRun) {
        ui.result("import", { scope, root: site.root, imported, notes: told, dry_run: true }, () => {
          for (const one of imported) ui.data(`${one.from} → ${shownPath(site.contextDir, cli.cwd)} ${one.artifact}`);
          ui.say({ text: "  nothing was written", tone: "dim" });
        });
        return 0;
      }
      judgeOwnFiles(site);
      const written = writeBundle(site.contextDir, taken);
      const ids = platforms.map(({ id }) => id);
      try {
        return await deployAndReport(cli, {
          ...{ scoped, platforms, fetched, strict: false, dryRun: false, config: { ...config, platforms: ids } },
          configText: ids.length === config.platforms?.length ? null : setPlatforms(scoped.configText, ids, configShown),
          ...{ told: { thing: "import", data: { imported, notes: told } }, next: ["aiwg status", "aiwg deploy --to codex"] },
        });
      } catch (error) {
        written.undo();
        throw error;
      }
    });
  },
});
