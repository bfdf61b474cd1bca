// A scriptable serve for tests of the executor: the register route and the link of contract §2.3, over real sockets. Not a store:
// it remembers frames, acknowledges and renews unless told not to.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { TargetSource } from "../../src/core/target.ts";
import { executorFrameSchema, type ExecutorFrame, type ReportFrame, REPORT_EVENTS } from "../../src/mission/wire/frames.ts";

export type FakeLinkOptions = { readonly leaseTtlMs?: number; readonly holdTtlMs?: number };
type Body = Readonly<Record<string, unknown>> & { readonly mission_id: string };

const ADMIN = "admin-token-of-the-fake-link-0123456789";
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const isReport = (frame: ExecutorFrame): frame is ReportFrame => (REPORT_EVENTS as readonly string[]).includes(frame.event);
export const isTerminal = (frame: ReportFrame): boolean => /completed|failed|aborted|suspended|rejected/.test(frame.event);

export type FakeLink = Awaited<ReturnType<typeof startFakeLink>>;

/** Starts on a free port of 127.0.0.1. `behave` may be changed at any time. */
export async function startFakeLink(options: FakeLinkOptions = {}) {
  const { leaseTtlMs = 30_000, holdTtlMs = 900_000 } = options;
  const behave = { ack: true, renew: true, accept: true, drop: [] as { mission_id: string; attempt: number; reason: string }[] };
  const frames: ExecutorFrame[] = [];
  const registrations: { readonly body: Record<string, unknown>; readonly token: string }[] = [];
  const hashes = new Map<string, string>();
  const acked = new Map<string, number>();
  const sockets = new Set<WebSocket>();
  let listeners: (() => void)[] = [];
  let epoch = "";
  let connections = 0;
  const changed = (): void => {
    for (const listener of listeners) listener();
  };

  const http = createServer((request, response) => {
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    const answer = (status: number, body: unknown): void => void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/api/v1/version") return answer(200, { version: "0", serve_id: "serve-fake", protocol: "1.0.0" });
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      const id = String(body["executor_id"]);
      const known = hashes.get(id);
      if (token !== ADMIN && sha256(token) !== known) return answer(401, { detail: "no" });
      if (known !== undefined && sha256(token) !== known) return answer(403, { detail: "belongs to somebody else" });
      registrations.push({ body, token });
      hashes.set(id, String(body["token_sha256"]));
      answer(201, { executor_id: id, registered_at: new Date().toISOString(), ws_url: `${url.replace("http", "ws")}/ws/executors/${id}` });
    });
  });
  const wss = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    const id = decodeURIComponent((request.url ?? "").split("/").at(-1) ?? "");
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    if (!behave.accept || hashes.get(id) !== sha256(token)) return void socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit("connection", ws, id));
  });

  const sendTo = (socket: WebSocket, frame: object): void => socket.send(JSON.stringify({ executor_id: "x", ts: new Date().toISOString(), ...frame }));
  const send = (frame: object): void => {
    for (const socket of sockets) sendTo(socket, frame);
  };
  const take = (socket: WebSocket, frame: ExecutorFrame): void => {
    if (frame.event === "executor.resync") {
      epoch = frame.data.epoch ?? "";
      sendTo(socket, {
        event: "executor.resynced",
        data: { acked: acked.get(epoch) ?? 0, drop: behave.drop, lease_ttl_ms: leaseTtlMs, hold_ttl_ms: holdTtlMs },
      });
    } else if (frame.event === "executor.heartbeat" && behave.renew) {
      const leases = (frame.data.owned ?? []).flatMap((run) =>
        typeof run === "string" ? [] : [{ mission_id: run.mission_id, attempt: run.attempt, ttl_ms: leaseTtlMs }],
      );
      sendTo(socket, { event: "executor.renewed", data: { n: frame.data.n, leases, refused: [] } });
    } else if (isReport(frame) && behave.ack) {
      acked.set(epoch, Math.max(acked.get(epoch) ?? 0, frame.src_seq));
      sendTo(socket, { event: "executor.ack", data: { src_seq: acked.get(epoch) ?? 0 } });
    }
  };
  wss.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      const frame = executorFrameSchema.parse(JSON.parse(data.toString()));
      frames.push(frame);
      take(socket, frame);
      changed();
    });
    changed();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const reports = (missionId?: string): ReportFrame[] => frames.filter(isReport).filter((frame) => missionId === undefined || frame.mission_id === missionId);
  /** The first thing that `find` gives, waiting up to `ms` for it. */
  const until = async <T>(find: () => T | undefined | false, what: string, ms = 20_000): Promise<T> => {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      const left = deadline - performance.now();
      if (left <= 0)
        throw new Error(
          `waited in vain for ${what}; reports: ${reports()
            .map((frame) => `${frame.mission_id} ${frame.event} ${JSON.stringify(frame.data).slice(0, 300)}`)
            .join("\n")}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      listeners = [];
    }
  };
  const target: TargetSource = { resolve: () => Promise.resolve({ url, token: ADMIN }), subscribe: () => () => {} };

  return {
    url,
    adminToken: ADMIN,
    target,
    behave,
    frames,
    registrations,
    send,
    reports,
    until,
    connections: () => connections,
    isConnected: () => sockets.size > 0,
    report: (missionId: string, event: string, ms?: number) =>
      until(() => reports(missionId).find((frame) => frame.event === event), `${event} of ${missionId}`, ms),
    end: (missionId: string, attempt = 1, ms?: number) =>
      until(() => reports(missionId).find((frame) => frame.attempt === attempt && isTerminal(frame)), `the end of ${missionId}`, ms),
    /** Waits for a link, then dispatches. */
    async dispatch(body: Body, attempt = 1): Promise<void> {
      await until(() => sockets.size > 0 && frames.some((frame) => frame.event === "executor.resync"), "an executor");
      send({ event: "mission.dispatch", mission_id: body.mission_id, attempt, data: { session_id: "s", lease_ttl_ms: leaseTtlMs, ...body } });
    },
    /** The transcript as the frames give it. */
    log(missionId: string): string {
      const pieces: Buffer[] = [];
      let size = 0;
      for (const frame of frames) {
        if (frame.event !== "mission.log" || frame.mission_id !== missionId || frame.data.offset > size) continue;
        const fresh = Buffer.from(frame.data.text).subarray(size - frame.data.offset);
        pieces.push(fresh);
        size += fresh.length;
      }
      return Buffer.concat(pieces).toString();
    },
    cut(): void {
      for (const socket of sockets) socket.terminate();
    },
    async close(): Promise<void> {
      for (const socket of sockets) socket.terminate();
      wss.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}
