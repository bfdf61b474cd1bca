// BullMQ over Redis: jobs added to its queue, run by its own worker. Must not talk to Redis by itself.
import { completions, loadPeer, PAYLOAD, type Peer, type Where } from "./peer.ts";

type Job = { readonly id?: string };
type Queue = { add(name: string, data: object, options: object): Promise<Job>; close(): Promise<void> };
type Worker = {
  on(event: "completed", listener: (job: Job) => void): void;
  on(event: "error", listener: () => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
};
type Package = {
  readonly Queue: new (name: string, options: object) => Queue;
  readonly Worker: new (name: string, processor: () => Promise<void>, options: object) => Worker;
};

const LANES = 16;

/** `connection` is the path of Redis's socket. */
export async function openBullmq({ connection }: Where): Promise<Peer> {
  const { Queue, Worker } = await loadPeer<Package>("bullmq");
  const options = { connection: { path: connection, maxRetriesPerRequest: null } };
  const queue = new Queue("mission", options);
  const worker = new Worker("mission", () => Promise.resolve(), { ...options, concurrency: LANES, removeOnComplete: { count: 0 } });
  const { done, wait } = completions();
  worker.on("completed", ({ id }) => done(String(id)));
  worker.on("error", () => undefined);
  await worker.waitUntilReady();
  return {
    async cycle() {
      const { id } = await queue.add("mission", PAYLOAD, { removeOnComplete: true });
      await wait(String(id));
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
