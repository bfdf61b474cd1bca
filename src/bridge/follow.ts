// Connects to serve and follows its events from a durable cursor, for ever: says when a line is open and why it is not.
// Must not send missions.
import { createClient } from "../client/client.ts";
import type { Fetch } from "../client/exchange.ts";
import { messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Target, TargetSource } from "../core/target.ts";
import { oneLine } from "../core/text.ts";
import { sleep, type Clock } from "../core/time.ts";
import type { ServeEvent } from "../mission/wire/events.ts";
import { backoffMs, jitteredMs, RETRY_DEFAULTS } from "../core/backoff.ts";
import { failureOf, type LineFailure } from "./judge.ts";
import { newsOfEvent } from "./queue/mirror.ts";
import type { Outbox } from "./queue/outbox.ts";
import { sessionNewsOf } from "./queue/sessions.ts";
import { reconcile } from "./reconcile.ts";
import type { Line } from "./sender.ts";

/** One probe each 30 s while only a change of configuration can help. */
export const PROBE_MS = 30_000;
/** A line that lived this long counts as having worked. */
const STABLE_MS = 30_000;
const EVENTS_PER_COMMIT = 500;
const EVENTS_AHEAD = 5_000;

export type FollowDeps = {
  readonly target: TargetSource;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly fetchImpl: Fetch | undefined;
  readonly retryBaseMs: number;
  /** How often a target that is away is asked for again. */
  readonly pollIntervalMs: number;
  readonly onOpen: (line: Line) => void;
  readonly onClose: () => void;
};

type Lived = { readonly failure: LineFailure; readonly worked: boolean; readonly proven: boolean };

const same = (a: Target, b: Target): boolean => a.url === b.url && a.token === b.token;

const writeFailure = (error: unknown): LineFailure => ({ kind: "silent", reason: `the queue cannot be written: ${oneLine(messageOf(error), 200)}` });

// Writes events in batches; `add` holds its caller back when the disk does not keep up.
function eventWriter(outbox: Outbox, serveId: string, fail: (error: unknown) => void) {
  let waiting: ServeEvent[] = [];
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, EVENTS_PER_COMMIT);
      waiting = waiting.slice(EVENTS_PER_COMMIT);
      const news = batch.map(newsOfEvent).filter((item) => item !== undefined);
      const sessions = batch.map(sessionNewsOf).filter((item) => item !== undefined);
      await outbox.applyEvents(serveId, news, batch.at(-1)?.seq ?? 0, sessions);
    }
  };
  return {
    async add(event: ServeEvent): Promise<void> {
      waiting.push(event);
      writing ??= write()
        .catch(fail)
        .finally(() => {
          writing = undefined;
        });
      if (waiting.length > EVENTS_AHEAD) await writing;
    },
    flushed: (): Promise<void> => writing ?? Promise.resolve(),
  };
}

// One line, from asking for the target to its end.
async function liveOnce(deps: FollowDeps, signal: AbortSignal, opened: () => void): Promise<Lived> {
  const { outbox, clock, log } = deps;
  const target = await deps.target.resolve();
  if ("fault" in target) return { failure: { kind: "away", reason: target.fault }, worked: false, proven: false };
  const end = new AbortController();
  const onAbort = (): void => end.abort();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) end.abort();
  let failure: LineFailure | undefined;
  let proven = false;
  let over = false;
  const fail = (why: LineFailure): void => {
    // A POST of this line may end after the next one has opened.
    if (over) return;
    failure ??= why;
    // At once, so that nothing is taken while the line comes down.
    deps.onClose();
    end.abort();
  };
  const dropLine = (error: unknown): void => fail(failureOf(error));
  const cannotWrite = (error: unknown): never => {
    failure ??= writeFailure(error);
    throw error;
  };
  const unsubscribe = deps.target.subscribe(() => {
    void deps.target.resolve().then((now) => {
      if ("fault" in now || !same(now, target)) fail({ kind: "away", reason: "the address or token of serve has changed" });
    }, dropLine);
  });
  const since = clock.monotonic();
  let reconciling: Promise<void> = Promise.resolve();
  try {
    const client = createClient({ url: target.url, token: target.token, fetchImpl: deps.fetchImpl, clock });
    const { serve_id: serveId } = await client.version(end.signal);
    const writer = eventWriter(outbox, serveId, (error) => fail(writeFailure(error)));
    const readAnew = (): void => {
      const done = reconciling.then(() => reconcile({ client, serveId, outbox, log, signal: end.signal }));
      reconciling = done.catch(dropLine);
    };
    let head: number | undefined;
    for await (const item of client.events({ after: outbox.cursor(serveId)?.cursor }, end.signal)) {
      if (item.kind === "hello") {
        if (item.serve_id !== serveId) return { failure: { kind: "silent", reason: "serve changed while the bridge connected" }, worked: false, proven };
        ({ head } = item);
        const { reconcile: due } = await outbox.connect(serveId, head).catch(cannotWrite);
        if (end.signal.aborted) break;
        log.info({ serve_id: serveId, url: target.url, head }, "connected to serve");
        opened();
        deps.onOpen({
          client,
          ...target,
          serveId,
          fail,
          proven() {
            proven = true;
            opened();
          },
        });
        if (due) readAnew();
      } else if (head === undefined) {
        return { failure: { kind: "fault", reason: `${client.url} sends events without a hello: another program may be there` }, worked: false, proven };
      } else if (item.kind === "reset") {
        log.warn({ serve_id: serveId, head }, "serve no longer has the events since the last ones seen; reading missions anew");
        await writer.flushed();
        await outbox.reset(serveId, head).catch(cannotWrite);
        readAnew();
      } else await writer.add(item.event);
    }
    await writer.flushed();
    failure ??= { kind: "silent", reason: "serve closed the connection" };
  } catch (error) {
    failure ??= failureOf(error);
  } finally {
    over = true;
    end.abort();
    unsubscribe();
    signal.removeEventListener("abort", onAbort);
    deps.onClose();
  }
  await reconciling;
  return { failure, worked: clock.monotonic() - since >= STABLE_MS, proven };
}

/** Keeps a line to serve until the signal fires. Never rejects. */
export async function followForever(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { outbox, clock, log } = deps;
  let failures = 0;
  let noted: string | null | undefined;
  // What a dispatch found at fault is shown until a mission was answered, though connecting works.
  let fromDispatch = false;
  const note = (fault: string | null): void => {
    if (fault === noted) return;
    noted = fault;
    outbox.note(fault).catch((error: unknown) => log.warn({ error: messageOf(error) }, "the queue cannot be written"));
  };
  while (!signal.aborted) {
    let connected = false;
    let changed = false;
    let wake = (): void => undefined;
    const unsubscribe = deps.target.subscribe(() => {
      changed = true;
      wake();
    });
    const lived = await liveOnce(deps, signal, () => {
      const again = connected;
      connected = true;
      if (again || !fromDispatch || !outbox.hasDue()) note(null);
    }).catch((error: unknown): Lived => ({ failure: failureOf(error), worked: false, proven: false }));
    if (signal.aborted) {
      unsubscribe();
      return;
    }
    const { failure } = lived;
    fromDispatch = connected;
    failures = lived.worked || lived.proven ? 1 : failures + 1;
    if (failure.reason !== noted) log.warn({ reason: failure.reason, kind: failure.kind }, "nothing can be sent now");
    note(failure.reason);
    const waits: Readonly<Record<LineFailure["kind"], () => number>> = {
      fault: () => PROBE_MS,
      silent: () => jitteredMs(backoffMs(failures, deps.retryBaseMs, RETRY_DEFAULTS.maxBackoffMs), failure.retryAfterMs, deps.random),
      away: () => (connected ? 0 : deps.pollIntervalMs),
    };
    const woken = new AbortController();
    wake = () => woken.abort();
    const onAbort = (): void => woken.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    // A change during the line that failed has not been tried yet.
    if (!changed) await sleep(waits[failure.kind](), woken.signal, clock);
    signal.removeEventListener("abort", onAbort);
    unsubscribe();
  }
}
