// `aiwg demo`: five scripted missions, live, on real processes in a temporary folder; the exit code is what serve's events
// and the branches say afterwards.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { createClient } from "../../client/client.ts";
import { type Cli, defineCommand } from "../command.ts";
import { executorArgs, play, queueScenes, type Show } from "../demo/direct.ts";
import { type Verdict, judge } from "../demo/judge.ts";
import { SCENES } from "../demo/scenes.ts";
import { type Stage, buildStage } from "../demo/stage.ts";
import { eventLine, newsFilter } from "../event-line.ts";
import { switchFlag } from "../flags.ts";
import { type SignalName, signalExit } from "../signals.ts";
import { type Ui, stateCell } from "../ui.ts";

const LEASE_TTL = "3s";
const served = z.object({ url: z.string() });

function showOn(ui: Ui): Show {
  const width = Math.max(...SCENES.map(({ title }) => title.length));
  const isNews = newsFilter();
  return {
    event(scene, event) {
      if (isNews(event)) ui.say({ text: `${scene.title.padEnd(width)}  `, tone: "plain" }, ...eventLine(event, { withId: false }));
    },
    aside: (text) => ui.say({ text: `${"".padEnd(width)}  ${text}`, tone: "warn" }),
  };
}

function showVerdicts(ui: Ui, verdicts: readonly Verdict[]): void {
  ui.data("");
  for (const { title, state, branch, log, facts } of verdicts) {
    ui.dataLine([stateCell(state), `  ${title}`, branch === null ? "" : `  on ${branch}`]);
    for (const line of log) ui.dataLine([{ text: `    ${line}`, tone: "dim" }]);
    for (const { claim, ok } of facts) ui.dataLine([{ text: ok ? "    ✓ " : "    ✗ ", tone: ok ? "good" : "bad" }, claim]);
  }
}

async function perform(cli: Cli, stage: Stage, signal: AbortSignal): Promise<Verdict[]> {
  const { ui } = cli;
  ui.say({ text: `project and data in ${stage.folder}; agent: fake (scripted), no key, no network`, tone: "dim" });
  const serve = await stage.start("serve", ["serve", "--port", "0", "--lease-ttl", LEASE_TTL]);
  const { url } = served.parse(serve.data);
  const [, , two, cast] = await Promise.all([
    stage.start("bridge", ["mc", "bridge"]),
    stage.start("executor-one", executorArgs("one")),
    stage.start("executor-two", executorArgs("two")),
    queueScenes(stage),
  ]);
  ui.say({ text: `serve at ${url}, a bridge, two executors; five missions are queued`, tone: "dim" });
  const token = readFileSync(join(stage.home, "state", "token"), "utf8").trim();
  const client = createClient({ url, token });
  await play({ stage, client, cast, two, show: showOn(ui), clock: cli.clock, signal });
  return signal.aborted ? [] : judge(client, cast, stage);
}

type Flags = { readonly keep: boolean };

export const command = defineCommand({
  examples: ["aiwg demo", "aiwg demo --keep", "aiwg demo --json"],
  parameters: { flags: { keep: switchFlag("Keep the folder with project, data and logs") } },
  async run(cli: Cli, { keep }: Flags) {
    const { ui } = cli;
    const started = cli.clock.monotonic();
    const leaving = new AbortController();
    const left: SignalName[] = [];
    const release = cli.signals.take((name) => {
      left.push(name);
      leaving.abort();
    });
    const stage = await buildStage(cli.env);
    let verdicts: Verdict[];
    try {
      verdicts = await perform(cli, stage, leaving.signal);
    } finally {
      await stage.strike(keep);
      release();
    }
    const [name] = left;
    if (name) return signalExit(name);
    const wrong = verdicts.flatMap(({ title, facts }) => facts.filter(({ ok }) => !ok).map(({ claim }) => `${title}: ${claim}`));
    const ok = wrong.length === 0 && verdicts.length === SCENES.length;
    const seconds = Math.round((cli.clock.monotonic() - started) / 100) / 10;
    ui.result("demo", { ok, seconds, folder: keep ? stage.folder : null, missions: verdicts }, () => {
      showVerdicts(ui, verdicts);
      ui.say(
        ok ? { text: "✓ ", tone: "good" } : { text: "✗ ", tone: "bad" },
        `${verdicts.length} missions in ${seconds} s; read back from serve's events and from git${ok ? "" : `: ${wrong.length} wrong`}`,
      );
      if (keep) ui.say({ text: `  kept: ${stage.folder}`, tone: "dim" });
      ui.next(["aiwg up", 'aiwg run "<objective>" --check "<command>"']);
    });
    if (!ok && !keep && !ui.json) ui.say({ text: "  aiwg demo --keep keeps the logs", tone: "dim" });
    return ok ? 0 : 1;
  },
});
