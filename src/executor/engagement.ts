// What an executor has to do with one serve: its inbox, its runs, their leases; answers frames and offers what is to be sent.
// Must not know sockets.
import { join } from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Env } from "../core/node/paths.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import type { ReportEvent, RunRef, serveFrameSchema } from "../mission/wire/frames.ts";
import type { z } from "zod";
import type { AgentRow } from "./agents/agent.ts";
import { type Admission, admit } from "./admission.ts";
import { createDiffs } from "./diffs.ts";
import { gitEnvironment } from "./environment.ts";
import { gitFault } from "./git.ts";
import { openInbox, type Report } from "./inbox.ts";
import { createLeases, type Leases } from "./leases.ts";
import { createRun, type Run } from "./run.ts";
import { sweepRuns } from "./sweep.ts";
import type { LogFrame } from "./transcript.ts";
import type { WorkspaceDirs } from "./workspace-record.ts";

/** A frame of serve as an executor reads it. */
export type InFrame = z.output<typeof serveFrameSchema>;
type FrameOf<E extends InFrame["event"]> = Extract<InFrame, { event: E }>;

export type EngagementDeps = {
  /** Folder of this serve: inbox and transcripts. */
  readonly dir: string;
  readonly dirs: WorkspaceDirs;
  readonly slots: number;
  readonly admission: Admission;
  readonly agents: Readonly<Record<string, AgentRow>>;
  readonly env: Env;
  readonly secrets: readonly string[];
  /** Serve drained this executor, and nothing runs or is to be said any more. */
  readonly onDrained: () => void;
  readonly clock: Clock;
  readonly log: Log;
};

export type Engagement = {
  resync(): { epoch: string; owned: (RunRef & { state: string })[] };
  /** The link is live: what serve has, what it dropped. */
  synced(frame: FrameOf<"executor.resynced">): void;
  heartbeat(): { n: number; owned: (RunRef & { state: string })[] };
  take(frame: InFrame): void;
  /** Reports on disk after `srcSeq`, oldest first. */
  reports(srcSeq: number): readonly Report[];
  /** A report leaves now. */
  sent(report: Report): void;
  /** The next piece of a transcript; runs take turns. */
  nextLog(): (RunRef & { frame: LogFrame }) | undefined;
  /** The next diff that serve asked for. */
  nextDiff(): (RunRef & { readonly text: string }) | undefined;
  /** Runs that serve takes for alive are not, and nothing is left to be said of them: the link should be made anew, which tells serve. */
  needsResync(): boolean;
  /** Who to call when there is something to send; `urgent` asks for a heartbeat. */
  onWake(wake: (urgent: boolean) => void): void;
  /** True between resynced and the end of the connection. */
  isLive(): boolean;
  /** Ends all runs, keeps their work, says so; resolves when that is on disk. */
  suspend(): Promise<void>;
  close(): void;
};

const TERMINAL = new Set<ReportEvent>(["mission.completed", "mission.failed", "mission.aborted", "mission.suspended", "mission.rejected"]);
const keyOf = (run: RunRef): string => `${run.attempt} ${run.mission_id}`;
/** How long a final report waits for its transcript to leave. */
const DRAIN_MS = 5_000;
const DRAIN_POLL_MS = 20;

/** Opens the inbox of one serve; resolves once nothing of an earlier process's runs is alive. */
export async function openEngagement(deps: EngagementDeps): Promise<Engagement> {
  const { clock, log, slots } = deps;
  let wake: (urgent: boolean) => void = () => {};
  const inbox = openInbox(join(deps.dir, "inbox.db"), () => wake(false));
  await sweepRuns(inbox, clock, log);

  const runs = new Map<string, Run>();
  // Transcripts outlive their run until its last report was taken.
  const logs = new Map<string, Run>();
  /** src_seq → run whose confirmation it is, and when that first left (monotonic). */
  const confirmations = new Map<number, { readonly run: Run; readonly ttlMs: number; sentAt?: number }>();
  const confirmed = new Set<string>();
  /** Dispatches that wait for an older attempt to end. */
  const taking = new Set<string>();
  const diffs = createDiffs({ ...deps, sources: deps.admission.secrets, wake: () => wake(false) });
  const leases: Leases = createLeases(clock);
  // What could not be ended is still ours: serve must not give it to anybody else.
  const stuck = inbox.open().map(({ mission_id, attempt }) => ({ mission_id, attempt, state: "running" }));
  let dead = new Set<string>();
  let beat = 0;
  let isStopping = false;
  let isDraining = false;
  let isLive = false;

  const background = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) => log.error({ error: messageOf(error) }, what));
  };
  const say = (run: RunRef, event: ReportEvent, data: Readonly<Record<string, unknown>>): void =>
    background("a report could not be stored", inbox.report(run, event, rfc3339(clock.now()), data));

  const leaveIfDrained = (): void => {
    if (!isDraining || isStopping || runs.size > 0 || taking.size > 0 || inbox.pending(0).length > 0) return;
    isStopping = true;
    deps.onDrained();
  };

  const working = (): number => [...runs.values()].filter((run) => run.isStarted()).length;
  // Serve counts slots too, but a run that it gave up may still be ending here.
  const startWaiting = (): void => {
    for (const run of runs.values()) {
      if (working() >= slots) return;
      if (!run.isStarted() && confirmed.has(keyOf(run.ref))) run.start();
    }
  };

  const drained = async (ref: RunRef): Promise<void> => {
    const run = runs.get(keyOf(ref));
    const started = clock.monotonic();
    while (isLive && run?.transcript.hasMore() === true && clock.monotonic() - started < DRAIN_MS) {
      wake(false);
      await new Promise<void>((resolve) => void clock.after(DRAIN_POLL_MS, resolve));
    }
  };

  const forget = (run: Run): void => {
    runs.delete(keyOf(run.ref));
    confirmed.delete(keyOf(run.ref));
    leases.end(run.ref);
    // Serve may have renewed it while it was being ended: it hears at once that the run is lost.
    if (run.endedBy() === "expired") dead.add(keyOf(run.ref));
    startWaiting();
    wake(true);
    leaveIfDrained();
  };

  const accept = async (frame: FrameOf<"mission.dispatch">): Promise<void> => {
    const ref: RunRef = { mission_id: frame.mission_id, attempt: frame.attempt };
    const known = inbox.find(ref.mission_id);
    // The same run again: its confirmation is on the way.
    if (runs.has(keyOf(ref)) || taking.has(keyOf(ref))) return;
    if (known && ref.attempt < known.attempt) return log.warn(ref, "an old dispatch was refused");
    const refuse = (reason: string): void => {
      log.info({ ...ref, reason }, "mission refused");
      say(ref, "mission.rejected", { reason });
    };
    if (known && ref.attempt === known.attempt) return refuse("this attempt has already ended here");
    if (isStopping) return refuse("the executor is shutting down");
    if (isDraining) return refuse("the executor is draining");
    // An older attempt of the mission may not live beside this one.
    const older = [...runs.values()].filter((run) => run.ref.mission_id === ref.mission_id);
    if (older.length > 0) {
      for (const run of older) run.end("lost", "a newer attempt was dispatched");
      taking.add(keyOf(ref));
      await Promise.all(older.map((run) => run.finished)).finally(() => taking.delete(keyOf(ref)));
      if (isStopping) return refuse("the executor is shutting down");
    }
    const admitted = admit(frame.data, ref, deps.admission);
    if ("refused" in admitted) {
      await inbox.accept(ref, "hold", "ended");
      return refuse(admitted.refused);
    }
    const { assignment, leaseTtlMs } = admitted;
    if (assignment.body.workspace) {
      // A repeat of the frame meanwhile is the same run.
      taking.add(keyOf(ref));
      const fault = await gitFault(gitEnvironment(deps.env)).finally(() => taking.delete(keyOf(ref)));
      // An abort may have come first.
      if ((inbox.find(ref.mission_id)?.attempt ?? -1) >= ref.attempt) return;
      if (fault !== undefined || isStopping) {
        await inbox.accept(ref, "hold", "ended");
        return refuse(fault ?? "the executor is shutting down");
      }
    }
    const run = createRun(assignment, {
      ...deps,
      inbox,
      runsDir: join(deps.dir, "runs"),
      wake: () => wake(false),
      drained,
    });
    runs.set(keyOf(ref), run);
    logs.set(keyOf(ref), run);
    background(
      "a run could not be cleaned up",
      run.finished.then(() => forget(run)),
    );
    await inbox.accept(ref, assignment.body.on_lost ?? "hold");
    const seq = await inbox.report(ref, "mission.assigned", rfc3339(clock.now()), {});
    confirmations.set(seq, { run, ttlMs: leaseTtlMs });
    wake(false);
  };

  const confirm = (run: Run, sentAt: number, ttlMs: number): void => {
    if (run.isStarted()) return;
    confirmed.add(keyOf(run.ref));
    leases.begin(run.ref, sentAt, ttlMs, {
      extended(remainingMs, graceMs) {
        run.extend(remainingMs, graceMs);
        startWaiting();
      },
      expired: () => run.end("expired"),
    });
    // The lease of a confirmed run may be a longer one; it counts from the next heartbeat.
    wake(true);
  };

  const acknowledge = (srcSeq: number): void => {
    for (const report of inbox.pending(0)) {
      if (report.src_seq > srcSeq) break;
      if (!TERMINAL.has(report.event)) continue;
      const run = logs.get(keyOf(report));
      if (!run || runs.has(keyOf(report))) continue;
      run.transcript.close();
      logs.delete(keyOf(report));
    }
    inbox.acknowledge(srcSeq);
    for (const [seq, { run, sentAt, ttlMs }] of confirmations) {
      if (seq > srcSeq) continue;
      confirmations.delete(seq);
      confirm(run, sentAt ?? clock.monotonic() - ttlMs, ttlMs);
    }
    leaveIfDrained();
  };

  const drop = (refs: readonly (RunRef & { readonly reason: string })[]): void => {
    for (const ref of refs) runs.get(keyOf(ref))?.end("lost", ref.reason);
  };

  const abort = async (frame: FrameOf<"mission.abort">): Promise<void> => {
    const ref: RunRef = { mission_id: frame.mission_id, attempt: frame.attempt };
    const run = runs.get(keyOf(ref));
    if (run) return run.end("abort", frame.data.reason ?? null);
    // Repeated while our last word on this run is still on its way.
    if (inbox.pending(0).some((report) => keyOf(report) === keyOf(ref) && TERMINAL.has(report.event))) return;
    await inbox.accept(ref, "hold", "ended");
    say(ref, "mission.aborted", { aborted_by: "operator", reason: frame.data.reason ?? null });
  };

  const owned = (): (RunRef & { state: string })[] => [...[...runs.values()].map((run) => ({ ...run.ref, state: run.state() })), ...stuck];

  return {
    resync() {
      const listed = new Map(owned().map((entry) => [keyOf(entry), entry]));
      dead = new Set();
      for (const { mission_id, attempt } of inbox.pending(0)) {
        const key = keyOf({ mission_id, attempt });
        if (listed.has(key)) continue;
        listed.set(key, { mission_id, attempt, state: "running" });
        dead.add(key);
      }
      for (const report of inbox.pending(0)) if (TERMINAL.has(report.event)) dead.delete(keyOf(report));
      return { epoch: inbox.epoch, owned: [...listed.values()] };
    },
    synced({ data }) {
      isLive = true;
      for (const run of logs.values()) run.transcript.rewind();
      acknowledge(data.acked);
      drop(data.drop);
    },
    heartbeat() {
      beat += 1;
      leases.sent(beat);
      return { n: beat, owned: owned() };
    },
    take(frame) {
      switch (frame.event) {
        case "executor.ack":
          return acknowledge(frame.data.src_seq);
        case "executor.renewed":
          leases.renewed(frame.data.n, frame.data.leases);
          return drop(frame.data.refused);
        case "executor.error": {
          log.warn({ code: frame.data.code, mission_id: frame.mission_id, attempt: frame.attempt }, `serve refused a frame: ${frame.data.detail}`);
          const { mission_id, attempt } = frame;
          const isGone = frame.data.code === "stale_fence" || frame.data.code === "not_owner";
          if (isGone && mission_id !== undefined && attempt !== undefined) drop([{ mission_id, attempt, reason: frame.data.code }]);
          return;
        }
        case "mission.dispatch":
          return background("a dispatch could not be taken", accept(frame));
        case "mission.abort":
          return background("an abort could not be stored", abort(frame));
        case "mission.hitl_responded":
          return runs.get(keyOf(frame))?.answer(frame.data.hitl_id, frame.data.response);
        case "mission.pause":
          return runs.get(keyOf(frame))?.pause();
        case "mission.resume":
          return runs.get(keyOf(frame))?.resume();
        case "executor.drain":
          isDraining = true;
          return leaveIfDrained();
        case "mission.diff":
          return diffs.make(frame);
        case "executor.resynced":
          return;
        default:
          return frame satisfies never;
      }
    },
    reports: (srcSeq) => inbox.pending(srcSeq),
    sent(report) {
      const confirmation = confirmations.get(report.src_seq);
      if (confirmation) confirmation.sentAt ??= clock.monotonic();
    },
    nextLog() {
      for (const [key, run] of logs) {
        const frame = run.transcript.take();
        if (!frame) continue;
        // To the end of the line: a flood gets no more than its turn.
        logs.delete(key);
        logs.set(key, run);
        return { ...run.ref, frame };
      }
      return undefined;
    },
    nextDiff: () => diffs.next(),
    needsResync() {
      if (dead.size === 0) return false;
      for (const report of inbox.pending(0)) if (dead.has(keyOf(report))) return false;
      return true;
    },
    onWake(to) {
      wake = to;
      isLive = false;
    },
    isLive: () => isLive,
    async suspend() {
      isStopping = true;
      for (const run of runs.values()) run.end("shutdown");
      await Promise.all([...runs.values()].map((run) => run.finished));
    },
    close() {
      for (const run of logs.values()) run.transcript.close();
      inbox.close();
    },
  };
}
