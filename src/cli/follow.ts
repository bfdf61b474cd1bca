// Following one mission for a person or a script: what happens goes to stderr, the end to stdout and into the exit code.
// First Ctrl-C detaches, a second asks to abort. Must not start anything.
import { liveServe } from "../core/node/serve-file.ts";
import { sleep } from "../core/time.ts";
import type { Enqueued, Queue } from "../bridge/queue/queue.ts";
import { abortMission } from "./abort.ts";
import { askPerson } from "./ask.ts";
import type { Cli } from "./command.ts";
import { causeLine, eventLine, newsFilter, resultLine } from "./event-line.ts";
import { outcomeExit, wayOn } from "./outcome.ts";
import { type SignalName, signalExit } from "./signals.ts";
import { stateCell } from "./ui.ts";
import { type Standing, type Watcher, watchMission } from "./watch-mission.ts";

/** So long a second Ctrl-C counts as "abort it". */
const SECOND_WITHIN_MS = 3_000;

type Options = {
  /** Each event as a JSON line on stdout. */
  readonly jsonl?: boolean;
  /** End only with the mission: a question or a suspension is shown and waited for. */
  readonly patient?: boolean;
};

// Bridge and serve are there, so what is pending or sent goes on by itself at once.
function isUp(cli: Cli, queue: Queue): boolean {
  return queue.bridge().running && (Boolean(cli.env["AIWG_SERVE_URL"]) || liveServe(cli.places.serveFile) !== undefined);
}

function watcherFor(cli: Cli, queue: Queue, options: Options, asking: { stop(): void; start(run: (signal: AbortSignal) => Promise<void>): void }): Watcher {
  const { ui } = cli;
  const mayAsk = ui.interactive && !ui.json && options.jsonl !== true;
  const isNews = newsFilter();
  return {
    waits(state, reason) {
      const up = isUp(cli, queue);
      if (up && state === "sent" && queue.bridge().fault === null) return;
      ui.say(stateCell(state), `  ${reason}`);
      if (!up && /bridge|serve/.test(reason)) ui.next(["aiwg up    (in another terminal)"]);
    },
    event(event, live, client) {
      asking.stop();
      if (options.jsonl) ui.jsonLine(event);
      else if (isNews(event)) ui.say(...eventLine(event, { withId: false }));
      if (live && mayAsk && event.event === "mission.hitl_required") asking.start((signal) => askPerson(ui, client, event, signal));
    },
    fault: (reason) => ui.say({ text: `! ${reason}; the mission itself is not touched by that`, tone: "warn" }),
    ends: ({ state, reason }) => options.patient !== true && !(mayAsk && state === "hitl_required") && outcomeExit(state, reason) !== undefined,
  };
}

function report(cli: Cli, queue: Queue, id: string, end: Standing, options: Options): number {
  const { ui } = cli;
  const { state, reason, attempt, executor_id, result } = end;
  const code = outcomeExit(state, reason) ?? 0;
  const session_id = queue.mission(id)?.session_id ?? null;
  if (options.jsonl) return code;
  ui.result("run", { mission_id: id, session_id, state, reason, attempt, executor_id, result, verified: result?.verified ?? null }, () => {
    ui.say(stateCell(state), `  ${[causeLine(end), resultLine(result)].filter(Boolean).join(" · ")}`);
    if (state === "suspended") ui.next([wayOn(id, end), `aiwg mc abort ${id}`]);
    else if (state === "failed") ui.next([`aiwg mc log ${id}`, `aiwg mc retry ${id}`]);
    else if (state === "done" && result?.branch) ui.next([`git log -p ${result.branch}`]);
    else if (state === "hitl_required") ui.next(["aiwg inbox", `aiwg answer ${id} "<text>"`]);
  });
  return code;
}

/** Follows a queued mission; the exit code says how it ended (contract §5), or 130 / 143 if the person left. */
export async function followToEnd(cli: Cli, queue: Queue, id: string, options: Options = {}): Promise<number> {
  const { ui } = cli;
  const leaving = new AbortController();
  const interrupts: SignalName[] = [];
  const second = new AbortController();
  const release = cli.signals.take((name) => {
    interrupts.push(name);
    leaving.abort();
    if (interrupts.length > 1) second.abort();
  });
  let question: AbortController | undefined;
  const asking = {
    stop: (): void => question?.abort(),
    start(run: (signal: AbortSignal) => Promise<void>): void {
      question = new AbortController();
      void run(question.signal);
    },
  };
  try {
    const end = await watchMission({ cli, queue, id, watcher: watcherFor(cli, queue, options, asking), signal: leaving.signal });
    asking.stop();
    if (end) return report(cli, queue, id, end, options);
    const name = interrupts[0] ?? "SIGINT";
    let aborted = false;
    if (name === "SIGINT") {
      ui.say(`left ${id}: it goes on. Ctrl-C again within ${SECOND_WITHIN_MS / 1_000} s to abort it.`);
      ui.next([`aiwg mc watch ${id}`, `aiwg mc abort ${id}`]);
      await sleep(SECOND_WITHIN_MS, second.signal, cli.clock);
      aborted = interrupts.length > 1;
    }
    const control = aborted ? await abortMission(cli, queue, { kind: "mission", id, row: queue.mission(id), mission: undefined }, undefined) : undefined;
    if (options.jsonl !== true)
      ui.result("run", { mission_id: id, detached: true, state: control?.state ?? queue.mission(id)?.state ?? null, abort_requested: aborted }, () => {
        if (control) ui.say(stateCell(control.state), control.state === "aborted" ? "" : "  abort requested");
      });
    return signalExit(name);
  } finally {
    asking.stop();
    release();
  }
}

/** The same for a mission as it came out of queueing: of one that is purged only its end is known, and nothing is to be followed. */
export async function followQueued(cli: Cli, queue: Queue, { mission_id, state, purged }: Enqueued, options: Options = {}): Promise<number> {
  if (!purged) return followToEnd(cli, queue, mission_id, options);
  return report(cli, queue, mission_id, { state, reason: "purged", attempt: 0, executor_id: null, result: null }, options);
}
