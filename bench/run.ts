// `npm run bench [-- NAME…] [--quick]`: what aiwg costs, each figure beside its yardstick, measured in turns in one run.
// Writes bench/RESULTS.md; `--quick` takes tiny numbers and writes nothing. Exits 1 when something could not be measured.
import { parseArgs } from "node:util";
import { AiwgError, messageOf } from "../src/core/errors.ts";
import { nearest } from "../src/core/text.ts";
import type { Bench } from "./bench.ts";
import { buildAiwg } from "./built.ts";
import { measureContext } from "./context.ts";
import { measureDispatch } from "./dispatch.ts";
import { failedFigure, type Figure, table } from "./figures.ts";
import { measureHttp } from "./http.ts";
import { measurePeers } from "./peers.ts";
import { load, machine, writeSection } from "./results.ts";
import { withScratch } from "./scratch.ts";
import { measureStartup } from "./startup.ts";
import { measureStore } from "./store.ts";
import { measureStorm } from "./storm.ts";

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<Figure[]>>> = {
  startup: measureStartup,
  store: measureStore,
  peers: measurePeers,
  http: measureHttp,
  dispatch: measureDispatch,
  storm: measureStorm,
  context: measureContext,
};
const names = Object.keys(PARTS);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean", default: false } } });
for (const name of positionals) {
  if (!Object.hasOwn(PARTS, name)) throw new AiwgError("usage", `no part "${name}", did you mean ${nearest(name, names) ?? names.join(", ")}?`);
}
// Interrupted: exit handlers end what was started and remove folders.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

let failed = false;
await withScratch(async (scratch) => {
  const aiwg = buildAiwg(scratch);
  for (const name of positionals.length > 0 ? positionals : names) {
    const [began, before] = [new Date(), load()];
    const started = performance.now();
    const figures = await withScratch(async (own) => (await PARTS[name]?.({ scratch: own, aiwg, quick: values.quick })) ?? []).catch((error: unknown) => [
      failedFigure(name, messageOf(error)),
    ]);
    failed ||= figures.some(({ failure }) => failure !== undefined);
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    const when = `${began.toISOString().slice(0, 16).replace("T", " ")} UTC, ${seconds} s, load ${before} before and ${load()} after`;
    process.stdout.write(`## ${name} (${when})\n\n${table(figures)}\n\n`);
    const command = `npm run bench${positionals.length > 0 ? ` -- ${positionals.join(" ")}` : ""}`;
    if (!values.quick) writeSection(name, `\`${command}\`, ${when}; ${machine()}.\n\n${table(figures)}`, names);
  }
});
process.exitCode = failed ? 1 : 0;
