// HTTP exchanges over connections that are kept, for the one caller that makes thousands of them: several times cheaper than
// fetch. Same promises as client/exchange.ts: bounded, no redirects, never throws.
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { MAX_ANSWER_BYTES, noExchange, type Exchange, type ExchangeRequest, type Send } from "../client/exchange.ts";
import type { Clock } from "../core/time.ts";

// A connection that lies idle for longer may be gone at the other end.
const IDLE_MS = 4_000;

const headerOf = (response: IncomingMessage, name: string): string | null => {
  const value = response.headers[name];
  return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
};

/** Sends over at most `connections` at a time to each origin; `close` ends those that lie idle, and all others with their requests. */
export function keepAlive(connections: number, clock: Pick<Clock, "after">): { readonly send: Send; readonly close: () => void } {
  const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, timeout: 0, keepAliveMsecs: IDLE_MS, scheduling: "lifo" } as const;
  // Not imported: an import of it reads all that it exports, which loads a WebSocket client too.
  const { Agent, request } = process.getBuiltinModule("node:http");
  const http = new Agent(options);
  let https: HttpsAgent | undefined;
  // Most never need it, and it loads all of TLS.
  const requestOverTls = (url: string, rest: RequestOptions): ClientRequest => {
    const tls = process.getBuiltinModule("node:https");
    https ??= new tls.Agent(options);
    return tls.request(url, { ...rest, agent: https });
  };
  const send = ({ method, url, headers, body, timeoutMs, signal }: ExchangeRequest): Promise<Exchange> => {
    if (signal?.aborted) return Promise.resolve({ kind: "aborted" });
    return new Promise((resolve) => {
      const outgoing = url.startsWith("https:") ? requestOverTls(url, { method, headers }) : request(url, { method, headers, agent: http });
      let cancelTimer = (): void => undefined;
      let settled = false;
      const settle = (exchange: Exchange): void => {
        if (settled) return;
        settled = true;
        cancelTimer();
        signal?.removeEventListener("abort", onAbort);
        resolve(exchange);
      };
      const giveUp = (exchange: Exchange): void => {
        settle(exchange);
        outgoing.destroy();
      };
      const onAbort = (): void => giveUp({ kind: "aborted" });
      signal?.addEventListener("abort", onAbort, { once: true });
      if (Number.isFinite(timeoutMs))
        cancelTimer = clock.after(timeoutMs, () => giveUp({ kind: "none", message: `no answer within ${timeoutMs} ms`, neverSent: false }));
      outgoing.on("error", (error) => settle(noExchange(error)));
      outgoing.on("response", (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const answer = (cut: boolean): Exchange => {
          const text = Buffer.concat(chunks).toString("utf8");
          return { kind: "answer", status: response.statusCode ?? 0, header: (name) => headerOf(response, name), text, cut };
        };
        response.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) giveUp(answer(true));
          else chunks.push(chunk);
        });
        response.on("error", (error) => settle(noExchange(error)));
        response.on("end", () => settle(answer(false)));
      });
      outgoing.end(body);
    });
  };
  return {
    send,
    close: () => {
      http.destroy();
      https?.destroy();
    },
  };
}
