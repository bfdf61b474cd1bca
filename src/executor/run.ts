// One attempt from confirmation to its final report: workspace, supervisor, loop, result. Must not know the socket.
import { join } from "node:path";
import { isAiwgError, messageOf } from "../core/errors.ts";
import { mintId, mintSecret } from "../core/ids.ts";
import { makePrivateDir } from "../core/node/fs.ts";
import type { Log } from "../core/node/log.ts";
import type { Env } from "../core/node/paths.ts";
import { inert } from "../core/text.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import { DEFAULTS } from "../mission/model.ts";
import type { DispatchBody } from "../mission/wire/dispatch.ts";
import type { CheckResult, ReportEvent, ResumeInfo, RunRef } from "../mission/wire/frames.ts";
import type { AgentRow, Turn } from "./agents/agent.ts";
import { PROTOCOLS } from "./agents/kinds.ts";
import { runChecks } from "./checks.ts";
import { startCountdown } from "./countdown.ts";
import { agentEnvironment, baseEnvironment, gitEnvironment, secretValues, urlSecrets } from "./environment.ts";
import type { Inbox, RunPatch } from "./inbox.ts";
import { type LoopPorts, type Outcome, runLoop } from "./loop.ts";
import { createPauses } from "./pauses.ts";
import { bootId, RUN_MARKER } from "./process-tree.ts";
import { createQuestions } from "./questions.ts";
import { createRedactor, redactDeep } from "./redact.ts";
import { startSupervisor, type Supervisor } from "./supervisor.ts";
import type { Command, Exit } from "./supervisor-wire.ts";
import { openTranscript, type Transcript } from "./transcript.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";
import { workspaceName } from "./workspace-name.ts";
import type { GitAccess, Kept } from "./workspace-result.ts";
import type { WorkspaceDirs } from "./workspace-record.ts";

/** Why a run is ended from outside. `lost` (serve said so) and `expired` (its lease): it is not ours any more, so nothing is reported. */
export type EndReason = "abort" | "lost" | "expired" | "shutdown" | "wall_clock";

export type Assignment = {
  readonly body: DispatchBody;
  readonly attempt: number;
  readonly agentId: string;
  readonly row: AgentRow;
  /** Absolute path of the row's program. */
  readonly program: string;
  /** Values of the secrets that the mission names. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly resume: ResumeInfo | null;
};

export type RunDeps = {
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Env;
  readonly dirs: WorkspaceDirs;
  /** Folder for transcripts. */
  readonly runsDir: string;
  /** Our own tokens, never to be seen in any text. */
  readonly secrets: readonly string[];
  /** Something is there to be sent. */
  readonly wake: () => void;
  /** Resolves when the transcript was sent as far as that is possible now. */
  readonly drained: (run: RunRef) => Promise<void>;
};

export type Run = {
  readonly ref: RunRef;
  readonly transcript: Transcript;
  state(): "assigned" | "running" | "paused" | "hitl_required";
  /** Starts the work; call once, when serve has taken the confirmation. */
  start(): void;
  isStarted(): boolean;
  /** The run may live for `remainingMs()` more. */
  extend(remainingMs: () => number, graceMs: number): void;
  /** Ends it; the first reason counts. */
  end(why: EndReason, detail?: string | null): void;
  endedBy(): EndReason | undefined;
  /** An answer to a question of this run; repeats are harmless. */
  answer(hitlId: string, response: string): void;
  /** Stands still from the end of the present turn on; keeps lease, slot and processes. Repeats are harmless. */
  pause(): void;
  /** Goes on, or takes back the pause that was asked for. */
  resume(): void;
  /** Resolves when no process is left and the last report is on disk. Never rejects. */
  readonly finished: Promise<void>;
};

const KILL_GRACE_MS = 2_000;
/** What committing gets when the executor is to stop. */
const SHUTDOWN_KEEP_MS = 10_000;
const MAX_TEXT = 16_000;
const nothing: Outcome = { failure: null, verified: null, checks: [], exitCode: null, summary: null, tokens: 0, costUsd: null };

/** Takes over an accepted mission. */
export function createRun(assignment: Assignment, deps: RunDeps): Run {
  const { body, attempt, row } = assignment;
  const { inbox, clock, log } = deps;
  const ref: RunRef = { mission_id: body.mission_id, attempt };
  const { secrets } = assignment;
  const bareEnv = baseEnvironment(deps.env);
  const agentEnv = { ...agentEnvironment(deps.env, row.kind, row.env), ...secrets };
  const checkEnv = { ...bareEnv, ...secrets };
  const named = [...Object.values(secrets), ...urlSecrets({ ...checkEnv, ...agentEnv })];
  const redactor = createRedactor([...secretValues(agentEnv), ...secretValues(checkEnv), ...deps.secrets], named);
  makePrivateDir(deps.runsDir);
  const runFile = join(deps.runsDir, `${workspaceName(body.mission_id)}.${attempt}`);
  const transcript = openTranscript(`${runFile}.log`, redactor, deps.wake);
  const protocol = PROTOCOLS[row.kind];
  const stopGit = new AbortController();
  const stopKeeping = new AbortController();
  const marker = mintSecret();
  // Marked as the run's: what is left of it after a crash is found and ended.
  const keeping: GitAccess = { env: { ...gitEnvironment(deps.env), [RUN_MARKER]: marker }, signal: stopKeeping.signal };
  const { promise: finished, resolve: resolveFinished } = Promise.withResolvers<undefined>();

  let isStarted = false;
  let isRunning = false;
  let sessionId = assignment.resume?.session_id ?? null;
  let workspace: Workspace | undefined;
  let supervisor: Supervisor | undefined;
  let ending: { readonly why: EndReason; readonly detail: string | null } | undefined;
  let cancelKeeping = (): void => {};
  let lease: { readonly remainingMs: () => number; readonly graceMs: number } | undefined;

  const report = async (event: ReportEvent, data: Readonly<Record<string, unknown>>, patch?: RunPatch): Promise<void> => {
    const redacted = redactDeep(data, (text) => inert(redactor.all(text)).slice(0, MAX_TEXT)) as Record<string, unknown>;
    await inbox.report(ref, event, rfc3339(clock.now()), redacted, patch);
  };
  /** So that a later attempt, here, can go on from this one. */
  const carry = (): Record<string, unknown> => ({ workspace: workspace?.root ?? null, session_id: sessionId });
  const commitMessage = (): string => {
    const subject = body.objective.split("\n", 1)[0]?.slice(0, 72).trim() || "Mission";
    return `${redactor.all(subject)}\n\nMission: ${body.mission_id}\n`;
  };
  /** What was made so far, for an attempt elsewhere: a commit in the source. Empty if that is not possible. */
  const saved = async (): Promise<Record<string, unknown>> => {
    try {
      return { ...(await workspace?.save(commitMessage(), keeping)) };
    } catch (error) {
      log.warn({ ...ref, error: messageOf(error) }, "the work so far could not be committed; it stays in the workspace");
      return {};
    }
  };
  const wall = startCountdown((body.limits?.wall_clock_s ?? DEFAULTS.wallClockS) * 1_000, clock, () => end("wall_clock"));

  const questions = createQuestions({
    mint: () => mintId("q", clock.now()),
    async asked(hitlId, { prompt, choices, fallback, expiresMs }) {
      wall.pause();
      const extra = {
        ...(choices.length > 0 ? { choices } : {}),
        ...(fallback === null ? {} : { default: fallback }),
        ...(expiresMs === null ? {} : { expires_at: rfc3339(clock.now() + expiresMs) }),
      };
      await report("mission.hitl_required", { hitl_id: hitlId, prompt, ...extra });
    },
    async answered(response) {
      wall.resume();
      const line = protocol.answer(response);
      if (line !== null) supervisor?.input(line);
      await report("mission.resumed", { resumed_from: "hitl_required" });
    },
    failed: (error) => log.error({ ...ref, error: messageOf(error) }, "a question could not be stored"),
  });

  const pauses = createPauses({
    async paused() {
      wall.pause();
      transcript.write("own", "── paused\n");
      transcript.flush();
      await report("mission.paused", { ...carry(), ...(await saved()) });
    },
    async resumed() {
      // A question keeps the clock stopped.
      if (!questions.isOpen()) wall.resume();
      await report("mission.resumed", { resumed_from: "paused" });
    },
    failed: (error) => log.error({ ...ref, error: messageOf(error) }, "a pause could not be stored"),
  });

  const runCommand = async (command: Omit<Command, "cwd">, onOutput: (fd: 1 | 2, text: string) => void): Promise<Exit> => {
    if (workspace === undefined || supervisor === undefined) return { code: null, signal: null, error: "the run has no workspace" };
    const exit = await supervisor.run({ ...command, cwd: workspace.cwd() }, onOutput);
    transcript.flush();
    return exit;
  };

  const turn = async (asked: Turn): ReturnType<LoopPorts["turn"]> => {
    const { args, env, input, open } = protocol.start(asked);
    const reader = protocol.read();
    let toolCalls = 0;
    // Before anything is cut to a tail. Not where the agent waits for answers: what redaction holds back would hold the question back.
    const safe = open ? { write: (text: string) => text, end: () => "" } : redactor.stream();
    const listen = (text: string): void => {
      // One write for all lines of a chunk: an agent may print thousands.
      let said = "";
      for (const signal of reader.write(text)) {
        if (signal.type === "text") said += signal.text;
        else if (signal.type === "ask") questions.ask(signal);
        else if (signal.type === "tool") {
          toolCalls += 1;
          // Of the one too many nothing is waited for.
          if (toolCalls === (asked.toolCallsLeft ?? Infinity) + 1) supervisor?.kill(KILL_GRACE_MS);
        } else if (signal.id !== sessionId) {
          sessionId = signal.id;
          report("mission.progress", { phase: "agent", iteration: asked.iteration, ...carry() }).catch((error: unknown) =>
            log.error({ ...ref, error: messageOf(error) }, "the agent's session could not be stored"),
          );
        }
      }
      transcript.write("agent", said);
    };
    transcript.write("own", `── turn ${asked.iteration}: ${assignment.agentId}\n`);
    const exit = await runCommand({ argv: [assignment.program, ...row.command.slice(1), ...args], env: { ...agentEnv, ...env }, input, open }, (fd, text) =>
      fd === 2 ? transcript.write("stderr", text) : listen(safe.write(text)),
    );
    listen(safe.end());
    transcript.flush();
    questions.close();
    return { ...reader.end(exit), toolCalls, exitCode: exit.code };
  };

  const check = (): Promise<CheckResult[]> =>
    runChecks(
      body.checks ?? [],
      {
        async run(command, onOutput) {
          transcript.write("own", `── check: ${command.argv.join(" ")}\n`);
          const safe = redactor.stream();
          const exit = await runCommand({ ...command, env: checkEnv }, (fd, text) => {
            transcript.write(fd === 2 ? "stderr" : "agent", text);
            onOutput(safe.write(text));
          });
          onOutput(safe.end());
          return exit;
        },
        kill: (graceMs) => supervisor?.kill(graceMs),
      },
      clock,
    );

  const prepare = async (): Promise<void> => {
    const request = {
      ...{ missionId: body.mission_id, attempt, spec: body.workspace ?? null },
      ...{ resume: assignment.resume?.workspace ?? null, secrets: Object.keys(secrets) },
    };
    workspace = await openWorkspace(request, deps.dirs, { env: gitEnvironment(deps.env), signal: stopGit.signal });
    // The agent's session means nothing in another folder.
    if (workspace.root !== request.resume) sessionId = null;
    await inbox.patch(ref, { phase: "spawning", marker, boot: bootId() });
    if (ending) return;
    supervisor = await startSupervisor({ marker, env: bareEnv, errorsTo: `${runFile}.supervisor`, onExpired: () => end("expired") });
    // On disk before the agent exists: after a crash of ours it can be found and ended.
    await inbox.patch(ref, { leader: supervisor.id });
    if (lease) supervisor.lease(lease.remainingMs, lease.graceMs);
  };

  const work = async (): Promise<Outcome> => {
    if (ending) return nothing;
    await prepare();
    if (ending) return nothing;
    isRunning = true;
    await report("mission.started", { agent_runtime: assignment.agentId, ...carry() }, { phase: "running" });
    wall.resume();
    for (const summary of workspace?.notes ?? []) await report("mission.progress", { phase: "workspace", summary });
    return runLoop(
      body,
      { attempt, isContinued: assignment.resume?.workspace === workspace?.root },
      {
        turn,
        check,
        betweenTurns: () => pauses.pass(),
        sessionId: () => sessionId,
        isEnding: () => ending !== undefined,
        progress: (data) => report("mission.progress", data),
      },
    );
  };

  const keepWork = async (outcome: Outcome): Promise<Outcome & { result: Kept | null }> => {
    try {
      const result = (await workspace?.keep(commitMessage(), keeping)) ?? null;
      const notes = (result?.notes ?? []).map(inert);
      for (const note of notes) transcript.write("own", `── ${note}\n`);
      const summary = notes.length === 0 ? outcome.summary : [...(outcome.summary === null ? [] : [outcome.summary]), ...notes].join("\n");
      return { ...outcome, summary, result };
    } catch (error) {
      // What was made is still in the workspace, but done is only what can be fetched.
      const failure = outcome.failure ?? { reason: "workspace_failed" as const, error: messageOf(error) };
      log.warn({ ...ref, error: messageOf(error) }, "the work could not be committed; it stays in the workspace");
      return { ...outcome, failure, result: null };
    }
  };

  /** The last word of a run that was ended from outside. */
  const concludeEnded = async (why: Exclude<EndReason, "wall_clock">, detail: string | null): Promise<void> => {
    if (why === "lost" || why === "expired") return inbox.patch(ref, { phase: "ended" });
    await deps.drained(ref);
    const ended: RunPatch = { phase: "ended" };
    if (why === "abort") return report("mission.aborted", { aborted_by: "operator", reason: detail, ...carry() }, ended);
    if (!isRunning) return report("mission.rejected", { reason: "the executor is shutting down" }, ended);
    return report("mission.suspended", { reason: "executor_shutdown", ...carry(), ...(await saved()) }, ended);
  };
  /** Read anew after every wait: a run can be ended while its work is kept. */
  const outside = (): { why: Exclude<EndReason, "wall_clock">; detail: string | null } | undefined =>
    ending === undefined || ending.why === "wall_clock" ? undefined : { why: ending.why, detail: ending.detail };

  const conclude = async (outcome: Outcome): Promise<void> => {
    transcript.flush();
    const before = outside();
    if (before) return concludeEnded(before.why, before.detail);
    const late: Outcome["failure"] = ending
      ? { reason: "limit_wall_clock", error: `ran longer than ${body.limits?.wall_clock_s ?? DEFAULTS.wallClockS} s` }
      : null;
    const { result, ...kept } = await keepWork({ ...outcome, failure: late ?? outcome.failure });
    const meanwhile = outside();
    // Stopped while it was kept, and kept all the same: that is its end.
    if (meanwhile && (meanwhile.why !== "shutdown" || stopKeeping.signal.aborted)) return concludeEnded(meanwhile.why, meanwhile.detail);
    if (kept.failure) transcript.write("own", `── failed (${kept.failure.reason}): ${inert(kept.failure.error)}\n`);
    transcript.flush();
    await deps.drained(ref);
    const data = {
      checks: kept.checks,
      exit_code: kept.exitCode,
      summary: kept.summary,
      tokens_total: kept.tokens,
      cost_usd: kept.costUsd,
      branch: result?.branch ?? null,
      commit: result?.commit ?? null,
      ...carry(),
    };
    const ended: RunPatch = { phase: "ended" };
    if (kept.failure) return report("mission.failed", { ...data, reason: kept.failure.reason, error: kept.failure.error }, ended);
    return report("mission.completed", { ...data, verified: kept.verified }, ended);
  };

  const main = async (): Promise<void> => {
    let outcome = nothing;
    try {
      outcome = await work();
    } catch (error) {
      const reason = isAiwgError(error) && error.code === "workspace_failed" ? "workspace_failed" : "agent_failed";
      outcome = { ...nothing, failure: { reason, error: messageOf(error) } };
      if (!ending) log.warn({ ...ref, error: messageOf(error) }, "the run failed");
    }
    wall.pause();
    questions.close();
    pauses.close();
    await supervisor?.stop(KILL_GRACE_MS);
    await conclude(outcome);
  };
  const settle = (): void => {
    main()
      // The inbox cannot be written: the run has no process any more, and serve's lease will end it.
      .catch((error: unknown) => log.error({ ...ref, error: messageOf(error) }, "the run's end could not be stored"))
      .finally(() => {
        cancelKeeping();
        resolveFinished(undefined);
      });
  };

  const end = (why: EndReason, detail: string | null = null): void => {
    // Past its limit it may still take long to be kept.
    if (ending && (ending.why !== "wall_clock" || why === "wall_clock")) return;
    ending = { why, detail };
    pauses.close();
    stopGit.abort();
    // A graceful stop and a limit leave the time to keep what was made.
    if (why === "abort" || why === "lost" || why === "expired") stopKeeping.abort();
    else if (why === "shutdown") cancelKeeping = clock.after(SHUTDOWN_KEEP_MS, () => stopKeeping.abort());
    supervisor?.stop(KILL_GRACE_MS).catch((error: unknown) => log.error({ ...ref, error: messageOf(error) }, "the run's processes could not be ended"));
    if (isStarted) return;
    isStarted = true;
    settle();
  };

  return {
    ref,
    transcript,
    finished,
    state: () => (!isRunning ? "assigned" : questions.isOpen() ? "hitl_required" : pauses.isPaused() ? "paused" : "running"),
    isStarted: () => isStarted,
    start() {
      if (isStarted) return;
      isStarted = true;
      settle();
    },
    extend(remainingMs, graceMs) {
      lease = { remainingMs, graceMs };
      supervisor?.lease(remainingMs, graceMs);
    },
    end,
    endedBy: () => ending?.why,
    answer: (hitlId, response) => questions.answer(hitlId, response),
    pause: () => pauses.request(),
    resume: () => pauses.lift(),
  };
}
