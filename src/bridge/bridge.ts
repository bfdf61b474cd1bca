// The bridge (contract §4): one per queue, delivers its missions to serve and mirrors what becomes of them. Puts the parts
// together and owns their lifecycle; signals and configuration are the caller's.
import { resolve } from "node:path";
import { exchange, type Fetch, type Send } from "../client/exchange.ts";
import { messageOf, type AiwgError } from "../core/errors.ts";
import { takeLock } from "../core/node/lock.ts";
import type { Log } from "../core/node/log.ts";
import { ownProcess } from "../core/node/processes.ts";
import type { TargetSource } from "../core/target.ts";
import type { Clock } from "../core/time.ts";
import { RETRY_DEFAULTS } from "../core/backoff.ts";
import { followForever } from "./follow.ts";
import { keepAlive } from "./keep-alive.ts";
import { openOutbox } from "./queue/outbox.ts";
import { Sender } from "./sender.ts";
import { watchQueue } from "./watch-file.ts";

export const BRIDGE_DEFAULTS = {
  pollIntervalMs: 1_000,
  retryBaseMs: RETRY_DEFAULTS.retryBaseMs,
  maxAttempts: RETRY_DEFAULTS.maxAttempts,
  concurrency: 16,
  respondAsync: true,
} as const;

export type BridgeOptions = {
  /** How often the queue is looked at when nothing was noticed. */
  readonly pollIntervalMs?: number;
  readonly retryBaseMs?: number;
  /** Attempts without an executor before a mission fails; counts only without `respondAsync`. */
  readonly maxAttempts?: number;
  /** POSTs at a time. */
  readonly concurrency?: number;
  /** False (`--no-async`): serve is not asked to keep missions that no executor can take now. */
  readonly respondAsync?: boolean;
};

export type StartBridge = {
  readonly queuePath: string;
  readonly target: TargetSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly options?: BridgeOptions;
  readonly fetchImpl?: Fetch;
  readonly random?: () => number;
};

export type Bridge = {
  /** Takes nothing new, lets POSTs in flight finish for at most 5 s; unanswered ones stay due under the same key. */
  stop(): Promise<void>;
  /** Resolves when stopped; rejects with AiwgError if the queue's file can no longer be trusted. */
  readonly done: Promise<void>;
};

const STOP_GRACE_MS = 5_000;
/** How long answers and events are gathered for one transaction when there are many. */
const GATHER_MS = 20;

/** The lock that the one bridge of a queue holds. */
export function bridgeLockPath(queuePath: string): string {
  return `${resolve(queuePath)}.bridge.lock`;
}

/** Starts the bridge of a queue. Throws lock_held (naming the holder), store_version, store_corrupt or store_unavailable. */
export function startBridge({ queuePath, target, clock, log, options = {}, fetchImpl, random = Math.random }: StartBridge): Bridge {
  const path = resolve(queuePath);
  const settings = { ...BRIDGE_DEFAULTS, ...options, attemptTimeoutMs: RETRY_DEFAULTS.attemptTimeoutMs };
  const lock = takeLock(bridgeLockPath(path), `the bridge of ${path}`, clock.now());
  const ended = Promise.withResolvers<void>();
  let stopped: Promise<void> | undefined;
  const abort = new AbortController();
  const outbox = (() => {
    try {
      const opened = openOutbox(path, { clock, onFatal: (error) => fatal(error), gatherMs: GATHER_MS });
      opened.begin(ownProcess());
      return opened;
    } catch (error) {
      lock.release();
      throw error;
    }
  })();

  const connections = keepAlive(settings.concurrency, clock);
  const send: Send = fetchImpl ? (request) => exchange(request, { fetchImpl, clock }) : connections.send;
  const sender = new Sender(settings, { outbox, clock, log, random, send });
  const following = followForever(
    {
      ...{ target, outbox, clock, log, random, fetchImpl, retryBaseMs: settings.retryBaseMs, pollIntervalMs: settings.pollIntervalMs },
      onOpen: (line) => sender.open(line),
      onClose: () => sender.close(),
    },
    abort.signal,
  );

  let seen = outbox.version();
  const look = (): void => {
    try {
      const version = outbox.version();
      if (version === seen) return;
      seen = version;
      sender.wake();
    } catch (error) {
      log.warn({ error: messageOf(error) }, "the queue cannot be read");
    }
  };
  const unwatch = watchQueue(path, look, clock, log);
  let cancelPoll = (): void => undefined;
  const poll = (): void => {
    cancelPoll = clock.after(settings.pollIntervalMs, () => {
      look();
      // Also when nothing was written: a wait may have ended while timers were asleep.
      sender.wake();
      poll();
    });
  };
  poll();

  async function shutDown(): Promise<void> {
    cancelPoll();
    unwatch();
    const sent = sender.stop(STOP_GRACE_MS);
    abort.abort();
    await Promise.all([sent, following]);
    connections.close();
    try {
      outbox.end();
    } catch (error) {
      log.warn({ error: messageOf(error) }, "the queue could not be closed cleanly");
    }
    lock.release();
  }
  const stop = (): Promise<void> => {
    stopped ??= shutDown().then(ended.resolve, ended.reject);
    return stopped;
  };
  function fatal(error: AiwgError): void {
    ended.reject(error);
    void stop();
  }
  return { stop, done: ended.promise };
}
