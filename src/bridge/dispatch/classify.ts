// What an HTTP status and a problem code mean for a dispatch (contract §3). Pure.

/** Short codes of a failed dispatch. */
export const DISPATCH_REASONS = [
  "invalid_request",
  "unauthorized",
  "executor_not_found",
  "idempotency_conflict",
  "idempotency_key_reused",
  "no_executor_available",
  "dispatch_error",
  "client_error",
  "unreachable",
  "aborted",
] as const;
export type DispatchReason = (typeof DISPATCH_REASONS)[number];

/** What a caller does next: it is in, another attempt may help, or no attempt will. */
export type StatusClass = "accepted" | "retryable" | "terminal";

// Nobody but this client says that it could not reach serve, or that its caller gave up.
const LOCAL: readonly string[] = ["unreachable", "aborted"];

const BY_STATUS: Readonly<Record<number, DispatchReason>> = {
  400: "invalid_request",
  401: "unauthorized",
  403: "unauthorized",
  404: "executor_not_found",
  409: "idempotency_conflict",
  422: "idempotency_key_reused",
};

/** The class of an answer; −1 stands for none. A 409 is retried only if it came with a (valid) Retry-After. */
export function classifyStatus(status: number, hasRetryAfter = false): StatusClass {
  if (status >= 200 && status < 300) return "accepted";
  if (status === -1 || status === 408 || status === 425 || status === 429 || (status >= 500 && status < 600)) return "retryable";
  return status === 409 && hasRetryAfter ? "retryable" : "terminal";
}

/** The reason of a failure: a known problem code wins, else the status decides; −1 stands for no answer. */
export function reasonForStatus(status: number, code?: string): DispatchReason {
  const known = DISPATCH_REASONS.find((reason) => reason === code);
  if (known !== undefined && !LOCAL.includes(known)) return known;
  if (status === -1) return "unreachable";
  if (status === 503) return code === undefined ? "no_executor_available" : "dispatch_error";
  if (status >= 500 && status < 600) return "dispatch_error";
  return BY_STATUS[status] ?? "client_error";
}
