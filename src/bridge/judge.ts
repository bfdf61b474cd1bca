// What the bridge makes of an attempt (contract §4): which answers settle a mission, which concern only it, and which say
// that the connection to serve is at fault. Pure; judged by the problem code, never by the reason.
import { isErrorCode, isForeignAnswer } from "../client/errors.ts";
import { AiwgError, ERRORS, isAiwgError, messageOf, type ErrorCode } from "../core/errors.ts";
import { oneLine } from "../core/text.ts";
import { idSchema } from "../mission/wire/dispatch.ts";
import type { Attempt } from "./dispatch/attempt.ts";

/**
 * Why nothing can be sent for now. `fault`: only a change of configuration, or of what listens there, helps: one probe
 * each 30 s. `silent`: serve is away or overloaded: backoff. `away`: there is no serve to talk to.
 */
export type LineFailure = { readonly kind: "fault" | "silent" | "away"; readonly reason: string; readonly retryAfterMs?: number | undefined };

export type Verdict =
  | {
      readonly kind: "accepted";
      readonly state: "queued" | "assigned";
      readonly executorId: string | null;
      readonly attempt: number;
      readonly replayed: boolean;
    }
  /** Serve will never take it. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Aborted before it arrived. */
  | { readonly kind: "tombstone"; readonly reason: string }
  /** Only this mission waits. `declined`: no executor, and none was to be waited for. */
  | { readonly kind: "again"; readonly reason: string; readonly unknown: boolean; readonly declined: boolean; readonly retryAfterMs: number | undefined }
  /** All missions wait. `unknown`: serve may have stored this one. `pending`: it was answered, or never sent. */
  | { readonly kind: "line"; readonly failure: LineFailure; readonly unknown: boolean; readonly pending: boolean };

const REFUSING_STATUS: readonly number[] = [400, 413, 422];

/** Failed for good by contract §4: a code of 400, 413 or 422, or executor_not_found. */
function isRefusal(code: ErrorCode): boolean {
  return REFUSING_STATUS.includes(ERRORS[code].status) || code === "executor_not_found";
}

const CONFIGURATION: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthorized: "serve refused the token",
  forbidden: "serve refused the token: its role is too small",
};

function faultReason(code: ErrorCode, message: string): string {
  const plain = CONFIGURATION[code];
  return plain === undefined ? `serve answered ${code}: ${oneLine(message, 200)}` : plain;
}

/** Why a call of serve's API other than dispatch failed, as a state of the connection. */
export function failureOf(error: unknown): LineFailure {
  if (!isAiwgError(error)) return { kind: "silent", reason: `following serve failed: ${oneLine(messageOf(error), 200)}` };
  const retryAfterMs = error.retryAfterS === undefined ? undefined : error.retryAfterS * 1_000;
  if (isForeignAnswer(error)) return { kind: "fault", reason: error.message };
  if (error.code === "unreachable") return { kind: "silent", reason: error.message };
  const { status } = ERRORS[error.code];
  if (status === 429 || status >= 500) return { kind: "silent", reason: faultReason(error.code, error.message), retryAfterMs };
  return { kind: "fault", reason: faultReason(error.code, error.message) };
}

function acceptedOf(missionId: string, answer: Attempt & { kind: "answer" }): Verdict | undefined {
  const { body } = answer;
  // Whoever answers 2xx without naming the mission is not serve.
  if (body?.["mission_id"] !== missionId) return undefined;
  const executor = idSchema.safeParse(body["executor_id"]);
  const attempt = body["attempt"];
  return {
    kind: "accepted",
    state: body["status"] === "assigned" || (executor.success && body["status"] !== "queued") ? "assigned" : "queued",
    executorId: executor.success ? executor.data : null,
    attempt: typeof attempt === "number" && Number.isSafeInteger(attempt) ? attempt : 0,
    replayed: answer.replayed,
  };
}

/** Judges one attempt. `origin` names serve's address in reasons. */
export function judge(missionId: string, origin: string, attempt: Attempt): Verdict {
  if (attempt.kind === "aborted") {
    return { kind: "again", reason: "the bridge stopped before serve answered", unknown: true, declined: false, retryAfterMs: undefined };
  }
  if (attempt.kind === "none") {
    const reason = `serve at ${origin} does not answer: ${oneLine(attempt.message, 200)}`;
    return { kind: "line", failure: { kind: "silent", reason }, unknown: !attempt.neverSent, pending: attempt.neverSent };
  }
  const { status, code, retryAfterMs } = attempt;
  const accepted = status >= 200 && status < 300 ? acceptedOf(missionId, attempt) : undefined;
  if (accepted) return accepted;
  if (status < 400 || !isErrorCode(code)) {
    const what = status >= 300 && status < 400 ? `a redirect (HTTP ${status}), which is never followed` : `HTTP ${status}, but not as serve does`;
    // A gateway may have passed the mission on before it failed.
    const unknown = status < 300 || status === 408 || status >= 500;
    return { kind: "line", failure: { kind: "fault", reason: `${origin} answers with ${what}: another program may be there` }, unknown, pending: true };
  }
  const said = `serve answered ${code}: ${oneLine(attempt.message, 200)}`;
  if (code === "tombstone") return { kind: "tombstone", reason: "aborted before it arrived at serve" };
  if (code === "no_executor_available") return { kind: "again", reason: said, unknown: false, declined: true, retryAfterMs };
  if (status < 500 && isRefusal(code)) return { kind: "refused", reason: said };
  if (status === 409) return { kind: "again", reason: said, unknown: code === "idempotency_conflict", declined: false, retryAfterMs };
  if (status === 429 || status >= 500) return { kind: "line", failure: { kind: "silent", reason: said, retryAfterMs }, unknown: status >= 500, pending: true };
  return { kind: "line", failure: { kind: "fault", reason: faultReason(code, attempt.message) }, unknown: false, pending: true };
}

/** True if the error is serve's own word that it does not know the mission. */
export function isUnknownToServe(error: unknown): boolean {
  return error instanceof AiwgError && error.code === "not_found";
}
