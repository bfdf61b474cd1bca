// Puts many missions into a queue, as `mc import` would: in transactions of some thousands. Must not know the bridge.
import { openQueue } from "../src/bridge/queue/open-queue.ts";
import { findProject } from "../src/core/node/project.ts";
import { systemClock } from "../src/core/time.ts";
import { OBJECTIVE } from "./bench.ts";

const AT_ONCE = 10_000;

/** Queues `n` missions of the project around `folder`, in one session; answers with their ids. */
export async function fillQueue(path: string, folder: string, n: number): Promise<string[]> {
  const { id, name } = await findProject(folder);
  const queue = openQueue(path, systemClock);
  try {
    const ids: string[] = [];
    while (ids.length < n) {
      const missions = Array.from({ length: Math.min(AT_ONCE, n - ids.length) }, () => ({ body: { objective: OBJECTIVE } }));
      ids.push(...queue.enqueue({ project: { id, name }, missions }).map((row) => row.mission_id));
    }
    return ids;
  } finally {
    queue.close();
  }
}
