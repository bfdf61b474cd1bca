// Queues missions one transaction at a time, as short-lived commands do: the queue's path, a name, how many; "unprivileged"
// gives up root first. Every second mission goes under a request id that all writers share. Exits 0, or prints the error's code.
import { isAiwgError } from "../../src/core/errors.ts";
import { openQueue } from "../../src/bridge/queue/open-queue.ts";
import { systemClock } from "../../src/core/time.ts";

const [path = "", name = "", count = "0", privileges = ""] = process.argv.slice(2);
const project = { id: "/repo/.git", name: "repo" };
const NOBODY = 65_534;
if (privileges === "unprivileged" && process.getuid?.() === 0) {
  process.setgid?.(NOBODY);
  process.setuid?.(NOBODY);
}
try {
  for (let n = 0; n < Number(count); n++) {
    const queue = openQueue(path, systemClock);
    queue.enqueue({ project, missions: [{ body: { mission_id: `${name}-${n}`, objective: "x" } }, { body: { objective: "shared" }, requestId: `r-${n}` }] });
    queue.close();
  }
} catch (error) {
  process.stdout.write(isAiwgError(error) ? `${error.code}: ${error.message}` : String(error));
  process.exitCode = 1;
}
