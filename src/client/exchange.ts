// One HTTP exchange over fetch: bounded in time and size, never following redirects, and never throwing: no answer is a
// value. Must not know routes, retries or what an answer means, nor `node:`.
import { messageOf } from "../core/errors.ts";
import { systemClock, type Clock } from "../core/time.ts";

export type Fetch = typeof globalThis.fetch;

export type ExchangeRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From sending to the last byte of the answer. Infinity: no limit. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

export type ExchangeDeps = { readonly fetchImpl: Fetch; readonly clock: Pick<Clock, "now" | "after"> };

/**
 * `answer`: a whole answer came (`cut` if longer than the bound: the rest was dropped). `none`: it did not, and the
 * outcome is unknown, unless the connection was `neverSent` anything because it was never made. `aborted`: the caller's signal ended it, and the outcome is unknown.
 */
export type Exchange =
  | { readonly kind: "answer"; readonly status: number; readonly header: (name: string) => string | null; readonly text: string; readonly cut: boolean }
  | { readonly kind: "none"; readonly message: string; readonly neverSent: boolean }
  | { readonly kind: "aborted" };

/** Sends one request and reads its answer. Never rejects. */
export type Send = (request: ExchangeRequest) => Promise<Exchange>;

export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

function innermost(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof Error && inner.cause instanceof Error; depth++) inner = inner.cause;
  return inner instanceof AggregateError && inner.errors[0] !== undefined ? inner.errors[0] : inner;
}

/** Why fetch failed, from the innermost cause: "connect ECONNREFUSED 127.0.0.1:1" rather than "fetch failed". */
export function networkMessage(error: unknown): string {
  return messageOf(innermost(error)) || messageOf(error) || "connection failed";
}

// No connection was made, so nobody can have got the request.
const BEFORE_SENDING = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"]);

function isBeforeSending(error: unknown): boolean {
  const inner = innermost(error);
  return inner instanceof Error && "code" in inner && typeof inner.code === "string" && BEFORE_SENDING.has(inner.code);
}

/** What became of a request that failed without an answer. */
export function noExchange(error: unknown): Exchange {
  return { kind: "none", message: networkMessage(error), neverSent: isBeforeSending(error) };
}

// Bytes up to the bound as text; stops the transfer when there is more.
async function readBounded(response: Response): Promise<{ readonly text: string; readonly cut: boolean }> {
  // Injected fetches may answer with less than a whole Response.
  const reader = response.body?.getReader?.();
  if (!reader) {
    const text = await response.text();
    return { text: text.slice(0, MAX_ANSWER_BYTES), cut: text.length > MAX_ANSWER_BYTES };
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), cut: false };
    size += value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel().catch(() => undefined);
      return { text, cut: true };
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Sends one request and reads its answer. Never rejects. */
export async function exchange(request: ExchangeRequest, deps: ExchangeDeps): Promise<Exchange> {
  const { signal, timeoutMs } = request;
  if (signal?.aborted) return { kind: "aborted" };
  const controller = new AbortController();
  // Settles by itself as soon as time is up or the caller gives up, whatever the fetch in use makes of its signal.
  const given = Promise.withResolvers<Exchange>();
  const giveUp = (outcome: Exchange): void => {
    given.resolve(outcome);
    controller.abort();
  };
  const onAbort = (): void => giveUp({ kind: "aborted" });
  signal?.addEventListener("abort", onAbort, { once: true });
  const cancelTimer = Number.isFinite(timeoutMs)
    ? deps.clock.after(timeoutMs, () => giveUp({ kind: "none", message: `no answer within ${timeoutMs} ms`, neverSent: false }))
    : () => undefined;

  const attempt = async (): Promise<Exchange> => {
    try {
      const response = await deps.fetchImpl(request.url, {
        method: request.method,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "manual",
        signal: controller.signal,
      });
      const { text, cut } = await readBounded(response);
      return { kind: "answer", status: response.status, header: (name) => response.headers?.get(name) ?? null, text, cut };
    } catch (error) {
      return noExchange(error);
    }
  };
  try {
    return await Promise.race([attempt(), given.promise]);
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The dependencies that production uses. */
export function defaultDeps(fetchImpl: Fetch | undefined): ExchangeDeps {
  return { fetchImpl: fetchImpl ?? globalThis.fetch, clock: systemClock };
}

/** True if a header can carry the text: visible ASCII only. */
export function isHeaderSafe(text: string): boolean {
  return /^[\u0021-\u007e]+$/.test(text);
}

/** Serve's base URL without trailing slashes, query or fragment; undefined if it is none that may be called. */
export function baseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "" || url.password !== "") return undefined;
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** An id as one segment of a path; undefined where a URL cannot carry it (dots alone would climb, lone surrogates have no bytes). */
export function pathSegment(id: string): string | undefined {
  return id === "" || id === "." || id === ".." || !id.isWellFormed() ? undefined : encodeURIComponent(id);
}
