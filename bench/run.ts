// `npm run bench`: what aiwg costs, each figure beside a yardstick measured in the same minute on the same machine.
// Writes bench/RESULTS.md. `--quick` takes fewer rounds and writes nothing.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { table, type Figure } from "./figures.ts";
import { measureHttp } from "./http.ts";
import { measureStartup } from "./startup.ts";
import { measureStore } from "./store.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const load = (loadavg()[0] ?? 0).toFixed(1);
const figures: Figure[] = [
  ...measureStartup(values.quick ? 5 : 31),
  ...(await measureStore(values.quick ? 200 : 2_000)),
  ...(await measureHttp(values.quick ? 1 : 3, values.quick ? 1 : 4)),
];
const text = table(figures);
process.stdout.write(`${text}\n`);
if (!values.quick) {
  const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, load ${load} at the start`;
  const intro = `# Figures\n\nWritten by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. Compare ratios; absolutes belong to the machine and its load.\n`;
  writeFileSync(join(import.meta.dirname, "RESULTS.md"), `${intro}\n${text}\n`);
}
