// One call of serve's API: token, path, query, and the answer parsed by its schema or thrown as our error. Must not know routes.
import type { z } from "zod";
import { AiwgError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { systemClock, type Clock } from "../core/time.ts";
import { baseUrl, exchange, isHeaderSafe, pathSegment, type ExchangeRequest, type Fetch, type Send } from "./exchange.ts";
import type { ClientOptions } from "./options.ts";
import { errorOfAnswer, foreignAnswer, noAnswer } from "./errors.ts";

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The options, checked once. */
export type Connection = {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetchImpl: Fetch;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Sends what is answered at once, instead of fetch. */
  readonly send?: Send | undefined;
};

/** Throws usage or unauthorized for a URL or token that can never work. A token of null: none is sent. */
export function connectionOf(options: Omit<ClientOptions, "token"> & { readonly token: string | null; readonly send?: Send }): Connection {
  const base = baseUrl(options.url);
  if (base === undefined) throw new AiwgError("usage", `"${options.url}" is not an http or https URL without credentials`);
  const token = options.token?.trim();
  if (token !== undefined && !isHeaderSafe(token)) throw new AiwgError("unauthorized", "the token is empty or has characters that no header can carry");
  return {
    base,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    fetchImpl: options.fetchImpl ?? globalThis.fetch,
    timeoutMs: options.timeoutMs ?? 30_000,
    clock: options.clock ?? systemClock,
    send: options.send,
  };
}

/** A path from its parts, each id encoded. Throws invalid_request for an id that no URL can carry. */
function pathOf(parts: readonly string[], root: string): string {
  const segments = parts.map((part) => {
    const segment = pathSegment(part);
    if (segment === undefined) throw new AiwgError("invalid_request", `"${part}" is not a valid id`);
    return segment;
  });
  return `${root}/${segments.join("/")}`;
}

/** `?a=b` of what is defined; lists are joined by commas. */
export function queryOf(query: Query): string {
  const entries = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(",") : String(value)]],
  );
  return entries.length === 0 ? "" : `?${new URLSearchParams(entries).toString()}`;
}

export type CallInput = {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Its parts after the root; ids are encoded. */
  readonly path: readonly string[];
  /** Default /api/v1. */
  readonly root?: "";
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
};
export type RawAnswer = { readonly status: number; readonly text: string; readonly header: (name: string) => string | null };

/** Sends a call; resolves with any 2xx, throws AiwgError for everything else. */
export async function callRaw(connection: Connection, input: CallInput): Promise<RawAnswer> {
  const url = connection.base + pathOf(input.path, input.root ?? "/api/v1") + queryOf(input.query ?? {});
  const send = connection.send ?? ((request: ExchangeRequest) => exchange(request, connection));
  const got = await send({
    method: input.method,
    url,
    headers: {
      ...connection.headers,
      Accept: "application/json, application/problem+json, text/plain",
      ...(input.body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    timeoutMs: connection.timeoutMs,
    signal: input.signal,
  });
  if (got.kind === "aborted") throw new AiwgError("unreachable", "the call was given up");
  if (got.kind === "none") throw noAnswer(url, got.message);
  if (got.cut) throw foreignAnswer(url, got.status, "longer than any answer of serve");
  if (got.status >= 200 && got.status < 300) return got;
  const retryAfter = got.header("retry-after");
  throw errorOfAnswer(url, got.status, got.text, retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined);
}

/** Sends a call whose answer is JSON of a known shape. A 2xx of another shape was not given by serve: `unreachable`. */
export async function call<S extends z.ZodType>(connection: Connection, schema: S, input: CallInput): Promise<z.output<S>> {
  const answer = await callRaw(connection, input);
  const parsed = schema.safeParse(parseJson(answer.text)?.value);
  if (!parsed.success) throw foreignAnswer(connection.base, answer.status, "but not with what was asked for");
  return parsed.data;
}
