// The queue's file as a command finds it, and the queue opened for looking. Must not write.
import { resolve } from "node:path";
import { openQueueToRead } from "../bridge/queue/read-queue.ts";
import type { QueueReader } from "../bridge/queue/queue.ts";
import type { Cli } from "./command.ts";

/** The queue file that a command works on. */
export function queuePath(cli: Cli, flag: string | undefined): string {
  return flag === undefined ? cli.places.queue : resolve(cli.cwd, flag);
}

/** Opens the queue for looking, lets `work` use it, closes it again. */
export async function withQueueToRead<T>(cli: Cli, flag: string | undefined, work: (queue: QueueReader) => Promise<T>): Promise<T> {
  const queue = openQueueToRead(queuePath(cli, flag));
  try {
    return await work(queue);
  } finally {
    queue.close();
  }
}
