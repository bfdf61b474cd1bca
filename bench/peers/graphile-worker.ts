// graphile-worker: jobs added by its utils, run by its own runner, which NOTIFY wakes. Must not look into its tables.
import { completions, loadPeer, PAYLOAD, type Peer, type Where } from "./peer.ts";

type Job = { readonly id: string };
type Runner = { readonly stop: () => Promise<void> };
type Events = { on(event: "job:complete", listener: (told: { readonly job: Job }) => void): void };
type Pool = { end(): Promise<void> };
type Package = {
  readonly run: (options: Readonly<Record<string, unknown>>) => Promise<Runner & { readonly events: Events }>;
  readonly makeWorkerUtils: (options: Readonly<Record<string, unknown>>) => Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: unknown): Promise<Job>;
    release(): Promise<void>;
  }>;
  readonly Logger: new (factory: () => () => void) => unknown;
};
type Postgres = { readonly default: { readonly Pool: new (options: Readonly<Record<string, unknown>>) => Pool } };

const LANES = 16;

/** `variant` is "plain" or "batched": completions of a few milliseconds share a statement, jobs are fetched some at a time. */
export async function openGraphileWorker({ connection }: Where, variant = "plain"): Promise<Peer> {
  const { run, makeWorkerUtils, Logger } = await loadPeer<Package>("graphile-worker");
  const { default: pg } = await loadPeer<Postgres>("pg");
  const pgPool = new pg.Pool({ connectionString: connection, max: 2 * LANES + 2 });
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  const { done, wait } = completions();
  const batched = { worker: { localQueue: { size: LANES + 1 }, completeJobBatchDelay: 0 } };
  const runner = await run({
    pgPool,
    logger,
    concurrency: LANES,
    noHandleSignals: true,
    taskList: { mission: () => undefined },
    ...(variant === "batched" ? { preset: batched } : {}),
  });
  runner.events.on("job:complete", ({ job }) => done(String(job.id)));
  return {
    async cycle() {
      const { id } = await utils.addJob("mission", PAYLOAD);
      await wait(String(id));
    },
    async close() {
      await runner.stop();
      await utils.release();
      await pgPool.end();
    },
  };
}
