// The dispatch client (published as aiwg/dispatch, contract §3): posts one mission to serve with retry, backoff and a typed
// outcome. Retry state lives in memory only; what must survive a crash belongs to the queue.
import { defaultDeps, exchange, type ExchangeRequest, type Fetch } from "../client/exchange.ts";
import { sleep, systemClock, type Clock } from "../core/time.ts";
import { attemptDispatch, prepareDispatch, type Attempt } from "./dispatch/attempt.ts";
import { backoffMs, jitteredMs, RETRY_DEFAULTS } from "../core/backoff.ts";
import { classifyStatus, reasonForStatus, type DispatchReason } from "./dispatch/classify.ts";
import { DISPATCH_PATHS } from "../mission/model.ts";

export { backoffMs } from "../core/backoff.ts";
export { classifyStatus, reasonForStatus, type DispatchReason, type StatusClass } from "./dispatch/classify.ts";
export { sleep } from "../core/time.ts";

/** Called with `dispatch-client:network-error`, `:accepted`, `:terminal`, `:retrying` or `:exhausted`, and what belongs to it. */
export type DispatchLogger = (event: string, meta: Readonly<Record<string, unknown>>) => void;

export type DispatchOptions = {
  /** Base URL of serve; may have a path. */
  readonly aiwgServeUrl: string;
  readonly token?: string | undefined;
  /** Bound of the first wait; doubles with each attempt. Default 500. */
  readonly retryBaseMs?: number | undefined;
  /** Attempts in all. Default 5; `Infinity` is allowed. */
  readonly maxAttempts?: number | undefined;
  /** Default 10 000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Default 30 000. */
  readonly maxBackoffMs?: number | undefined;
  /** Asks serve to keep the mission when no executor is there now. */
  readonly respondAsync?: boolean | undefined;
  readonly fetchImpl?: Fetch | undefined;
  readonly logger?: DispatchLogger | undefined;
  readonly clock?: Pick<Clock, "now" | "after"> | undefined;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
};

/** The body of the request (contract §2.1). */
export type DispatchPayload = { readonly mission_id: string; readonly [member: string]: unknown };

type DispatchPath = (typeof DISPATCH_PATHS)[number];

export type DispatchAccepted = {
  readonly outcome: "accepted";
  readonly missionId: string;
  /** Null while the mission is queued; "unknown" if the answer did not say. */
  readonly executorId: string | null;
  readonly estimatedStart?: string;
  readonly dispatchPath?: DispatchPath;
  readonly idempotentReplayed: boolean;
  readonly attempts: number;
};

export type DispatchFailed = {
  readonly outcome: "failed";
  readonly missionId: string;
  readonly reason: DispatchReason;
  /** The problem's code as serve sent it. */
  readonly code?: string;
  readonly message: string;
  /** HTTP status of the last attempt; −1: it was never answered. */
  readonly status: number;
  readonly attempts: number;
  /** True if a later attempt may succeed: nothing final was answered. */
  readonly retryable: boolean;
  /** What the last answer asked for. */
  readonly retryAfterMs?: number;
};

export type DispatchOutcome = DispatchAccepted | DispatchFailed;

const positive = (value: number | undefined, fallback: number): number => (value !== undefined && value > 0 ? value : fallback);
const notNegative = (value: number | undefined, fallback: number): number => (value !== undefined && value >= 0 ? value : fallback);

function attemptsOf(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? RETRY_DEFAULTS.maxAttempts : Math.max(1, Math.floor(value));
}

function jsonOf(payload: unknown): string | undefined {
  try {
    return JSON.stringify(payload);
  } catch {
    // A cycle, or a bigint.
    return undefined;
  }
}

function acceptedOf(missionId: string, answer: Attempt & { kind: "answer" }, attempts: number): DispatchAccepted {
  const executor = answer.body?.["executor_id"];
  const start = answer.body?.["estimated_start"];
  const path = DISPATCH_PATHS.find((name) => name === answer.body?.["dispatch_path"]);
  return {
    outcome: "accepted",
    missionId,
    executorId: executor === null ? null : typeof executor === "string" && executor !== "" ? executor : "unknown",
    ...(typeof start === "string" ? { estimatedStart: start } : {}),
    ...(path === undefined ? {} : { dispatchPath: path }),
    idempotentReplayed: answer.replayed,
    attempts,
  };
}

/** Dispatches a mission. Never rejects: whatever happens is an outcome. */
export async function dispatchMission(options: DispatchOptions, sessionId: string, payload: DispatchPayload, signal?: AbortSignal): Promise<DispatchOutcome> {
  const maxAttempts = attemptsOf(options.maxAttempts);
  const retryBaseMs = notNegative(options.retryBaseMs, RETRY_DEFAULTS.retryBaseMs);
  const maxBackoffMs = notNegative(options.maxBackoffMs, RETRY_DEFAULTS.maxBackoffMs);
  const timeoutMs = positive(options.attemptTimeoutMs, RETRY_DEFAULTS.attemptTimeoutMs);
  const given = options.clock ?? systemClock;
  const clock: Clock = { ...systemClock, now: () => given.now(), after: (ms, fn) => given.after(ms, fn) };
  const fetching = { ...defaultDeps(options.fetchImpl), clock };
  const deps = { send: (request: ExchangeRequest) => exchange(request, fetching), clock };
  // Callers without types may give anything.
  const missionId = (payload as Partial<DispatchPayload> | null | undefined)?.mission_id ?? "";

  const log = (event: string, meta: Readonly<Record<string, unknown>>): void => {
    try {
      options.logger?.(`dispatch-client:${event}`, { missionId, ...meta });
    } catch {
      // A logger that throws decides nothing about a mission.
    }
  };
  const failed = (rest: Omit<DispatchFailed, "outcome" | "missionId">): DispatchFailed => ({ outcome: "failed", missionId, ...rest });

  const body = jsonOf(payload);
  const prepared =
    body === undefined
      ? ({ reason: "invalid_request", message: "the payload cannot be written as JSON" } as const)
      : prepareDispatch({ serveUrl: options.aiwgServeUrl, token: options.token, respondAsync: options.respondAsync === true, sessionId, missionId, body });
  if ("message" in prepared) {
    log("terminal", { status: -1, ...prepared });
    return failed({ ...prepared, status: -1, attempts: 0, retryable: false });
  }

  let status = -1;
  const aborted = (attempts: number): DispatchFailed =>
    failed({ reason: "aborted", message: "dispatch aborted before completion", status, attempts, retryable: true });
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) return aborted(attempt - 1);
    const got = await attemptDispatch(prepared, { timeoutMs, signal }, deps);
    if (got.kind === "aborted") return aborted(attempt);
    status = got.kind === "answer" ? got.status : -1;
    const asked = got.kind === "answer" ? got.retryAfterMs : undefined;
    const kind = classifyStatus(status, asked !== undefined);
    if (got.kind === "answer" && kind === "accepted") {
      const accepted = acceptedOf(missionId, got, attempt);
      log("accepted", { attempts: attempt, executorId: accepted.executorId });
      return accepted;
    }
    const code = got.kind === "answer" ? got.code : undefined;
    const message = got.kind === "answer" ? got.message : `network: ${got.message}`;
    if (got.kind === "none") log("network-error", { attempt, error: message });
    if (kind === "terminal" || attempt >= maxAttempts) {
      const reason = reasonForStatus(status, code);
      if (kind === "terminal") log("terminal", { status, reason, message });
      else log("exhausted", { attempts: attempt, lastStatus: status });
      return failed({
        reason,
        ...(code === undefined ? {} : { code }),
        message,
        status,
        attempts: attempt,
        retryable: kind === "retryable",
        ...(asked === undefined ? {} : { retryAfterMs: asked }),
      });
    }
    const delay = jitteredMs(backoffMs(attempt, retryBaseMs, maxBackoffMs), asked, options.random ?? Math.random);
    log("retrying", { attempt, status, delay });
    await sleep(delay, signal, clock);
  }
}
