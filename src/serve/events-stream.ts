// The event log as Server-Sent Events (contract §2.2, GET /api/v1/events): hello, events in order, comments, reset.
// Holds at most one page per reader, however slow it is. Must not know how a request was authenticated.
import type { ServerResponse } from "node:http";
import { AiwgError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import type { ServeEvent } from "../mission/wire/events.ts";
import type { Answer } from "./answer.ts";
import { createEventHub, type EventHub } from "./event-hub.ts";
import { LIMITS } from "./limits.ts";
import type { EventFilter, Principal, Store } from "./store/store.ts";
import type { TokenWatch } from "./token-watch.ts";

export type StreamRequest = {
  readonly principal: Principal;
  readonly filter: EventFilter;
  /** Undefined: only what comes from now on. */ readonly after: number | undefined;
};

export type EventStreams = {
  /** How many are open. */
  readonly open: () => number;
  /** A stream as an answer; throws `rate_limited` when too many are open. */
  readonly answer: (request: StreamRequest) => Answer;
  /** Ends every open stream. */
  readonly stop: () => void;
};

const HEAD = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  "X-Accel-Buffering": "no",
  "X-Content-Type-Options": "nosniff",
};

const named = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const message = (event: ServeEvent): string => `id: ${event.seq}\n${named(event.event, event)}`;

/** Resolves when the socket has taken what was written; `fail` fires if it takes nothing for too long. */
function drained(response: ServerResponse, signal: AbortSignal, clock: Clock, fail: () => void): Promise<void> {
  if (!response.writableNeedDrain || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(LIMITS.streamStalledMs, fail);
    const done = (): void => {
      cancel();
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.on("drain", done);
    signal.addEventListener("abort", done);
  });
}

async function run(response: ServerResponse, request: StreamRequest, deps: { store: Store; hub: EventHub; clock: Clock }, end: AbortController): Promise<void> {
  const { store, hub, clock } = deps;
  const { signal } = end;
  const fail = (): void => {
    end.abort();
    response.destroy();
  };
  const send = async (text: string): Promise<void> => {
    if (signal.aborted) return;
    response.write(text);
    await drained(response, signal, clock, fail);
  };
  const head = hub.head();
  const place = { serve_id: store.serveId, head };
  let after = request.after ?? head;
  await send(named("hello", place));
  if (after > head || after < (await store.prunedTo(request.filter.mission))) {
    await send(named("reset", place));
    after = head;
  }
  while (!signal.aborted) {
    // Read before the page: what is appended while it is read must wake us again.
    const newest = hub.head();
    const page = await store.events(after, LIMITS.streamPage, request.filter);
    let text = "";
    for (const event of page.events) {
      text += message(event);
      if (text.length < LIMITS.streamChunk) continue;
      await send(text);
      text = "";
    }
    if (text) await send(text);
    // Nothing new although head is beyond: what lies between is not in the log; wait for more.
    const seen = page.scanned > after ? page.scanned : Math.max(after, newest);
    after = page.scanned > after ? page.scanned : after;
    await hub.beyond(seen, signal);
  }
}

/** Streams over a store. `failed` hears of a stream that broke on our side. */
export async function createEventStreams(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly tokens: TokenWatch;
  readonly failed: (error: unknown) => void;
}): Promise<EventStreams> {
  const { store, clock, tokens, failed } = options;
  const hub = await createEventHub(store);
  const open = new Set<AbortController>();

  function start(response: ServerResponse, request: StreamRequest): void {
    const end = new AbortController();
    open.add(end);
    const unwatch = tokens.watch(request.principal, () => end.abort());
    let cancelComment = (): void => undefined;
    const comment = (): void => {
      cancelComment = clock.after(LIMITS.streamCommentMs, () => {
        // A reader that is behind needs no sign of life, and must not pile them up.
        if (!response.writableNeedDrain) response.write(": still here\n\n");
        comment();
      });
    };
    response.on("close", () => end.abort());
    end.signal.addEventListener("abort", () => {
      cancelComment();
      unwatch();
      open.delete(end);
      // Who does not read would keep the end of the stream waiting too.
      if (response.writableNeedDrain) response.destroy();
      else response.end();
    });
    response.writeHead(200, HEAD);
    if (response.req.method === "HEAD") {
      end.abort();
      return;
    }
    comment();
    run(response, request, { store, hub, clock }, end)
      .catch(failed)
      .finally(() => end.abort());
  }

  return {
    open: () => open.size,
    answer(request) {
      if (open.size >= LIMITS.streams) throw new AiwgError("rate_limited", `${LIMITS.streams} event streams are open already`, { retryAfterS: 5 });
      return { kind: "stream", open: (response) => start(response, request) };
    },
    stop() {
      hub.stop();
      for (const end of [...open]) end.abort();
    },
  };
}
