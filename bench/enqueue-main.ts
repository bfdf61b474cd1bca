// A writer of the queue in a process of its own: queue, project folder, missions. Prints when it began, when all were
// durable, and its peak memory. Must not know the bridge.
import { fillQueue } from "./fill-queue.ts";
import { peakRssMb } from "./scratch.ts";

const [queue = "", folder = "", n = "1"] = process.argv.slice(2);
const began = Date.now();
await fillQueue(queue, folder, Number(n));
process.stdout.write(`${JSON.stringify({ began, durable: Date.now(), peakMb: peakRssMb(process.pid) ?? null })}\n`);
