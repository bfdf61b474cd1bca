// Errors as RFC 9457 problem documents, read off the one table of codes. Must not know routes.
import { STATUS_CODES } from "node:http";
import { AiwgError, ERRORS, isAiwgError, type ErrorCode } from "../core/errors.ts";
import type { Problem } from "../mission/wire/http.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** A problem document with its status and the headers that belong to it. */
export type ProblemAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Problem };

// What a client should wait where the error itself does not say: every 429 and 503 states a time (RFC 6585, RFC 9110).
const DEFAULT_RETRY_S = 1;

function headersOf(code: ErrorCode, status: number, error: AiwgError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (status === 401) headers["WWW-Authenticate"] = 'Bearer realm="aiwg"';
  if (status === 429 || status === 503 || code === "idempotency_conflict") {
    headers["Retry-After"] = String(Math.max(1, Math.ceil(error.retryAfterS ?? DEFAULT_RETRY_S)));
  }
  return headers;
}

/** The problem for anything that was thrown. What is not our error becomes `internal` and shows nothing of its inside. */
export function problemOf(thrown: unknown): ProblemAnswer {
  const error = isAiwgError(thrown) ? thrown : new AiwgError("internal", "serve met an unexpected error; its log has the details");
  const { status, title } = ERRORS[error.code];
  const detail = error.code === "internal" ? "serve met an unexpected error; its log has the details" : error.message;
  return {
    status,
    headers: headersOf(error.code, status, error),
    body: {
      type: `urn:aiwg:problem:${error.code}`,
      title,
      status,
      detail,
      code: error.code,
      ...(error.issues.length > 0 ? { errors: error.issues.map(({ pointer, message }) => ({ pointer, message })) } : {}),
    },
  };
}

/** A whole HTTP/1.1 message for a socket that no response object exists for. The connection ends with it. */
export function rawProblem(error: AiwgError): string {
  const { status, headers, body } = problemOf(error);
  const text = JSON.stringify(body);
  const lines = Object.entries({ "Content-Type": PROBLEM_TYPE, "Content-Length": String(Buffer.byteLength(text)), Connection: "close", ...headers });
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? body.title}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${text}`;
}
