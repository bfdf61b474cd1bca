// Queues missions one transaction at a time, as short-lived commands do: the queue's path, a name, how many. Every second
// one goes under a request id that all writers share.
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { systemClock } from "../../src/core/time.ts";

const [path = "", name = "", count = "0"] = process.argv.slice(2);
const project = { id: "/repo/.git", name: "repo" };
for (let n = 0; n < Number(count); n++) {
  const queue = openQueue(path, systemClock);
  queue.enqueue({ project, missions: [{ body: { mission_id: `${name}-${n}`, objective: "x" } }, { body: { objective: "shared" }, requestId: `r-${n}` }] });
  queue.close();
}
process.exit(0);
