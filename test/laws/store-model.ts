// A random life of missions against any Store, and an oracle that reads what happened back from its events.
// Knows only the Store interface and the laws; must not look into an implementation.
import type { DispatchBody } from "../../src/mission/wire/dispatch.ts";
import type { ServeEvent } from "../../src/mission/wire/events.ts";
import type { ReportEvent, ReportFrame } from "../../src/mission/wire/frames.ts";
import { isOwned, isTerminal, type MissionState } from "../../src/mission/model.ts";
import type { Store } from "../../src/serve/store/store.ts";

const REPORTS: readonly ReportEvent[] = [
  "mission.assigned",
  "mission.started",
  "mission.progress",
  "mission.hitl_required",
  "mission.resumed",
  "mission.paused",
  "mission.completed",
  "mission.failed",
  "mission.suspended",
  "mission.rejected",
  "mission.aborted",
];

/** One step, as plain numbers so that fast-check can shrink it. */
export type Step = {
  readonly kind: number;
  readonly mission: number;
  readonly executor: number;
  readonly report: number;
  readonly age: number;
  readonly repeat: boolean;
};

type Life = { readonly store: Store; readonly seqs: Map<string, number>; readonly violations: string[]; readonly answers: Map<string, string> };

const EXECUTORS = ["x", "y", "z"];

/** Registers and connects the executors that the steps use. */
export async function populate(store: Store): Promise<void> {
  for (const id of EXECUTORS) {
    const body = { executor_id: id, name: id, version: "1", spec_version: "1.0.0" as const, capabilities: ["runtime:claude"], slots: 2 };
    await store.registerExecutor({ body, tokenHash: `token ${id}`, by: { tokenId: "t", role: "admin", executorId: null, expiresAt: null } });
    await store.resync(id, { epoch: "e", owned: [], slots: null });
  }
}

async function dispatch(life: Life, id: string, mission: number): Promise<void> {
  const body: DispatchBody = { mission_id: id, objective: "x", on_lost: mission % 2 === 0 ? "retry" : "hold", max_attempts: 2 };
  const verdict = await life.store
    .dispatch({ sessionId: "s", body, hash: Buffer.from(`h ${id}`), key: id, respondAsync: true, traceparent: null })
    .catch(() => undefined);
  if (!verdict) return;
  const stored = JSON.stringify({ ...verdict.response, idempotent_replayed: false });
  const before = life.answers.get(id);
  if (before === undefined) life.answers.set(id, stored);
  else if (before !== stored) life.violations.push(`I-REPLAY: ${id} was answered ${stored} after ${before}`);
}

async function reportSomething(life: Life, id: string, step: Step): Promise<void> {
  const present = await life.store.mission(id);
  const executor = EXECUTORS[step.executor % EXECUTORS.length] ?? "x";
  // Mostly what a live owner says, often what a former one would still say.
  const attempt = Math.max(0, (present?.attempt ?? 0) - (step.age % 4));
  const event = REPORTS[step.report % REPORTS.length] ?? "mission.progress";
  const src_seq = (life.seqs.get(executor) ?? 0) + (step.repeat ? 0 : 1);
  life.seqs.set(executor, src_seq);
  const data = event === "mission.hitl_required" ? { hitl_id: `q${src_seq}`, prompt: "?" } : event === "mission.failed" ? { reason: "agent_failed" } : {};
  const verdict = await life.store.report(executor, "e", { event, mission_id: id, attempt, src_seq, data } as ReportFrame);
  const legal = present !== undefined && present.attempt === attempt && present.executor_id === executor && isOwned(present.state);
  if (verdict.outcome === "applied" && !legal)
    life.violations.push(
      `I-FENCE: ${executor} with attempt ${attempt} changed ${id} (${present?.state}, fence ${present?.attempt}, owner ${present?.executor_id})`,
    );
  if (verdict.outcome === "applied" && step.repeat && src_seq > 0) life.violations.push(`I-ONCE: report ${src_seq} of ${executor} was applied twice`);
}

async function take(life: Life, step: Step): Promise<void> {
  const id = `m${step.mission % 5}`;
  const { store } = life;
  const ignore = (): undefined => undefined;
  switch (step.kind % 8) {
    case 0:
      return dispatch(life, id, step.mission % 5);
    case 1:
      await store.assignQueued(3);
      return;
    case 2:
      await store.abort(id, null).catch(ignore);
      return;
    case 3:
      await store.resume(id, { elsewhere: step.repeat }).catch(ignore);
      return;
    case 4: {
      const attempt = Math.max(0, ((await store.mission(id))?.attempt ?? 0) - (step.age % 3));
      await store.endOwnership({ mission_id: id, attempt }, "lease_expired");
      return;
    }
    default:
      return reportSomething(life, id, step);
  }
}

function judgeEvents(events: readonly ServeEvent[], violations: string[]): void {
  const state = new Map<string, MissionState>();
  const attempt = new Map<string, number>();
  for (const event of events) {
    if (event.mission_id === undefined || event.state === undefined) continue;
    const before = state.get(event.mission_id);
    if (before !== undefined && isTerminal(before)) violations.push(`I-TERMINAL: ${event.event} after ${before} of ${event.mission_id}`);
    const seen = attempt.get(event.mission_id) ?? 0;
    // The fence grows when an ownership ends and when the next begins: nothing an ex-owner sends can match in between.
    if (event.event === "mission.assigned" && (event.attempt ?? 0) < (seen === 0 ? 1 : seen + 2)) {
      violations.push(`I-GROWS: attempt ${event.attempt} of ${event.mission_id} follows ${seen}`);
    }
    if (event.event === "mission.assigned" && before !== undefined && isOwned(before))
      violations.push(`I-NOOVERLAP: ${event.mission_id} was assigned while ${before}`);
    if (event.event === "mission.assigned") attempt.set(event.mission_id, event.attempt ?? 0);
    state.set(event.mission_id, event.state);
  }
}

/** Plays the steps and returns every law that was broken. */
export async function play(store: Store, steps: readonly Step[]): Promise<string[]> {
  const life: Life = { store, seqs: new Map(), violations: [], answers: new Map() };
  await populate(store);
  for (const step of steps) await take(life, step);

  const { events } = await store.events(0, 100_000, {});
  judgeEvents(events, life.violations);
  const last = new Map(
    events.flatMap((event) => (event.mission_id !== undefined && event.state !== undefined ? [[event.mission_id, event.state] as const] : [])),
  );
  const { missions, counts } = await store.missions({ sort: "created", limit: 500, counts: true });
  for (const mission of missions)
    if (last.get(mission.mission_id) !== mission.state)
      life.violations.push(`I-SEQ: ${mission.mission_id} is ${mission.state}, its events end in ${last.get(mission.mission_id)}`);
  if (JSON.stringify(Object.entries((await store.session("s"))?.counts ?? {}).toSorted()) !== JSON.stringify(Object.entries(counts ?? {}).toSorted()))
    life.violations.push("I-COUNT: the session's counts differ from its missions");
  for (const executor of await store.executors()) {
    const owned = missions.filter((mission) => isOwned(mission.state) && mission.executor_id === executor.executor_id).length;
    if (executor.running !== owned || owned > executor.slots)
      life.violations.push(`I-SLOTS: ${executor.executor_id} counts ${executor.running}, owns ${owned} of ${executor.slots}`);
  }
  for (const id of life.answers.keys())
    if (!missions.some((mission) => mission.mission_id === id)) life.violations.push(`I-LOST: ${id} was accepted and is gone`);
  return life.violations;
}
