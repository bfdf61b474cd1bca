// One deploy of one scope as a value, and carrying it out: bundles → artifacts → outputs → changes. Ties the stages together;
// must not know the terminal, nor ask anybody anything itself.
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { AiwgError } from "../core/errors.ts";
import { readIfExists, writeFileAtomic } from "../core/node/fs.ts";
import type { Env, Places } from "../core/node/paths.ts";
import { type ApplyDeps, applyPlan, recover } from "./apply.ts";
import { type FetchedBundles, readBundles, type ReadBundles } from "./bundles.ts";
import type { ContextConfig } from "./config.ts";
import { type ConsentNeed, requireConsent } from "./consent.ts";
import { gatherFacts } from "./facts.ts";
import { type ReadLock, readLock } from "./lock-file.ts";
import type { Diagnostic } from "./model.ts";
import type { Change, Fidelity, Output, TokenCost } from "./output.ts";
import { type Planned, planChanges } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { render } from "./render.ts";
import { judgeOwnFiles } from "./root.ts";
import type { Site } from "./site.ts";

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

/** Reads everything once and plans; writes nothing. Throws for what stops the whole run: unreadable config or lock, colliding bundles, an escape. */
export function prepareDeploy(input: DeployInput): Deployment {
  const { site, cwd, env, config, platforms } = input;
  const lock: ReadLock = readLock(site);
  const bundles = readBundles(config.bundles, { site, cwd, fetched: input.fetched });
  const facts = gatherFacts({ root: site.root, scope: site.scope, platforms, lock: lock.lock, state: input.places.state }, env);
  const rendered = render({ artifacts: bundles.artifacts, platforms, scope: site.scope, facts, models: config.models });
  const hold = [...bundles.diagnostics, ...rendered.diagnostics].flatMap(({ severity, artifact }) =>
    severity === "error" && artifact !== undefined ? [artifact] : [],
  );
  const planned = planChanges({
    ...{ site, outputs: rendered.outputs, lock, bundles: bundles.locked, hold },
    ...(input.force && { force: input.force }),
    ...(input.keep && { keep: input.keep }),
  });
  return {
    ...{ input, platforms: platforms.map(({ id }) => id), bundles, outputs: rendered.outputs, planned, changes: planned.changes },
    diagnostics: [...bundles.diagnostics, ...rendered.diagnostics, ...planned.diagnostics],
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
  for (let round = 1; ; round++) {
    const deployment = prepareDeploy(input);
    if (!deps.accept(deployment)) return { deployment, outcome: "refused", backups: [] };
    await requireConsent({ site, planned: deployment.planned, now: deps.now(), ask: deps.ask });
    const { outcome, backups } = await withConfig(site, config, () => applyPlan(site, deployment.planned, deps));
    if (outcome !== "outdated") return { deployment, outcome: outcome === "unchanged" && config !== null ? "applied" : outcome, backups };
    if (round === MAX_ROUNDS) throw new AiwgError("lock_held", `other runs keep changing ${site.root}`, { hint: "Wait for them to end, then run it again." });
  }
}

async function withConfig<T>(site: Site, text: string | null, work: () => Promise<T>): Promise<T> {
  const before = text === null ? undefined : readIfExists(site.configFile);
  if (text === null || text === before) return work();
  judgeOwnFiles(site);
  const write = (content: string): void => {
    if (site.scope === "project") mkdirSync(dirname(site.configFile), { recursive: true });
    writeFileAtomic(site.configFile, content, site.scope === "user" ? 0o600 : 0o644);
  };
  write(text);
  try {
    return await work();
  } catch (error) {
    if (before === undefined) rmSync(site.configFile, { force: true });
    else write(before);
    throw error;
  }
}
