// Carrying out a deploy from the command line: consent, progress, the report and the exit code. Must not know what led to it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FetchedBundles } from "../context/bundles.ts";
import type { BundleEntry, ContextConfig } from "../context/config.ts";
import { type ConsentNeed, missingConsents, namesOf } from "../context/plan/consent.ts";
import { type DeployInput, type Deployed, type Deployment, deploy, hasConflict, hasFault, isImperfect, prepareDeploy } from "../context/deploy.ts";
import { requireFrozen } from "../context/plan/frozen.ts";
import type { FetchWish } from "../context/sources/pins.ts";
import type { Platform, ScopeName } from "../context/platform.ts";
import { type Lock, takeLock } from "../core/node/lock.ts";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { readIfExists } from "../core/node/fs.ts";
import { platformsNamed } from "../context/platforms/table.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cli } from "./command.ts";
import { askLine } from "./confirm.ts";
import { fetchAll, isFetched } from "./fetching.ts";
import { type Scoped, inScope, openScope, readScope } from "./scoped.ts";
import { changesJson, diagnosticsJson, showDeployment, summary } from "./show-deploy.ts";

/** A bundle from elsewhere and the revisions it had and has, null where none was known; `changed`: its content is another, under whatever name. */
export type Revision = { readonly bundle: string; readonly source: string; readonly from: string | null; readonly to: string; readonly changed: boolean };

/** What a command wants deployed. `configText`: the config file as it shall be, null to leave it. */
export type Wish = {
  readonly scoped: Scoped;
  readonly config: ContextConfig;
  readonly configText: string | null;
  readonly platforms: readonly Platform[];
  /** Every bundle of the config that comes from elsewhere. */
  readonly fetched: FetchedBundles;
  readonly force?: readonly string[];
  readonly keep?: readonly string[];
  readonly strict: boolean;
  readonly dryRun: boolean;
  /** The lock may not change. */
  readonly frozen?: boolean;
  /** Told before the plan. */
  readonly revisions?: readonly Revision[];
  /** What to do next where all went well. */
  readonly next: readonly string[];
  /** What programs are told beside the deploy, and as what. */
  readonly told?: { readonly thing: string; readonly data: object };
  /** For who does not hold the config: the wish over config and pins as they are now, if they have changed since. */
  readonly again?: () => Promise<Wish | undefined>;
};

/** True if a scope has anything to deploy from, though it may be empty. */
export function hasBundles({ site, config }: Pick<Scoped, "site" | "config">): boolean {
  return config.bundles.length > 0 || existsSync(site.contextDir);
}

type Rest = Pick<Wish, "strict" | "dryRun" | "next"> & Partial<Pick<Wish, "force" | "keep" | "frozen">>;

/**
 * What the config means as it is, with what it names fetched; and, as nobody holds it, what it means once another command has changed
 * it. What was fetched stays so then. Throws as `fetchAll`.
 */
export async function configuredWish(cli: Cli, scoped: Scoped, platforms: readonly Platform[], rest: Rest, known?: FetchedBundles): Promise<Wish> {
  const { site, config, configText } = scoped;
  const wish = { frozen: rest.frozen === true, ...(known && { known }) };
  const fetched = await fetchAll(cli, site, config.bundles, wish);
  return {
    ...{ ...rest, scoped, platforms, fetched, configText: null },
    config: { ...config, platforms: platforms.map(({ id }) => id) },
    async again() {
      if (readIfExists(site.configFile) === configText && isFetched(site, config.bundles, { known: fetched })) return undefined;
      const now = readScope(cli, site);
      // A config that was never there asks for nothing; one that goes must not be taken for one that asks for nothing.
      if (configText !== undefined && now.configText === undefined)
        throw new AiwgError("not_found", `${scoped.configShown} went while aiwg was at work, so nothing was written`, {
          hint: "Run it again once it is there.",
        });
      return configuredWish(cli, now, now.config.platforms === null ? platforms : platformsNamed(now.config.platforms), rest, fetched);
    },
  };
}

const MAX_SHOWN = 2_000;
const MAX_BACKUPS = 5;

async function askConsent(cli: Cli, needs: readonly ConsentNeed[]): Promise<boolean> {
  const { ui, globals } = cli;
  if (globals.yes) return true;
  if (!ui.interactive || ui.json) return false;
  ui.say("These run by themselves once deployed:");
  for (const { artifacts, places } of needs) {
    ui.say({ text: `  ${artifacts.join(", ")}`, tone: "warn" });
    for (const { path, text } of places) {
      ui.say(`    ${path}: ${(text ?? "not text").slice(0, MAX_SHOWN)}`);
      const more = (text?.length ?? 0) - MAX_SHOWN;
      if (more > 0) ui.say({ text: `    … and ${more} more characters of it, which aiwg plan shows`, tone: "warn" });
    }
  }
  return /^y(?:es)?$/i.test((await askLine("Deploy them? [y/N] "))?.trim() ?? "");
}

/** The exit code that a plan deserves (contract §5): conflicts before defects. */
export function exitOf(deployment: Deployment): number {
  return hasConflict(deployment) ? 4 : hasFault(deployment) ? 1 : 0;
}

const short = (rev: string): string => (/^(?:[0-9a-f]{40,}|sha512-.*)$/.test(rev) ? rev.slice(0, 15) : rev);

function becameOf({ from, to, changed }: Revision): string {
  if (from !== to) return `${from === null ? "new" : short(from)} → ${short(to)}`;
  return `${short(to)}, ${changed ? "with other content than before" : "as it was"}`;
}

async function report(cli: Cli, wish: Wish, deployment: Deployment, done: Deployed | null): Promise<number> {
  // Only whoever looks first waits for what makes diffs.
  const diff = wish.dryRun ? (await import("../context/plan/diff-text.ts")).diffText : null;
  const { ui } = cli;
  const { changes, fidelity, tokens, platforms } = deployment;
  const { revisions = [] } = wish;
  const code = exitOf(deployment);
  const refused = wish.strict && isImperfect(deployment);
  const unagreed = wish.dryRun ? namesOf(missingConsents(wish.scoped.site, deployment.planned)) : [];
  const data = {
    ...{ scope: wish.scoped.site.scope, root: wish.scoped.site.root, platforms, dry_run: wish.dryRun, written: done?.outcome === "applied" },
    ...{ changes: changesJson(changes), diagnostics: diagnosticsJson(deployment), fidelity, tokens, backups: done?.backups ?? [], needs_consent: unagreed },
    ...(wish.revisions && { revisions }),
  };
  ui.result(wish.told?.thing ?? "deploy", { ...data, ...wish.told?.data }, () => {
    for (const revision of revisions) ui.dataLine([`${revision.bundle}  `, { text: becameOf(revision), tone: "dim" }]);
    showDeployment(ui, deployment, diff);
    const backups = done?.backups ?? [];
    for (const path of backups.slice(0, MAX_BACKUPS)) ui.say({ text: `  a copy of what was there: ${path}`, tone: "dim" });
    if (backups.length > MAX_BACKUPS) ui.say({ text: `  and ${backups.length - MAX_BACKUPS} more copies beside them`, tone: "dim" });
    if (unagreed.length > 0) ui.say({ text: "  runs by itself once deployed, so you will be asked (or --yes): ", tone: "warn" }, unagreed.join(", "));
    const said = summary(changes);
    if (code === 0 && said === "" && !wish.dryRun && !hasBundles({ site: wish.scoped.site, config: wish.config })) {
      ui.say("nothing to deploy: no bundle is in use here");
      return ui.next(inScope(wish.scoped, ["aiwg use <folder>", "aiwg init", "aiwg import"]));
    }
    if (refused) ui.say({ text: "✗ ", tone: "bad" }, "nothing was written: --strict");
    else if (wish.dryRun) ui.say({ text: `  ${said === "" ? "nothing would change" : `would be: ${said}`}; nothing was written`, tone: "dim" });
    else if (code === 0) ui.say({ text: "✓ ", tone: "good" }, said === "" ? "everything is in place" : said);
    else
      ui.say(
        { text: "! ", tone: "warn" },
        `${said === "" ? "nothing was written" : said}; ${code === 4 ? "what is in conflict was left as it is" : "what is defective was left out"}`,
      );
    if (code === 0 && !wish.dryRun) ui.next(inScope(wish.scoped, wish.next));
  });
  return refused ? Math.max(code, 1) : code;
}

function inputOf(cli: Cli, wish: Wish): DeployInput {
  const { scoped, config, platforms, fetched, again } = wish;
  return {
    ...{ site: scoped.site, cwd: cli.cwd, env: cli.env, places: cli.places, config, platforms, fetched },
    ...(wish.force && { force: wish.force }),
    ...(wish.keep && { keep: wish.keep }),
    ...(again && {
      again: async () => {
        const now = await again();
        return now && inputOf(cli, now);
      },
    }),
  };
}

const SHOW_FROM = 200;
const SHOW_EVERY = 50;

// Files as they are written, where there are enough of them to wait for.
function fileProgress({ ui }: Cli): { readonly begin: (files: number) => void; readonly at: (step: string) => void; readonly end: () => void } {
  let [total, written] = [0, 0];
  return {
    begin: (files) => void ([total, written] = [files, 0]),
    at(step) {
      if (!step.startsWith("stage ") || total < SHOW_FROM) return;
      written += 1;
      if (written % SHOW_EVERY === 0) ui.progress(`  ${written} of ${total} files`);
    },
    end() {
      if (written > 0) ui.progress("");
    },
  };
}

/** Plans, and unless it is a dry run carries out; tells what became of it. Returns the exit code. */
export async function deployAndReport(cli: Cli, wish: Wish): Promise<number> {
  const input = inputOf(cli, wish);
  const judge = ({ planned }: Deployment): void => {
    if (wish.frozen) requireFrozen(planned.before, planned.lock, wish.scoped.site);
  };
  if (wish.dryRun) {
    const deployment = prepareDeploy(input);
    judge(deployment);
    return report(cli, wish, deployment, null);
  }
  const progress = fileProgress(cli);
  const done = await deploy(input, wish.configText, {
    now: () => cli.clock.now(),
    at: progress.at,
    ask: (needs) => askConsent(cli, needs),
    accept(deployment) {
      judge(deployment);
      progress.begin(deployment.planned.writes.length);
      return !(wish.strict && isImperfect(deployment));
    },
  }).finally(() => progress.end());
  return report(cli, wish, done.deployment, done);
}

const WAIT_MS = 15_000;

async function holdConfig(cli: Cli, file: string): Promise<Lock> {
  const path = join(cli.places.context, `${createHash("sha256").update(file).digest("hex").slice(0, 24)}.lock`);
  const until = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return takeLock(path, file, cli.clock.now());
    } catch (error) {
      if (!isAiwgError(error) || error.code !== "lock_held" || performance.now() >= until) throw error;
    }
    await sleep(25);
  }
}

/** `bundles`: what the work will deploy, none by default; `fetch`: how those from elsewhere are fetched. */
export type Hold = {
  readonly scope: ScopeName;
  readonly dryRun: boolean;
  readonly bundles?: (scoped: Scoped) => readonly BundleEntry[];
  readonly fetch?: FetchWish;
};

/**
 * Runs `work` over a scope while no other command of this user changes its config; a dry run holds up nobody, and makes no file.
 * What comes from elsewhere is fetched before, since nobody else waits for the network. Throws `lock_held` if another command does not
 * end in time, and as `fetchAll`.
 */
export async function holdingConfig<T>(
  cli: Cli,
  { scope, dryRun, bundles = () => [], fetch = {} }: Hold,
  work: (scoped: Scoped, fetched: FetchedBundles) => Promise<T>,
): Promise<T> {
  let scoped = await openScope(cli, scope);
  let fetched = await fetchAll(cli, scoped.site, bundles(scoped), fetch);
  if (dryRun) return work(scoped, fetched);
  for (;;) {
    const lock = await holdConfig(cli, scoped.site.configFile);
    try {
      scoped = readScope(cli, scoped.site);
      if (isFetched(scoped.site, bundles(scoped), { ...fetch, known: fetched })) return await work(scoped, fetched);
    } finally {
      lock.release();
    }
    // Another command was in between, and named something else.
    fetched = await fetchAll(cli, scoped.site, bundles(scoped), { ...fetch, known: fetched });
  }
}
