// A store in a process of its own, to be watched from outside: folder, lanes, cycles in all. Prints operations, commits and
// operations per second. Must not measure fsyncs by itself.
import { openAiwg, OPS_PER_CYCLE } from "./peers/aiwg.ts";

const [folder = "", lanes = "16", cycles = "1000"] = process.argv.slice(2);
let commits = 0;
const peer = await openAiwg({ folder }, () => {
  commits += 1;
});
let left = Number(cycles);
const lane = async (): Promise<void> => {
  while (left-- > 0) await peer.cycle();
};
const started = performance.now();
await Promise.all(Array.from({ length: Number(lanes) }, lane));
const ops = Number(cycles) * OPS_PER_CYCLE;
process.stdout.write(`${JSON.stringify({ ops, commits, perSecond: (ops / (performance.now() - started)) * 1_000 })}\n`);
await peer.close();
