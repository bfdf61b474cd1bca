// Sends what is due while a serve is connected: intent, POST, judgement, settlement; and delivers aborts. Must not connect
// or wait for serve by itself: it opens and closes with the line that it is given.
import { baseUrl, type Send } from "../client/exchange.ts";
import type { Client } from "../client/client.ts";
import { AiwgError, isAiwgError, messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Clock } from "../core/time.ts";
import { attemptDispatch, prepareDispatch, type Attempt } from "./dispatch/attempt.ts";
import { failureOf, judge, type LineFailure } from "./judge.ts";
import { readAccepted } from "./reconcile.ts";
import { newsOfMission } from "./queue/mirror.ts";
import type { Intent, Outbox, Settlement } from "./queue/outbox.ts";
import { settlementOf } from "./settlement.ts";

/** A serve that answers and whose events are followed. */
export type Line = {
  readonly client: Client;
  readonly url: string;
  readonly token: string;
  readonly serveId: string;
  /** Ends the line, closing the sender at once; of no effect on a later line. */
  readonly fail: (failure: LineFailure) => void;
  /** A mission was answered: what was at fault is over. */
  readonly proven: () => void;
};

export type SenderOptions = {
  readonly concurrency: number;
  readonly retryBaseMs: number;
  readonly maxAttempts: number;
  readonly respondAsync: boolean;
  readonly attemptTimeoutMs: number;
};

export type SenderDeps = {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly send: Send;
};

/** How long a write to the queue is retried after; the file may be locked or its disk full. */
const STORE_RETRY_MS = 1_000;

/** Intents held for each connection, at most. */
const TAKEN_AHEAD = 4;

export class Sender {
  readonly #options: SenderOptions;
  readonly #deps: SenderDeps;
  /** Everything under way, for stopping. */
  readonly #work = new Set<Promise<void>>();
  /** POSTs without an answer. */
  #posting = 0;
  /** Intents that are durable and wait for a free connection: taking many at a time costs one transaction. */
  readonly #ready: Intent[] = [];
  readonly #aborting = new Set<string>();
  readonly #cut = new AbortController();
  #line: Line | undefined;
  #proven = false;
  #stopping = false;
  #pumping = false;
  #again = false;
  #cancelTimer = (): void => undefined;

  constructor(options: SenderOptions, deps: SenderDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Sends over this line from now on; one mission first, the rest when it was answered. */
  open(line: Line): void {
    this.#line = line;
    this.#proven = false;
    this.#aborting.clear();
    this.wake();
  }

  /** Sends nothing more until the next line. What is in flight goes on. */
  close(): void {
    this.#line = undefined;
    this.#cancelTimer();
    for (const intent of this.#ready.splice(0)) this.#track(this.#putBack(intent));
  }

  /** Something may be due. */
  wake(): void {
    this.#again = true;
    if (!this.#pumping) void this.#pump();
  }

  /** Takes nothing new; resolves when nothing is in flight, cutting what still is after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.close();
    const cancel = this.#deps.clock.after(graceMs, () => this.#cut.abort());
    while (this.#pumping || this.#work.size > 0) {
      await Promise.all(this.#work);
      await new Promise(setImmediate);
    }
    cancel();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#round();
      }
    } catch (error) {
      this.#deps.log.warn({ error: messageOf(error) }, "the queue cannot be written; trying again");
      this.#wakeAfter(STORE_RETRY_MS);
    } finally {
      this.#pumping = false;
    }
  }

  async #round(): Promise<void> {
    const { outbox, clock } = this.#deps;
    const line = this.#line;
    if (!line || this.#stopping) return;
    for (const missionId of outbox.abortsDue(line.serveId, this.#options.concurrency)) {
      if (this.#aborting.has(missionId)) continue;
      this.#aborting.add(missionId);
      this.#track(this.#tellAbort(line, missionId));
    }
    const room = (this.#proven ? this.#options.concurrency * TAKEN_AHEAD : 1) - this.#posting - this.#ready.length;
    const intents = room > 0 ? await outbox.takeDue(line.serveId, room) : [];
    // The line may have come down while the intents were written.
    if (this.#line === line) this.#ready.push(...intents);
    else for (const intent of intents) this.#track(this.#putBack(intent));
    this.#launch();
    const due = outbox.nextDue();
    if (due !== undefined) this.#wakeAfter(Math.max(0, due - clock.now()));
  }

  // Gives free connections what is ready, and has more taken before that runs out.
  #launch(): void {
    const { concurrency } = this.#options;
    const line = this.#line;
    if (!line) return;
    while (this.#posting < concurrency) {
      const intent = this.#ready.shift();
      if (!intent) break;
      this.#posting += 1;
      this.#track(this.#send(line, intent));
    }
  }

  #wakeAfter(ms: number): void {
    this.#cancelTimer();
    if (!this.#stopping) this.#cancelTimer = this.#deps.clock.after(ms, () => this.wake());
  }

  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#deps.log.error({ error: messageOf(error) }, "sending failed"))
      .finally(() => {
        this.#work.delete(tracked);
        this.wake();
      });
    this.#work.add(tracked);
  }

  #putBack(intent: Intent): Promise<void> {
    return this.#settle(intent.missionId, { kind: "again", reason: "", delayMs: 0, unknown: intent.unknown, pending: !intent.wasSent, declined: false });
  }

  async #send(line: Line, intent: Intent): Promise<void> {
    const got = await this.#attempt(line, intent).finally(() => {
      this.#posting -= 1;
    });
    const verdict = judge(intent.missionId, new URL(line.url).origin, got);
    this.#deps.log.debug({ mission_id: intent.missionId, attempt: intent.attempt, verdict: verdict.kind }, "dispatch answered");
    if (verdict.kind === "line") line.fail(verdict.failure);
    else if (!this.#cut.signal.aborted) this.#prove(line);
    const settled = settlementOf(line, intent, verdict, { ...this.#options, ...this.#deps, signal: this.#cut.signal }).then(
      (settlement) => settlement && this.#settle(intent.missionId, settlement),
    );
    this.#launch();
    if (this.#ready.length < (this.#options.concurrency * TAKEN_AHEAD) / 2) this.wake();
    await settled;
    // A replay means that events of it may lie before the cursor.
    if (verdict.kind === "accepted" && verdict.replayed) await this.#readReplayed(line, intent.missionId);
  }

  #prove(line: Line): void {
    if (this.#line !== line || this.#proven) return;
    this.#proven = true;
    line.proven();
  }

  async #attempt(line: Line, intent: Intent): Promise<Attempt> {
    const prepared = prepareDispatch({
      serveUrl: baseUrl(line.url) ?? line.url,
      token: line.token,
      respondAsync: this.#options.respondAsync,
      sessionId: intent.sessionId,
      missionId: intent.missionId,
      body: intent.body,
    });
    if ("message" in prepared) throw new AiwgError("internal", `mission ${intent.missionId} cannot be sent: ${prepared.message}`);
    return attemptDispatch(prepared, { timeoutMs: this.#options.attemptTimeoutMs, signal: this.#cut.signal }, this.#deps);
  }

  async #settle(missionId: string, settlement: Settlement): Promise<void> {
    for (;;) {
      try {
        return await this.#deps.outbox.settle(missionId, settlement);
      } catch (error) {
        this.#deps.log.warn({ mission_id: missionId, error: messageOf(error) }, "an answer cannot be written to the queue; trying again");
        // Left in flight it is due again, under the same key, for the next bridge.
        if (this.#cut.signal.aborted || (isAiwgError(error) && error.code === "stopping")) return;
        await new Promise<void>((resolve) => void this.#deps.clock.after(STORE_RETRY_MS, resolve));
      }
    }
  }

  // The answer of long ago may be all that serve still has: a purged mission leaves its identity only.
  async #readReplayed(line: Line, missionId: string): Promise<void> {
    try {
      await readAccepted(missionId, { client: line.client, serveId: line.serveId, outbox: this.#deps.outbox, log: this.#deps.log, signal: this.#cut.signal });
    } catch (error) {
      this.#deps.log.debug({ mission_id: missionId, error: messageOf(error) }, "the mission could not be read back");
    }
  }

  // Mirrors what serve has of a mission; false if it could not be read.
  async #readBack(line: Line, missionId: string): Promise<boolean> {
    try {
      await this.#deps.outbox.applyRead(line.serveId, newsOfMission(await line.client.mission(missionId, this.#cut.signal)));
      return true;
    } catch (error) {
      this.#deps.log.debug({ mission_id: missionId, error: messageOf(error) }, "the mission could not be read back");
      return false;
    }
  }

  async #tellAbort(line: Line, missionId: string): Promise<void> {
    try {
      const told = await line.client.abort(missionId, {}, this.#cut.signal);
      const gone = told.state === "aborted" && told.abort_requested !== true;
      // Left untold if it cannot be read, so that the next line repeats it: an abort may be asked for any number of times.
      if (gone || (await this.#readBack(line, missionId))) await this.#deps.outbox.abortTold(missionId, told.state === "aborted");
    } catch (error) {
      if (isAiwgError(error) && error.code === "state_conflict") {
        // It ended before the abort came.
        if (await this.#readBack(line, missionId)) await this.#deps.outbox.abortTold(missionId, false);
        return;
      }
      if (!this.#cut.signal.aborted) line.fail(failureOf(error));
    } finally {
      this.#again = true;
    }
  }
}
