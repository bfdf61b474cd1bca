// What an answer that is not the wished one means, as the one error class. Must not send anything.
import { AiwgError, ERRORS, type ErrorCode, type Issue } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { oneLine } from "../core/text.ts";
import type { Problem } from "../mission/wire/http.ts";

// For a problem of ours whose code this version does not know yet.
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "state_conflict",
  410: "closed",
  413: "too_large",
  415: "unsupported_media_type",
  421: "misdirected_request",
  422: "invalid_request",
  429: "rate_limited",
  431: "header_too_large",
  500: "internal",
};

/** True for a code of our table. */
export function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(ERRORS, code);
}

/** Marks an `unreachable` that was an answer: something listens there, but it is not serve. */
class ForeignAnswer extends Error {
  override readonly name = "ForeignAnswer";
}

/** True if the error says that something other than serve answered; only a change of configuration or of that program helps. */
export function isForeignAnswer(error: unknown): boolean {
  return error instanceof AiwgError && error.cause instanceof Error && error.cause.name === "ForeignAnswer";
}

const kindOf = (status: number): string => (status >= 300 && status < 400 ? `a redirect (HTTP ${status}), which is never followed` : `HTTP ${status}`);

/** `unreachable`: the answer is not one that serve gives. */
export function foreignAnswer(url: string, status: number, what = ""): AiwgError {
  const base = `${new URL(url).origin} answers with ${kindOf(status)}${what ? `, ${what}` : ""}: another program than aiwg serve answers there`;
  return new AiwgError("unreachable", base, { hint: "Check serve's URL.", cause: new ForeignAnswer(`HTTP ${status}`) });
}

/** `unreachable`: nothing answered. */
export function noAnswer(url: string, message: string): AiwgError {
  return new AiwgError("unreachable", `serve at ${new URL(url).origin} does not answer: ${oneLine(message, 200)}`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null;
const isIssue = (value: unknown): value is Issue => isObject(value) && typeof value["pointer"] === "string" && typeof value["message"] === "string";

// By hand: commands that only look need no schema library, and an error may be all that they get.
function isProblem(value: unknown): value is Problem {
  if (!isObject(value) || !Number.isSafeInteger(value["status"])) return false;
  const { errors } = value;
  const texts = ["type", "title", "detail", "code"].every((member) => typeof value[member] === "string");
  return texts && (errors === undefined || (Array.isArray(errors) && errors.every(isIssue)));
}

/** The error of an answer other than 2xx: serve's own problem with its code, or a foreign answer. */
export function errorOfAnswer(url: string, status: number, text: string, retryAfterS: number | undefined): AiwgError {
  const problem = parseJson(text)?.value;
  if (!isProblem(problem) || status < 400 || !problem.type.startsWith("urn:aiwg:problem:")) return foreignAnswer(url, status);
  const { code, detail, errors } = problem;
  const known = isErrorCode(code) ? code : (BY_STATUS[status] ?? (status >= 500 ? "store_unavailable" : "invalid_request"));
  return new AiwgError(known, detail, { ...(errors ? { issues: errors } : {}), ...(retryAfterS === undefined ? {} : { retryAfterS }) });
}
