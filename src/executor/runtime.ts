// The executor as a whole: who it is, which serve it belongs to now, and how it starts and stops. Must not know frames or agents.
import { existsSync, readdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import { takeLock } from "../core/node/lock.ts";
import type { Log } from "../core/node/log.ts";
import type { Env } from "../core/node/paths.ts";
import { type Clock, sleep } from "../core/time.ts";
import type { Target, TargetSource } from "../core/target.ts";
import { SPEC_VERSION } from "../mission/model.ts";
import type { AgentRow } from "./agents/agent.ts";
import { findProgram } from "./agents/kinds.ts";
import { type Engagement, openEngagement } from "./engagement.ts";
import { enrol, type Enrolment, type Fetch } from "./enrol.ts";
import { agentEnvironment } from "./environment.ts";
import { openInbox } from "./inbox.ts";
import { runLink } from "./link.ts";
import { sweepRuns, sweepScratch } from "./sweep.ts";
import { scratchDir, type WorkspaceDirs } from "./workspace-record.ts";

export type ExecutorOptions = {
  readonly executorId: string;
  readonly name: string;
  readonly version: string;
  readonly slots: number;
  /** In order of preference; see `agentRows`. Those whose program is not there are not offered. */
  readonly agents: Readonly<Record<string, AgentRow>>;
  /** Repositories must lie below one of these; empty: any. */
  readonly repoRoots: readonly string[];
  readonly dirs: WorkspaceDirs;
  readonly hostId: string;
  /** `NAME=VALUE` lines, 0600: secrets that missions may name. Default: none but those of the environment. */
  readonly secretsFile?: string;
  /** Its token is used to register the first time only. */
  readonly target: TargetSource;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the process's own. */
  readonly env?: Env;
  readonly fetch?: Fetch;
};

export type Executor = {
  /** Takes nothing new, ends agents, keeps their work, tells serve (≤ 5 s), and resolves. */
  stop(): Promise<void>;
  /** Resolves after `stop`, or by itself once serve has drained the executor and nothing runs any more. */
  readonly done: Promise<void>;
};

const MAX_BACKOFF_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const ACK_WAIT_MS = 5_000;
/** A link that lasted so long was a good one. */
const STEADY_MS = 5_000;

/** What this executor can do, as it tells serve: only agents that can be started now. */
export function capabilitiesOf(agents: Readonly<Record<string, AgentRow>>, hostId: string, env: Env): string[] {
  const present = Object.entries(agents).filter(([, row]) => findProgram(row, agentEnvironment(env, row.kind, row.env)["PATH"] ?? "") !== undefined);
  const own = present.flatMap(([, row]) => row.capabilities ?? []);
  const fixed = [`host:${hostId}`, `platform:${platform()}/${arch()}`, "hitl", "resumable", "isolation:none"];
  return [...new Set([...present.map(([id]) => `runtime:${id}`), ...fixed, ...own])];
}

const isSameServe = (a: Target, b: Target): boolean => a.url === b.url && a.serveId === b.serveId;

/** Full jitter in [0, min(10 s, 100 ms · 2ⁿ)]. */
function backoff(failures: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, 20));
}

/** Starts the executor; a second one of this id on the same folders throws lock_held. Serve may be away. */
export function startExecutor(options: ExecutorOptions): Executor {
  const { executorId, clock, log, env = process.env, fetch = globalThis.fetch } = options;
  const home = join(options.dirs.executor, "ids", executorId);
  const lock = takeLock(join(home, "lock"), `executor ${executorId}`, clock.now());
  const stopped = new AbortController();
  const capabilities = capabilitiesOf(options.agents, options.hostId, env);
  const admission = {
    agents: options.agents,
    capabilities,
    hostId: options.hostId,
    repoRoots: options.repoRoots,
    secrets: { file: options.secretsFile, env },
    findProgram: (row: AgentRow) => findProgram(row, agentEnvironment(env, row.kind, row.env)["PATH"] ?? ""),
  };
  const introduction = {
    ...{ executor_id: executorId, name: options.name, version: options.version, spec_version: SPEC_VERSION },
    ...{ capabilities, slots: options.slots, host_id: options.hostId },
  };

  let current: { readonly key: string; readonly engagement: Engagement } | undefined;
  let enrolled: { readonly target: Target; readonly enrolment: Enrolment } | undefined;
  let said = "";
  // A change of the target is kept until it was looked at; `onChange` is who waits for one now.
  let isChanged = false;
  let onChange = (): void => {};
  let stopLink = (): void => {};
  const unsubscribe = options.target.subscribe(() => {
    isChanged = true;
    onChange();
  });

  const sayOnce = (sentence: string): void => {
    if (sentence !== said) log.warn({}, sentence);
    said = sentence;
  };

  const sweepAll = async (): Promise<void> => {
    for (const key of readdirSync(home)) {
      const path = join(home, key, "inbox.db");
      if (!existsSync(path)) continue;
      try {
        const inbox = openInbox(path);
        await sweepRuns(inbox, clock, log).finally(() => inbox.close());
      } catch (error) {
        log.error({ error: messageOf(error) }, "an inbox cannot be read; supervisors end their runs by themselves");
      }
    }
  };

  const finish = (): void => {
    log.info({}, "drained: nothing runs any more");
    stop().catch((error: unknown) => log.error({ error: messageOf(error) }, "the executor could not be stopped"));
  };

  const engage = async ({ identity }: Enrolment, target: Target): Promise<Engagement> => {
    if (current?.key === identity.key) return current.engagement;
    // Another serve: what ran for the old one is suspended, and said so when that one is back.
    const old = current;
    await old?.engagement.suspend();
    current = undefined;
    old?.engagement.close();
    const engagement = await openEngagement({
      ...options,
      dir: join(home, identity.key),
      admission,
      env,
      secrets: [identity.secret, target.token],
      onDrained: finish,
    });
    current = { key: identity.key, engagement };
    return engagement;
  };

  // Leaves the link when the target has become another serve.
  const recheck = (target: Target, link: AbortController): void => {
    isChanged = false;
    options.target.resolve().then(
      (now) => {
        if ("url" in now && !isSameServe(now, target)) link.abort();
      },
      (error: unknown) => log.warn({ error: messageOf(error) }, "serve's address could not be read"),
    );
  };

  // One try; gives how many tries have failed in a row.
  const connect = async (target: Target, failures: number): Promise<number> => {
    // Another token for the same serve changes nothing: we have our own.
    if (enrolled === undefined || !isSameServe(enrolled.target, target))
      enrolled = { target, enrolment: await enrol(target, introduction, { dir: home, fetch }) };
    const { enrolment } = enrolled;
    const engagement = await engage(enrolment, target);
    if (stopped.signal.aborted) return failures;
    const link = new AbortController();
    stopLink = () => link.abort();
    onChange = () => recheck(target, link);
    if (isChanged) onChange();
    const since = clock.monotonic();
    const end = await runLink({ ...options, url: enrolment.wsUrl, secret: enrolment.identity.secret, engagement, signal: link.signal });
    onChange = () => {};
    if (end.wasLive) said = "";
    if (!stopped.signal.aborted) sayOnce(`no link to ${target.url}: ${end.why}`);
    // A serve that does not know us any more (another store) is introduced to us again.
    if (end.refused !== null) enrolled = undefined;
    // Links that end at once (two executors of one id) must not chase each other.
    return end.wasLive && clock.monotonic() - since > STEADY_MS ? 0 : failures + 1;
  };

  const pause = async (ms: number): Promise<void> => {
    const wake = new AbortController();
    onChange = () => wake.abort();
    stopLink = () => wake.abort();
    if (!isChanged && !stopped.signal.aborted) await sleep(ms, wake.signal, clock);
    onChange = () => {};
  };

  const main = async (): Promise<void> => {
    sweepScratch(scratchDir(options.dirs), clock.now());
    await sweepAll();
    for (let failures = 0; !stopped.signal.aborted; await pause(backoff(failures))) {
      isChanged = false;
      try {
        const target = await options.target.resolve();
        if (!("fault" in target)) failures = await connect(target, failures);
        else {
          sayOnce(`waiting for serve: ${target.fault}`);
          failures += 1;
        }
      } catch (error) {
        sayOnce(messageOf(error));
        failures += 1;
      }
    }
  };

  const ended = main().catch((error: unknown) => log.error({ error: messageOf(error) }, "the executor ended"));
  const { promise: done, resolve } = Promise.withResolvers<undefined>();
  let stopping: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    unsubscribe();
    stopped.abort();
    const engagement = current?.engagement;
    await engagement?.suspend();
    const until = clock.monotonic() + ACK_WAIT_MS;
    while (engagement && engagement.isLive() && engagement.reports(0).length > 0 && clock.monotonic() < until) await sleep(20, undefined, clock);
    stopLink();
    await ended;
    current?.engagement.close();
    lock.release();
    resolve(undefined);
  };
  const stop = (): Promise<void> => (stopping ??= shutDown());
  return { stop, done };
}
