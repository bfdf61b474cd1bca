// Carrying out a deploy from the command line: consent, progress, the report and the exit code. Must not know what led to it.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ContextConfig } from "../context/config.ts";
import type { ConsentNeed } from "../context/consent.ts";
import { type DeployInput, type Deployed, type Deployment, deploy, hasConflict, hasFault, isImperfect, prepareDeploy } from "../context/deploy.ts";
import { requireFrozen } from "../context/frozen.ts";
import type { FetchWish } from "../context/sources/fetch-all.ts";
import type { Platform } from "../context/platform.ts";
import { takeLock } from "../core/node/lock.ts";
import { isAiwgError } from "../core/errors.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cli } from "./command.ts";
import { askLine } from "./confirm.ts";
import { fetchAll } from "./fetching.ts";
import type { Scoped } from "./scoped.ts";
import { changesJson, diagnosticsJson, showDeployment, summary } from "./show-deploy.ts";

/** What a command wants deployed. `configText`: the config file as it shall be, null to leave it. */
export type Wish = {
  readonly scoped: Scoped;
  readonly config: ContextConfig;
  readonly configText: string | null;
  readonly platforms: readonly Platform[];
  readonly force?: readonly string[];
  readonly keep?: readonly string[];
  readonly strict: boolean;
  readonly dryRun: boolean;
  /** Which bundles are fetched anew, which were already, and whether the lock may change. */
  readonly fetch?: FetchWish;
  /** Told before the plan. */
  readonly revisions?: readonly Revision[];
  /** What to do next where all went well. */
  readonly next: readonly string[];
};

/** A bundle from elsewhere and the revisions it had and has; null where none was known. */
export type Revision = { readonly bundle: string; readonly source: string; readonly from: string | null; readonly to: string };

const MAX_SHOWN = 2_000;

async function askConsent(cli: Cli, needs: readonly ConsentNeed[]): Promise<boolean> {
  const { ui, globals } = cli;
  if (globals.yes) return true;
  if (!ui.interactive || ui.json) return false;
  ui.say("These run by themselves once deployed:");
  for (const { artifacts, places } of needs) {
    ui.say({ text: `  ${artifacts.join(", ")}`, tone: "warn" });
    for (const { path, text } of places) ui.say(`    ${path}: ${(text ?? "not text").slice(0, MAX_SHOWN)}`);
  }
  return /^y(?:es)?$/i.test((await askLine("Deploy them? [y/N] "))?.trim() ?? "");
}

/** The exit code that a plan deserves (contract §5): conflicts before defects. */
export function exitOf(deployment: Deployment): number {
  return hasConflict(deployment) ? 4 : hasFault(deployment) ? 1 : 0;
}

const short = (rev: string): string => (/^(?:[0-9a-f]{40,}|sha512-.*)$/.test(rev) ? rev.slice(0, 15) : rev);

async function report(cli: Cli, wish: Wish, deployment: Deployment, done: Deployed | null): Promise<number> {
  // Only whoever looks first waits for what makes diffs.
  const diff = wish.dryRun ? (await import("../context/diff-text.ts")).diffText : null;
  const { ui } = cli;
  const { changes, fidelity, tokens, platforms } = deployment;
  const { revisions = [] } = wish;
  const code = exitOf(deployment);
  const refused = wish.strict && isImperfect(deployment);
  const data = {
    ...{ scope: wish.scoped.site.scope, root: wish.scoped.site.root, platforms, dry_run: wish.dryRun, written: done?.outcome === "applied" },
    ...{ changes: changesJson(changes), diagnostics: diagnosticsJson(deployment), fidelity, tokens, backups: done?.backups ?? [] },
    ...(wish.revisions && { revisions }),
  };
  ui.result("deploy", data, () => {
    for (const { bundle, from, to } of revisions)
      ui.dataLine([`${bundle}  `, { text: from === to ? `${short(to)}, as it was` : `${from === null ? "new" : short(from)} → ${short(to)}`, tone: "dim" }]);
    showDeployment(ui, deployment, diff);
    for (const path of done?.backups ?? []) ui.say({ text: `  a copy of what was there: ${path}`, tone: "dim" });
    const said = summary(changes);
    if (refused) ui.say({ text: "✗ ", tone: "bad" }, "nothing was written: --strict");
    else if (wish.dryRun) ui.say({ text: `  ${said === "" ? "nothing would change" : `would be: ${said}`}; nothing was written`, tone: "dim" });
    else if (code === 0) ui.say({ text: "✓ ", tone: "good" }, said === "" ? "everything is in place" : said);
    else ui.say({ text: "! ", tone: "warn" }, `${said}; ${code === 4 ? "what is in conflict was left as it is" : "what is defective was left out"}`);
    if (code === 0 && !wish.dryRun) ui.next(wish.next);
  });
  return refused ? Math.max(code, 1) : code;
}

/** Plans, and unless it is a dry run carries out; tells what became of it. Returns the exit code. */
export async function deployAndReport(cli: Cli, wish: Wish): Promise<number> {
  const { scoped, config, platforms } = wish;
  const input: DeployInput = {
    ...{ site: scoped.site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms },
    fetched: await fetchAll(cli, scoped.site, config.bundles, wish.fetch),
    ...(wish.force && { force: wish.force }),
    ...(wish.keep && { keep: wish.keep }),
  };
  const judge = ({ planned }: Deployment): void => {
    if (wish.fetch?.frozen) requireFrozen(planned.before, planned.lock);
  };
  if (wish.dryRun) {
    const deployment = prepareDeploy(input);
    judge(deployment);
    return report(cli, wish, deployment, null);
  }
  const done = await deploy(input, wish.configText, {
    now: () => cli.clock.now(),
    ask: (needs) => askConsent(cli, needs),
    accept: (deployment) => {
      judge(deployment);
      return !(wish.strict && isImperfect(deployment));
    },
  });
  return report(cli, wish, done.deployment, done);
}

const WAIT_MS = 15_000;

/** Runs `work` while no other command of this user changes the config of the same scope. Throws `lock_held`. */
export async function holdingConfig<T>(cli: Cli, root: string, work: () => Promise<T>): Promise<T> {
  const path = join(cli.places.state, "context", `${createHash("sha256").update(root).digest("hex").slice(0, 24)}.lock`);
  const until = performance.now() + WAIT_MS;
  for (;;) {
    try {
      const lock = takeLock(path, `the config of ${root}`, cli.clock.now());
      try {
        return await work();
      } finally {
        lock.release();
      }
    } catch (error) {
      if (!isAiwgError(error) || error.code !== "lock_held" || performance.now() >= until) throw error;
      await sleep(25);
    }
  }
}
