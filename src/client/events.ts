// Following serve's events over SSE (contract §2.2): one connection as an async iterable. It ends when serve ends it and
// throws when it breaks; reconnecting, and remembering where, is the caller's.
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { eventSchema, helloSchema } from "../mission/wire/events.ts";
import type { EventsQuery, StreamItem } from "./api.ts";
import { queryOf, type Connection } from "./call.ts";
import { errorOfAnswer, foreignAnswer, noAnswer } from "./errors.ts";
import { networkMessage } from "./exchange.ts";

/** Serve sends a comment each 15 s; a stream silent for three of them is dead. */
export const SILENCE_MS = 45_000;
const MAX_EVENT_CHARS = 4 * 1024 * 1024;
const MAX_PROBLEM_CHARS = 64 * 1024;

// An item, nothing for what a newer serve may send, or an error for what no serve sends.
function itemOf(message: EventSourceMessage, url: string): StreamItem | undefined {
  if (message.event === "reset") return { kind: "reset" };
  const value = parseJson(message.data)?.value;
  if (message.event === "hello") {
    const hello = helloSchema.safeParse(value);
    if (!hello.success) throw foreignAnswer(url, 200, "but its stream is not serve's");
    return { kind: "hello", ...hello.data };
  }
  const event = eventSchema.safeParse(value);
  return event.success ? { kind: "event", event: event.data } : undefined;
}

async function refused(response: Response, url: string): Promise<AiwgError> {
  const text = await response.text().catch(() => "");
  if (response.status === 200) return foreignAnswer(url, 200, "but with no event stream");
  const retryAfter = response.headers.get("retry-after") ?? "";
  return errorOfAnswer(url, response.status, text.slice(0, MAX_PROBLEM_CHARS), /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined);
}

/**
 * One stream of events. Ends when serve closes it or the signal fires; throws AiwgError when it cannot be had, is cut,
 * or is silent for more than 45 s.
 */
export async function* streamEvents(connection: Connection, query: EventsQuery, signal?: AbortSignal): AsyncGenerator<StreamItem, void, void> {
  const url = `${connection.base}/api/v1/events${queryOf(query)}`;
  const controller = new AbortController();
  let silent = false;
  let cancelTimer = (): void => undefined;
  const watch = (): void => {
    cancelTimer();
    cancelTimer = connection.clock.after(SILENCE_MS, () => {
      silent = true;
      controller.abort();
    });
  };
  const onAbort = (): void => controller.abort();
  if (signal?.aborted) return;
  signal?.addEventListener("abort", onAbort, { once: true });

  const items: StreamItem[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onEvent(message) {
      const item = itemOf(message, url);
      if (item) items.push(item);
    },
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") throw foreignAnswer(url, 200, "but with an event longer than any of serve");
    },
  });

  try {
    watch();
    const response = await connection.fetchImpl(url, {
      headers: { ...connection.headers, Accept: "text/event-stream" },
      redirect: "manual",
      signal: controller.signal,
    });
    const type = response.headers.get("content-type") ?? "";
    if (response.status !== 200 || !type.startsWith("text/event-stream") || !response.body) throw await refused(response, url);
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      watch();
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* items.splice(0);
    }
  } catch (error) {
    if (signal?.aborted) return;
    if (silent) throw new AiwgError("unreachable", `serve's event stream was silent for more than ${SILENCE_MS / 1_000} s`);
    throw isAiwgError(error) ? error : noAnswer(url, networkMessage(error));
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
    controller.abort();
  }
}
