// A queue, a bridge and where it is pointed, for tests of the bridge; everything is undone by `close`.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBridge, type Bridge, type BridgeOptions } from "../../src/bridge/bridge.ts";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import type { Queue, QueuedMission } from "../../src/bridge/queue/queue.ts";
import { silentLog, type Log } from "../../src/core/node/log.ts";
import type { Target, TargetFault, TargetSource } from "../../src/core/target.ts";
import { systemClock, type Clock } from "../../src/core/time.ts";

export const project = { id: "/repo/.git", name: "repo" };

/** A target that a test can point elsewhere. */
export class MovableTarget implements TargetSource {
  #now: Target | TargetFault;
  readonly #listeners = new Set<() => void>();
  constructor(now: Target | TargetFault) {
    this.#now = now;
  }
  resolve(): Promise<Target | TargetFault> {
    return Promise.resolve(this.#now);
  }
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
  point(to: Target | TargetFault): void {
    this.#now = to;
    for (const changed of this.#listeners) changed();
  }
}

export class BridgeWorld {
  readonly folder: string;
  readonly path: string;
  queue: Queue;
  readonly target: MovableTarget;
  readonly #bridges: Bridge[] = [];

  constructor(to: Target | TargetFault) {
    this.folder = mkdtempSync(join(tmpdir(), "aiwg-"));
    // Readable for the user that a test steps down to.
    chmodSync(this.folder, 0o755);
    this.path = join(this.folder, "queue.db");
    this.queue = openQueue(this.path, systemClock);
    this.target = new MovableTarget(to);
  }

  start(options: BridgeOptions = {}, clock: Clock = systemClock, log: Log = silentLog): Bridge {
    const bridge = startBridge({ queuePath: this.path, target: this.target, clock, log, options: { retryBaseMs: 5, ...options } });
    bridge.done.catch(() => undefined);
    this.#bridges.push(bridge);
    return bridge;
  }

  /** Opens the queue again after a test has closed it. */
  reopen(): void {
    this.queue = openQueue(this.path, systemClock);
  }

  /** Queues missions with these ids. */
  add(...ids: readonly string[]): void {
    this.queue.enqueue({ project, missions: ids.map((id) => ({ body: { mission_id: id, objective: `do ${id}` } })) });
  }

  mission(id: string): QueuedMission {
    const mission = this.queue.mission(id);
    if (!mission) throw new Error(`no mission ${id}`);
    return mission;
  }

  state(id: string): string {
    return this.mission(id).state;
  }

  async close(): Promise<void> {
    await Promise.all(this.#bridges.map((bridge) => bridge.stop()));
    this.queue.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The system's clock, but waits of at least `longMs` pass after 20 ms: for tests of long waits that must not take long. */
export function hurriedClock(longMs: number): Clock & { readonly long: number[] } {
  const long: number[] = [];
  return {
    ...systemClock,
    long,
    after(ms, fn) {
      if (ms < longMs || ms === 45_000) return systemClock.after(ms, fn);
      long.push(ms);
      return systemClock.after(20, fn);
    },
  };
}
