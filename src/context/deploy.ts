// One deploy of one scope as a value, and carrying it out: bundles → artifacts → outputs → changes. Ties the stages together;
// must not know the terminal, nor ask anybody anything itself.
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { readIfExists, removeIfEmpty, writeFileAtomic } from "../core/node/fs.ts";
import type { Env, Places } from "../core/node/paths.ts";
import { type ApplyDeps, applyPlan, recover } from "./apply/apply.ts";
import { type FetchedBundles, readBundles, type ReadBundles } from "./bundles.ts";
import type { ContextConfig } from "./config.ts";
import { type ConsentNeed, requireConsent } from "./plan/consent.ts";
import { gatherFacts } from "./facts.ts";
import { ignoredBy } from "./ignore.ts";
import { type ReadLock, readLock } from "./lock-file.ts";
import type { Diagnostic } from "./model.ts";
import type { Change, Fidelity, Output, TokenCost } from "./output.ts";
import { type Planned, planChanges } from "./plan/plan.ts";
import { refuseOwnSource } from "./own-source.ts";
import type { Platform } from "./platform.ts";
import { render } from "./render/render.ts";
import { isOpenFolder, judgeOwnFiles, openRoot } from "./root.ts";
import type { Site } from "./site.ts";
import { typedPath } from "./typed.ts";

export type DeployInput = {
  readonly site: Site;
  readonly cwd: string;
  readonly env: Env;
  readonly places: Pick<Places, "state">;
  /** As it shall be once this is carried out. */
  readonly config: ContextConfig;
  readonly platforms: readonly Platform[];
  /** Every bundle of the config that comes from elsewhere. */
  readonly fetched: FetchedBundles;
  /** Paths whose content is replaced (a copy is kept), or given back to the person. */
  readonly force?: readonly string[];
  readonly keep?: readonly string[];
  /** Asked after everything was read: what is meant now, if config or pins on disk are no longer those that this was made from. */
  readonly again?: () => Promise<DeployInput | undefined>;
};

/** What would happen, and all that a person may want to know before it does. */
export type Deployment = {
  readonly input: DeployInput;
  readonly platforms: readonly string[];
  readonly bundles: ReadBundles;
  readonly outputs: readonly Output[];
  readonly planned: Planned;
  /** What `planned.changes` says, and artifacts that found no place since a person's file is in the way. */
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
  readonly conflicts: readonly Diagnostic[];
  readonly fidelity: readonly Fidelity[];
  readonly tokens: TokenCost;
};

/** Reads everything once and plans; writes nothing. Throws for what stops the whole run: unreadable config or lock, colliding bundles, a rule that would be written into its own source, an escape. */
export function prepareDeploy(input: DeployInput): Deployment {
  const { site, cwd, env, config, platforms } = input;
  const lock: ReadLock = readLock(site);
  const bundles = readBundles(config.bundles, { site, cwd, fetched: input.fetched });
  const root = openRoot(site);
  const isOpen = (folder: string): boolean => isOpenFolder(root, folder);
  const facts = gatherFacts(
    { root: site.root, scope: site.scope, platforms, artifacts: bundles.artifacts, isOpen, lock: lock.lock, state: input.places.state },
    env,
  );
  const rendered = render({ artifacts: bundles.artifacts, platforms, scope: site.scope, facts, models: config.models });
  refuseOwnSource(bundles, rendered.outputs, { site, cwd });
  const hold = [...bundles.diagnostics, ...rendered.diagnostics].flatMap(({ severity, artifact }) =>
    severity === "error" && artifact !== undefined ? [artifact] : [],
  );
  const ignored = ignoredBy({ site, mode: config.gitignore, outputs: rendered.outputs, lock: lock.lock, force: input.force ?? [] });
  const outputs = [...rendered.outputs, ...ignored.outputs];
  const planned = planChanges({
    ...{ site, outputs, lock: { ...lock, lock: ignored.lock }, bundles: bundles.locked, hold, typed: (path: string) => typedPath(path, site, cwd) },
    ...(input.force && { force: input.force }),
    ...(input.keep && { keep: input.keep }),
  });
  return {
    ...{ input, platforms: platforms.map(({ id }) => id), bundles, outputs, planned, changes: planned.changes },
    diagnostics: [...bundles.diagnostics, ...rendered.diagnostics, ...ignored.diagnostics, ...planned.diagnostics],
    conflicts: rendered.conflicts,
    fidelity: rendered.fidelity,
    tokens: rendered.tokens,
  };
}

/** True if a person's file, an edit or another artifact stands in the way of something. */
export function hasConflict({ changes, conflicts }: Deployment): boolean {
  return conflicts.length > 0 || changes.some(({ op }) => op === "conflict");
}

/** True if something had to be left out, a limit on what an agent may do is lost, or a scan found a risk: what `--strict` refuses. */
export function isImperfect(deployment: Deployment): boolean {
  if (deployment.diagnostics.some(({ risk }) => risk)) return true;
  return hasConflict(deployment) || hasFault(deployment) || deployment.fidelity.some(({ protects, grade }) => protects && grade !== "translated");
}

/** True if an artifact is defective or does not fit. */
export function hasFault({ diagnostics }: Deployment): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

export type DeployDeps = ApplyDeps & {
  /** Asked about what would run by itself; false ends the run with nothing written. */
  readonly ask: (needs: readonly ConsentNeed[]) => Promise<boolean>;
  /** Told of the plan before anything is written; false ends the run with nothing written. */
  readonly accept: (deployment: Deployment) => boolean;
};

/** `refused`: `accept` said no. Paths in `backups` are absolute. */
export type Deployed = { readonly deployment: Deployment; readonly outcome: "applied" | "unchanged" | "refused"; readonly backups: readonly string[] };

const MAX_ROUNDS = 8;

/**
 * Plans and carries out, again where another run was in between. `config` is the new text of the config file, null to leave it:
 * it stands before the outputs do, so that a run that is killed in between is finished by the next. Throws as `prepareDeploy`,
 * `consent_missing`, and as `applyPlan`; the tree and the config are as before then.
 */
export async function deploy(input: DeployInput, config: string | null, deps: DeployDeps): Promise<Deployed> {
  const { site } = input;
  await recover(site, deps);
  const file = configFile(site, config);
  try {
    const done = await carryOut(input, file, deps);
    if (done.outcome === "refused") file.restore();
    return done.outcome === "unchanged" && file.isWritten() ? { ...done, outcome: "applied" } : done;
  } catch (error) {
    file.restore();
    throw error;
  }
}

async function carryOut(first: DeployInput, config: ConfigFile, deps: DeployDeps): Promise<Deployed> {
  const { site } = first;
  let input = first;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const deployment = prepareDeploy(input);
    const changed = await input.again?.();
    if (changed) {
      input = changed;
      continue;
    }
    if (!deps.accept(deployment)) return { deployment, outcome: "refused", backups: [] };
    await requireConsent({ site, planned: deployment.planned, now: deps.now(), ask: deps.ask });
    config.write();
    try {
      const { outcome, backups } = await applyPlan(site, deployment.planned, deps);
      if (outcome !== "outdated") return { deployment, outcome, backups };
    } catch (error) {
      // A file is not as the plan saw it: another run was at work then, or a person is now. The tree is as before, and a new plan sees it.
      if (!isAiwgError(error) || error.code !== "state_conflict" || round === MAX_ROUNDS) throw error;
    }
  }
  throw new AiwgError("lock_held", `other runs keep changing ${site.root}`, { hint: "Wait for them to end, then run it again." });
}

type ConfigFile = { readonly write: () => void; readonly restore: () => void; readonly isWritten: () => boolean };

// The config as it shall be; written once, and put back as it was if the run fails.
function configFile(site: Site, text: string | null): ConfigFile {
  const before = text === null ? undefined : readIfExists(site.configFile);
  const folder = dirname(site.configFile);
  let made: string | undefined;
  let written = false;
  const put = (content: string): void => writeFileAtomic(site.configFile, content, site.scope === "user" ? 0o600 : 0o644);
  return {
    isWritten: () => written,
    write() {
      if (written || text === null || text === before) return;
      judgeOwnFiles(site);
      if (site.scope === "project") made = mkdirSync(folder, { recursive: true });
      written = true;
      put(text);
    },
    restore() {
      if (!written) return;
      written = false;
      if (before !== undefined) return put(before);
      rmSync(site.configFile, { force: true });
      // A failed run leaves a marker of a project only where there was one, or something of it must stay.
      if (made !== undefined) removeIfEmpty(folder);
    },
  };
}
