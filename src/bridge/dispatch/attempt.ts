// One attempt of a dispatch: the exact request of contract §2.1 and §3, and what came back. Must not retry or wait.
import { baseUrl, isHeaderSafe, pathSegment, type Send } from "../../client/exchange.ts";
import { parseJson } from "../../core/json.ts";
import type { Clock } from "../../core/time.ts";
import { retryAfterMs } from "../../core/backoff.ts";

/** A dispatch ready to be sent, any number of times, always the same. */
export type PreparedDispatch = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };

export type PrepareInput = {
  readonly serveUrl: string;
  readonly token: string | undefined;
  readonly respondAsync: boolean;
  readonly sessionId: string;
  readonly missionId: unknown;
  /** The JSON text; the same on every attempt. */
  readonly body: string;
};

// RFC 8941 §3.3.3: a quoted string of printable ASCII; undefined for what it cannot express.
function structuredString(text: string): string | undefined {
  return /^[\u0020-\u007e]+$/.test(text) ? `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : undefined;
}

/** The request, or why none can be made of the input. */
export function prepareDispatch(input: PrepareInput): PreparedDispatch | { readonly reason: "invalid_request" | "client_error"; readonly message: string } {
  const base = baseUrl(input.serveUrl);
  const session = pathSegment(input.sessionId);
  const token = input.token?.trim() ?? "";
  if (base === undefined) return { reason: "client_error", message: "aiwgServeUrl is not an http or https URL without credentials" };
  if (token !== "" && !isHeaderSafe(token)) return { reason: "client_error", message: "the token has characters that no header can carry" };
  if (session === undefined) return { reason: "invalid_request", message: "the session id cannot be part of a URL" };
  if (typeof input.missionId !== "string" || input.missionId === "")
    return { reason: "invalid_request", message: "payload.mission_id must be a non-empty string" };
  const key = structuredString(input.missionId);
  return {
    url: `${base}/api/v1/sessions/${session}/dispatch`,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, application/problem+json",
      ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { "Idempotency-Key": key }),
      ...(input.respondAsync ? { Prefer: "respond-async" } : {}),
    },
    body: input.body,
  };
}

/** What came of one attempt; `body` is the parsed JSON object, or null if the answer was none. */
export type Attempt =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: Readonly<Record<string, unknown>> | null;
      readonly code: string | undefined;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
      readonly replayed: boolean;
    }
  | { readonly kind: "none"; readonly message: string; readonly neverSent: boolean }
  | { readonly kind: "aborted" };

const MESSAGE_MAX = 4_096;

function textMember(body: Readonly<Record<string, unknown>> | null, name: string): string | undefined {
  const value = body?.[name];
  return typeof value === "string" && value !== "" ? value.slice(0, MESSAGE_MAX) : undefined;
}

/** Sends a prepared dispatch once. Never rejects. */
export async function attemptDispatch(
  prepared: PreparedDispatch,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  deps: { readonly send: Send; readonly clock: Pick<Clock, "now"> },
): Promise<Attempt> {
  const got = await deps.send({ method: "POST", ...prepared, timeoutMs: options.timeoutMs, signal: options.signal });
  if (got.kind !== "answer") return got;
  const value = got.cut ? undefined : parseJson(got.text)?.value;
  const body = typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  return {
    kind: "answer",
    status: got.status,
    body,
    code: textMember(body, "code"),
    message: textMember(body, "detail") ?? textMember(body, "error") ?? `HTTP ${got.status}`,
    retryAfterMs: retryAfterMs(got.header("retry-after"), deps.clock.now()),
    replayed: body?.["idempotent_replayed"] === true || got.header("idempotent-replayed")?.trim().toLowerCase() === "true",
  };
}
