// One executor's live link (contract §2.3): resync first, then reports in, commands out. The store judges every report;
// this file must not know how, nor who else is connected.
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { AiwgError, messageOf } from "../core/errors.ts";
import type { Log } from "../core/node/log.ts";
import type { Clock } from "../core/time.ts";
import { SPEC_VERSION, isOurProtocol, readState } from "../mission/model.ts";
import type { ExecutorFrame, HeartbeatFrame, LinkError, ReportFrame, ResyncFrame, RunRef } from "../mission/wire/frames.ts";
import type { Leases } from "./leases.ts";
import { frameOf, readFrame, writeFrame, type FrameBody } from "./link-frames.ts";
import type { Command, Store } from "./store/store.ts";

export type LinkOptions = {
  readonly store: Store;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseTtlMs: number;
  readonly holdTtlMs: number;
};

/** Frames being judged at once; above it the socket is not read. */
const MAX_IN_FLIGHT = 512;
/** Unsent bytes after which an executor that does not read is cut off. */
const MAX_BUFFERED = 32 * 1024 * 1024;
const PING_MS = 15_000;
const SEEN_EVERY_MS = 2_000;

const DIFF_TIMEOUT_MS = 30_000;

type Asked = { answer(text: string): void; fail(): void };

// The same command read twice has the same name.
function nameOf(command: Command): string {
  if (command.kind === "drain") return command.kind;
  const { mission_id, attempt } = command.run;
  return `${command.kind} ${mission_id} ${attempt} ${command.kind === "hitl_responded" ? command.hitl_id : ""}`;
}

const offline = (executorId: string): AiwgError => new AiwgError("executor_offline", `executor ${executorId}, which holds the workspace, is not connected`);

/** A connected executor. Ends when its socket does. */
export class Link {
  readonly executorId: string;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #options: LinkOptions;
  #epoch: string | undefined;
  #live = false;
  /** What serve wanted to say while a resync was being answered, by name. */
  #late: Map<string, () => void> | undefined;
  #ended = false;
  #resyncedAt = Number.NaN;
  #inFlight = 0;
  #ack: number | undefined;
  #answered = true;
  #seenAt = Number.NEGATIVE_INFINITY;
  #cancelPing: () => void = () => {};
  readonly #asked = new Map<string, Set<Asked>>();

  constructor(executorId: string, socket: WebSocket, options: LinkOptions) {
    this.executorId = executorId;
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (data, isBinary) => this.#receive(isBinary || !Buffer.isBuffer(data) ? undefined : data.toString("utf8")));
    socket.on("pong", () => {
      this.#answered = true;
    });
    socket.on("error", (error) => options.log.debug({ executor_id: executorId, error: error.message }, "link: socket error"));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#cancelPing();
        for (const entry of [...this.#asked.values()].flatMap((set) => [...set])) entry.fail();
        resolve();
      });
    });
    this.#ping();
  }

  /** Sends a command if the link is past its resync; otherwise the resync repeats it, or sends it if it came too late for that. */
  command(command: Command): void {
    if (this.#live) this.#send(frameOf(command, this.#options.leaseTtlMs));
    else this.#late?.set(nameOf(command), () => this.command(command));
  }

  /** Serve ended this ownership: its former owner need not wait for a refused renewal. */
  revoke(run: RunRef): void {
    if (this.#live) this.#refuse("stale_fence", "serve ended this attempt", run);
    else this.#late?.set(`revoke ${run.mission_id} ${run.attempt}`, () => this.revoke(run));
  }

  /** Asks for the unified diff of a workspace; rejects with executor_offline when the link ends, timeout when nothing comes. */
  diff(run: RunRef): Promise<string> {
    if (!this.#live) return Promise.reject(offline(this.executorId));
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(run.mission_id) ?? new Set();
      this.#asked.set(run.mission_id, asked);
      const settle = (): void => {
        cancel();
        asked.delete(entry);
        if (asked.size === 0) this.#asked.delete(run.mission_id);
      };
      const cancel = this.#options.clock.after(DIFF_TIMEOUT_MS, () => {
        settle();
        reject(new AiwgError("timeout", `executor ${this.executorId} did not send the diff in time`));
      });
      const entry: Asked = {
        answer: (text) => (settle(), resolve(text)),
        fail: () => (settle(), reject(offline(this.executorId))),
      };
      asked.add(entry);
      this.#send({ event: "mission.diff", ...run, data: {} });
    });
  }

  close(code: number, reason: string): void {
    this.#live = false;
    // What it still says is not heard: a newer link may speak for the executor by now.
    this.#ended = true;
    this.#socket.close(code, reason);
    const cancel = this.#options.clock.after(1_000, () => this.#socket.terminate());
    this.#socket.once("close", cancel);
  }

  #ping(): void {
    this.#cancelPing = this.#options.clock.after(PING_MS, () => {
      if (!this.#answered) {
        this.#socket.terminate();
        return;
      }
      this.#answered = false;
      this.#socket.ping();
      this.#ping();
    });
  }

  #send(body: FrameBody): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_BUFFERED) {
      this.#options.log.warn({ executor_id: this.executorId }, "link: executor does not read; cut off");
      this.#socket.terminate();
      return;
    }
    this.#socket.send(writeFrame(body, this.executorId, this.#options.clock.now()));
  }

  #refuse(code: LinkError, detail: string, ref: Partial<RunRef> & { readonly srcSeq?: number | undefined } = {}): void {
    const { mission_id, attempt, srcSeq } = ref;
    this.#send({
      event: "executor.error",
      ...(mission_id === undefined ? {} : { mission_id }),
      ...(attempt === undefined ? {} : { attempt }),
      data: { code, detail, ...(srcSeq === undefined ? {} : { src_seq: srcSeq }) },
    });
  }

  // Acks of one commit leave as one frame: the highest says all.
  #acknowledge(acked: number): void {
    const scheduled = this.#ack !== undefined;
    this.#ack = Math.max(this.#ack ?? 0, acked);
    if (scheduled) return;
    setImmediate(() => {
      const src_seq = this.#ack ?? 0;
      this.#ack = undefined;
      this.#send({ event: "executor.ack", data: { src_seq } });
    });
  }

  #receive(text: string | undefined): void {
    if (this.#ended) return;
    if (text === undefined) {
      this.#refuse("bad_frame", "frames are text, not binary");
      return;
    }
    this.#inFlight += 1;
    if (this.#inFlight === MAX_IN_FLIGHT) this.#socket.pause();
    this.#handle(text)
      .catch((error: unknown) => {
        // The store could not say what became of it: without this link the executor repeats it after a resync.
        this.#options.log.warn({ executor_id: this.executorId, error: messageOf(error) }, "link: a frame could not be stored; link closed");
        this.close(1013, "store unavailable");
      })
      .finally(() => {
        this.#inFlight -= 1;
        if (this.#inFlight === MAX_IN_FLIGHT - 1) this.#socket.resume();
      });
  }

  async #handle(text: string): Promise<void> {
    const read = readFrame(text, this.executorId);
    if (read.kind === "bad") {
      this.#refuse("bad_frame", read.detail, { ...(read.missionId === undefined ? {} : { mission_id: read.missionId }), srcSeq: read.srcSeq });
      if (read.srcSeq !== undefined && this.#epoch !== undefined)
        this.#acknowledge(await this.#options.store.consume(this.executorId, this.#epoch, read.srcSeq));
      return;
    }
    if (read.frame.event === "executor.resync") return this.#resync(read.frame);
    if (this.#epoch === undefined) {
      this.#refuse("bad_frame", "the first frame of a link must be executor.resync");
      return;
    }
    return this.#afterResync(read.frame, this.#epoch);
  }

  #afterResync(frame: Exclude<ExecutorFrame, ResyncFrame>, epoch: string): Promise<void> {
    switch (frame.event) {
      case "executor.heartbeat":
        return this.#heartbeat(frame);
      case "mission.log":
        return this.#options.store.appendLog({ mission_id: frame.mission_id, attempt: frame.attempt }, this.executorId, frame.data.offset, frame.data.text);
      case "mission.diff":
        for (const entry of [...(this.#asked.get(frame.mission_id) ?? [])]) entry.answer(frame.data.text);
        return Promise.resolve();
      default:
        return this.#report(frame, epoch);
    }
  }

  async #resync({ data, ts }: ResyncFrame): Promise<void> {
    const { store, leases, leaseTtlMs, holdTtlMs, log } = this.#options;
    const spoken = data.protocol_version;
    if (spoken !== null && spoken !== undefined && !isOurProtocol(spoken)) {
      const detail = `protocol ${spoken.slice(0, 40)} is not understood: this serve speaks ${SPEC_VERSION}; bring serve and executor to the same version of aiwg`;
      log.warn({ executor_id: this.executorId, protocol_version: spoken.slice(0, 40) }, "link: executor speaks another protocol; refused");
      this.#refuse("bad_frame", detail);
      this.close(1002, `this serve speaks protocol ${SPEC_VERSION}`);
      return;
    }
    // Without an epoch (prior art) nothing is known of its memory: leases run out by themselves.
    const epoch = data.epoch ?? randomUUID();
    this.#live = false;
    const late = new Map<string, () => void>();
    this.#late = late;
    this.#epoch = epoch;
    this.#resyncedAt = ts ? Date.parse(ts) : this.#options.clock.now();
    const listed = (data.owned ?? []).map(({ mission_id, attempt, state }) => ({ mission_id, attempt, state: readState(state ?? "") }));
    const known = new Set(listed.map((run) => run.mission_id));
    const named = (data.owned_mission_ids ?? [])
      .filter((id) => !known.has(id))
      .map((id) => ({ mission_id: id, attempt: leases.attemptOf(this.executorId, id) ?? 0 }));
    const { acked, drop } = await store.resync(this.executorId, { epoch, owned: [...listed, ...named], slots: data.slots ?? null });
    this.#send({ event: "executor.resynced", data: { acked, drop: [...drop], lease_ttl_ms: leaseTtlMs, hold_ttl_ms: holdTtlMs } });
    const pending = await store.pendingCommands(this.executorId);
    // A newer resync of this link, or its end, has the last word.
    if (this.#late !== late || this.#ended) return;
    this.#late = undefined;
    this.#live = true;
    for (const command of pending) {
      this.command(command);
      late.delete(nameOf(command));
    }
    for (const say of late.values()) say();
    log.info({ executor_id: this.executorId, owned: listed.length, drop: drop.length }, "executor connected");
  }

  async #heartbeat({ data }: HeartbeatFrame): Promise<void> {
    const { store, leases, clock } = this.#options;
    const runs = (data.owned ?? []).map((run) =>
      typeof run === "string"
        ? { mission_id: run, attempt: leases.attemptOf(this.executorId, run) ?? 0 }
        : { mission_id: run.mission_id, attempt: run.attempt },
    );
    const { leases: renewed, refused } = leases.renew(this.executorId, runs);
    this.#send({ event: "executor.renewed", data: { n: data.n, leases: [...renewed], refused: [...refused] } });
    if (clock.monotonic() - this.#seenAt < SEEN_EVERY_MS) return;
    this.#seenAt = clock.monotonic();
    await store.seen(this.executorId);
  }

  async #report(frame: ReportFrame, epoch: string): Promise<void> {
    const verdict = await this.#options.store.report(this.executorId, epoch, frame);
    if (verdict.outcome === "refused")
      this.#refuse(verdict.code, verdict.detail, { mission_id: frame.mission_id, attempt: frame.attempt, srcSeq: frame.src_seq });
    this.#acknowledge(verdict.acked);
    // A shutdown that was announced before this connection was made (serve was away then): the executor is back already.
    if (frame.event === "mission.suspended" && Date.parse(frame.ts ?? "") < this.#resyncedAt) await this.#options.store.executorBack(this.executorId);
  }
}
