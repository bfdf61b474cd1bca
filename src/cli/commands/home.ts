// Bare `aiwg`: what is here and what next. Must not make any file.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Counts } from "../../bridge/queue/queue.ts";
import { shownPath } from "../../core/node/paths.ts";
import { liveServe } from "../../core/node/serve-file.ts";
import { type Cli, defineCommand } from "../command.ts";
import { executorsHere } from "../holders.ts";
import { withQueue } from "../queueing.ts";
import { stateCell } from "../ui.ts";

// What is in use here, as the config says; what stands on disk is a question for status.
async function contextHere(cli: Cli): Promise<{ readonly bundles: readonly string[]; readonly platforms: readonly string[] } | null> {
  const { root } = await cli.project();
  const own = join(root, ".aiwg");
  const file = join(own, "aiwg.jsonc");
  if (!existsSync(own)) return null;
  // Only where there is one: what reads it is heavy.
  const { readContextConfig } = await import("../../context/config.ts");
  const { bundles, platforms } = readContextConfig(file, shownPath(file, cli.cwd), "project");
  const names = [...(existsSync(join(own, "context")) ? ["project"] : []), ...bundles.map(({ name }) => name)];
  return names.length === 0 && platforms === null ? null : { bundles: names, platforms: platforms ?? [] };
}

export const command = defineCommand({
  examples: ["aiwg", "aiwg --json"],
  parameters: {},
  async run(cli: Cli) {
    const { ui, places, version } = cli;
    const project = await cli.project();
    const local = liveServe(places.serveFile);
    // A serve that was named counts, not the one that happens to run here.
    const url = (await cli.config()).serve?.url ?? local?.url;
    const serve = url === undefined ? undefined : { url, pid: url === local?.url ? local.pid : null };
    const none: { readonly counts: Counts; readonly bridge: number | null } = { counts: {}, bridge: null };
    const { counts, bridge } = existsSync(places.queue)
      ? await withQueue(cli, undefined, (queue) => ({ counts: queue.counts({ project: project.id }), bridge: queue.bridge().pid }))
      : none;
    const executors = executorsHere(places).map(({ id }) => id);
    const context = await contextHere(cli);
    const data = { version, context, project, state: places.state, serve: serve ?? null, bridge_pid: bridge, executors, counts };
    ui.result("home", data, () => {
      ui.data(`aiwg ${version}`);
      ui.data(`  project  ${project.name}  (${project.root})`);
      ui.data(
        `  context  ${context === null ? "none yet" : `${context.bundles.join(", ") || "no bundle"} → ${context.platforms.join(", ") || "no platform yet"}`}`,
      );
      ui.data(`  serve    ${serve ? serve.url : "not running"}`);
      ui.data(`  bridge   ${bridge === null ? "not running" : `process ${bridge}`}`);
      ui.data(`  executor ${executors.join(", ") || "none runs here"}`);
      const states = Object.entries(counts);
      ui.dataLine(["  missions ", ...(states.length === 0 ? ["none yet"] : states.flatMap(([state, n]) => [`${n} `, stateCell(state), "   "]))]);
      const unsent = (counts.pending ?? 0) + (counts.sent ?? 0) > 0;
      if (unsent && (!serve || bridge === null)) ui.next([serve && serve.pid === null ? "aiwg mc bridge" : "aiwg up", "aiwg mc status", "aiwg --help"]);
      // What runs elsewhere, for a serve elsewhere, is not seen from here.
      else if (serve && serve.pid !== null && executors.length === 0) ui.next(["aiwg executor", "aiwg mc status", "aiwg --help"]);
      else if (!serve && states.length > 0) ui.next(["aiwg up", "aiwg mc status", "aiwg --help"]);
      else if (!serve) ui.next(context === null ? ["aiwg demo", "aiwg use <folder>", "aiwg --help"] : ["aiwg status", "aiwg demo", "aiwg --help"]);
      else if (states.length === 0) ui.next(['aiwg run "<objective>" --check "<command>"', "aiwg --help"]);
      else if ((counts.hitl_required ?? 0) > 0) ui.next(["aiwg inbox", "aiwg mc status", "aiwg --help"]);
      else ui.next(["aiwg mc status", "aiwg mc watch", "aiwg --help"]);
    });
  },
});
