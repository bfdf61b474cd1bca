// One connection to serve's executor link (contract §2.3): resync first, then reports in order, heartbeats, transcripts.
// Must not know runs: an engagement answers and offers.
import { WebSocket } from "ws";
import { parseJson } from "../core/json.ts";
import type { Log } from "../core/node/log.ts";
import { type Clock, rfc3339 } from "../core/time.ts";
import { DEFAULTS, SPEC_VERSION } from "../mission/model.ts";
import { MAX_FRAME_BYTES, serveFrameSchema } from "../mission/wire/frames.ts";
import type { Engagement } from "./engagement.ts";

export type LinkOptions = {
  readonly url: string;
  readonly secret: string;
  readonly executorId: string;
  readonly slots: number;
  readonly engagement: Engagement;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the connection. */
  readonly signal: AbortSignal;
};

/** How a connection ended: whether it was ever live, and the HTTP status if the upgrade was refused. */
export type LinkEnd = { readonly wasLive: boolean; readonly refused: number | null; readonly why: string };

const HANDSHAKE_MS = 10_000;
/** Serve must answer the resync, and any heartbeat, within this. */
const ANSWER_MS = 15_000;
/** Transcripts wait while this much is unsent, so that reports and heartbeats do not wait behind them. */
const LOG_BUFFER_BYTES = 256 * 1024;

/** Connects once; resolves when the connection is over. Never rejects. */
export function runLink(options: LinkOptions): Promise<LinkEnd> {
  const { engagement, clock, log, executorId } = options;
  return new Promise((resolve) => {
    let isLive = false;
    let wasLive = false;
    let refused: number | null = null;
    let why = "the connection was closed";
    let sentTo = 0;
    let beatMs: number = DEFAULTS.leaseTtlMs / 3;
    let cancelBeat = (): void => {};
    let cancelWatch = (): void => {};
    let isPumping = false;
    let isBeatDue = false;
    let isLogWaiting = false;

    const socket = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.secret}` },
      maxPayload: MAX_FRAME_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      followRedirects: false,
      perMessageDeflate: false,
    });
    const leave = (reason: string): void => {
      why = reason;
      socket.terminate();
    };
    const onAbort = (): void => {
      why = "stopped";
      socket.close(1000);
      clock.after(500, () => socket.terminate());
    };

    const send = (frame: Readonly<Record<string, unknown>>, done?: () => void): void => {
      const text = JSON.stringify({ executor_id: executorId, ts: rfc3339(clock.now()), ...frame });
      if (Buffer.byteLength(text) > MAX_FRAME_BYTES) log.error({ event: frame["event"] }, "a frame is larger than serve takes");
      socket.send(text, () => done?.());
    };

    const watch = (): void => {
      cancelWatch();
      cancelWatch = clock.after(Math.max(ANSWER_MS, 2 * beatMs), () => leave("serve does not answer"));
    };

    const pumpLogs = (): void => {
      while (socket.bufferedAmount < LOG_BUFFER_BYTES) {
        const next = engagement.nextLog();
        if (!next) return;
        isLogWaiting = true;
        send({ event: "mission.log", mission_id: next.mission_id, attempt: next.attempt, data: next.frame }, () => {
          isLogWaiting = false;
          schedule();
        });
      }
      // Sent by somebody else's bytes: look again when there is room.
      if (!isLogWaiting) clock.after(50, schedule);
    };

    const pump = (): void => {
      isPumping = false;
      if (!isLive || socket.readyState !== WebSocket.OPEN) return;
      if (isBeatDue) sendBeat();
      pumpLogs();
      for (const report of engagement.reports(sentTo)) {
        const { src_seq, event, mission_id, attempt, ts, data } = report;
        engagement.sent(report);
        send({ event, mission_id, attempt, src_seq, ts, data });
        sentTo = src_seq;
      }
      for (let next = engagement.nextDiff(); next; next = engagement.nextDiff()) {
        const { mission_id, attempt, text } = next;
        send({ event: "mission.diff", mission_id, attempt, data: { text } });
      }
      if (engagement.needsResync()) leave("lost runs are to be announced");
    };
    // Once per turn of the event loop, however often it is asked for.
    const schedule = (): void => {
      if (isPumping) return;
      isPumping = true;
      setImmediate(pump);
    };

    const sendBeat = (): void => {
      cancelBeat();
      isBeatDue = false;
      if (!isLive) return;
      send({ event: "executor.heartbeat", data: engagement.heartbeat() });
      cancelBeat = clock.after(beatMs, sendBeat);
    };

    const take = (text: string): void => {
      const parsed = serveFrameSchema.safeParse(parseJson(text)?.value);
      if (!parsed.success) return log.warn({ bytes: text.length }, "a frame of serve was not understood");
      const frame = parsed.data;
      watch();
      if (frame.event === "executor.resynced") {
        isLive = true;
        wasLive = true;
        beatMs = Math.max(50, frame.data.lease_ttl_ms / 3);
        engagement.synced(frame);
        sendBeat();
        schedule();
      } else engagement.take(frame);
      if (frame.event === "executor.ack") schedule();
    };

    engagement.onWake((urgent) => {
      isBeatDue ||= urgent;
      schedule();
    });
    socket.on("open", () => {
      watch();
      const data = { ...engagement.resync(), slots: options.slots, protocol_version: SPEC_VERSION };
      send({ event: "executor.resync", data });
    });
    socket.on("message", (data, isBinary) => {
      if (!isBinary) take(data instanceof Buffer ? data.toString("utf8") : "");
    });
    socket.on("unexpected-response", (_request, response) => {
      refused = response.statusCode ?? 0;
      leave(`serve answered ${refused}`);
      response.destroy();
    });
    socket.on("error", (error) => {
      if (refused === null) why = error.message;
    });
    socket.on("close", () => {
      isLive = false;
      cancelBeat();
      cancelWatch();
      engagement.onWake(() => {});
      options.signal.removeEventListener("abort", onAbort);
      resolve({ wasLive, refused, why });
    });
    if (options.signal.aborted) onAbort();
    else options.signal.addEventListener("abort", onAbort, { once: true });
  });
}
