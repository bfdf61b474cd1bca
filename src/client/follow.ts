// Following serve's events over any number of connections: each event once, in order, none left out, or a word that some
// were lost. Must not know what events mean.
import { backoffMs, jitteredMs, RETRY_DEFAULTS } from "../core/backoff.ts";
import { isAiwgError, type ErrorCode } from "../core/errors.ts";
import { sleep, systemClock, type Clock } from "../core/time.ts";
import type { EventsQuery, ServeEvent } from "./api.ts";
import type { Client } from "./client.ts";
import { isForeignAnswer } from "./errors.ts";

export type FollowOptions = EventsQuery & {
  /** Bound of the first wait after a break; doubles up to 30 s. Default 500. */
  readonly retryBaseMs?: number | undefined;
  /** Told why the stream broke, before the wait. */
  readonly onBreak?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1), for the jitter. */
  readonly random?: (() => number) | undefined;
};

/** `reset`: events after the last one are lost, or another serve answers; read anew, events after `head` follow. */
export type FollowItem = { readonly kind: "event"; readonly event: ServeEvent } | { readonly kind: "reset"; readonly serve_id: string; readonly head: number };

/** A connection that lived this long, or gave an event, counts as having worked. */
const STABLE_MS = 10_000;
// Asking again gives the same answer.
const FINAL: readonly ErrorCode[] = ["unauthorized", "forbidden", "invalid_request", "usage", "not_found", "misdirected_request", "foreign_origin"];

const isFinal = (error: unknown): boolean => !isAiwgError(error) || FINAL.includes(error.code) || isForeignAnswer(error);

/**
 * Events after `after` (absent: from now on), reconnecting with backoff for as long as it takes. Ends when the signal fires;
 * throws AiwgError for what only a person can mend: a refused token, a wrong filter, another program at serve's address.
 */
export async function* followEvents(client: Client, options: FollowOptions = {}, signal?: AbortSignal): AsyncGenerator<FollowItem, void, void> {
  const { after, session, mission, project, retryBaseMs = RETRY_DEFAULTS.retryBaseMs, clock = systemClock, random = Math.random } = options;
  let cursor = after;
  let serveId: string | undefined;
  let failures = 0;
  while (!signal?.aborted) {
    const since = clock.monotonic();
    let head = 0;
    let retryAfterMs: number | undefined;
    let moved = false;
    try {
      for await (const item of client.events({ after: cursor, session, mission, project }, signal)) {
        if (item.kind === "hello") {
          ({ head } = item);
          const isAnother = serveId !== undefined && serveId !== item.serve_id;
          serveId = item.serve_id;
          if (isAnother) {
            // The cursor was one of the other's; this connection may have left events out.
            cursor = head;
            yield { kind: "reset", serve_id: serveId, head };
            moved = true;
            break;
          }
          cursor ??= head;
        } else if (item.kind === "reset") {
          cursor = head;
          yield { kind: "reset", serve_id: serveId ?? "", head };
          moved = true;
        } else if (item.event.seq > (cursor ?? -1)) {
          cursor = item.event.seq;
          failures = 0;
          yield item;
        }
      }
    } catch (error) {
      if (isFinal(error)) throw error;
      retryAfterMs = isAiwgError(error) && error.retryAfterS !== undefined ? error.retryAfterS * 1_000 : undefined;
      options.onBreak?.(error);
    }
    // Read on at once; but a serve that does nothing but reset is left alone for a while.
    if (moved && failures === 0) {
      failures = 1;
      continue;
    }
    failures = clock.monotonic() - since >= STABLE_MS ? 1 : failures + 1;
    await sleep(jitteredMs(backoffMs(failures, retryBaseMs), retryAfterMs, random), signal, clock);
  }
}
