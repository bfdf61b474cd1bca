// One engine in a process of its own: name, lanes, seconds, folder, connection. Prints what it reached as one line of JSON.
// Must not start databases.
import { runLanes } from "./lanes.ts";
import { openAiwg } from "./peers/aiwg.ts";
import { openBullmq } from "./peers/bullmq.ts";
import { openGraphileWorker } from "./peers/graphile-worker.ts";
import type { Peer, Where } from "./peers/peer.ts";
import { openPgBoss } from "./peers/pg-boss.ts";

const ENGINES: Readonly<Record<string, (where: Where) => Promise<Peer>>> = {
  aiwg: (where) => openAiwg(where),
  "graphile-worker": (where) => openGraphileWorker(where),
  "graphile-worker, batched": (where) => openGraphileWorker(where, "batched"),
  "pg-boss": openPgBoss,
  BullMQ: openBullmq,
};

const [name = "", lanes = "16", seconds = "1", folder = "", connection = ""] = process.argv.slice(2);
const peer = await ENGINES[name]?.({ folder, connection });
if (!peer) process.exit(2);
const load = await runLanes(() => peer.cycle(), Number(lanes), Number(seconds), Math.min(1, Number(seconds) / 3));
process.stdout.write(`${JSON.stringify(load)}\n`);
await peer.close();
process.exit(0);
