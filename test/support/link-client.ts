// An executor's side of the link, driven by hand: what a stranger's program would send. Knows only the contract.
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";

export type Frame = { readonly event: string; readonly mission_id?: string; readonly attempt?: number; readonly data: Record<string, unknown> };

/** POSTs JSON with a bearer. */
export async function call(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** Registers an executor and answers its token. */
export async function register(url: string, admin: string, executor_id: string, extra: Record<string, unknown> = {}): Promise<string> {
  const body = { executor_id, name: executor_id, version: "1", spec_version: "1.0.0", capabilities: ["runtime:claude"], slots: 1, ...extra };
  const answer = await call(url, admin, "POST", "/api/v1/executors/register", body);
  if (answer.status !== 201) throw new Error(`register answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return String(answer.body["token"]);
}

/** One open link; frames arrive in `frames`. */
export class LinkClient {
  readonly frames: Frame[] = [];
  readonly epoch: string;
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;
  #srcSeq = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket, epoch: string) {
    this.socket = socket;
    this.epoch = epoch;
    const wake = (): void => {
      for (const fn of this.#waiting.splice(0)) fn();
    };
    socket.on("message", (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      wake();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      wake();
    });
    socket.on("error", () => {});
  }

  /** Opens the socket; rejects with the HTTP status where the upgrade is refused. */
  static open(url: string, executorId: string, headers: Record<string, string>, epoch: string = randomUUID()): Promise<LinkClient> {
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws/executors/${executorId}`, { headers });
    const client = new LinkClient(socket, epoch);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("unexpected-response", (_request, response) => {
        response.resume();
        reject(new Error(String(response.statusCode)));
      });
      socket.once("error", reject);
    });
  }

  /** Opens, resyncs and waits for the answer. */
  static async join(url: string, executorId: string, token: string, owned: readonly unknown[] = [], epoch?: string): Promise<LinkClient> {
    const client = await LinkClient.open(url, executorId, { Authorization: `Bearer ${token}` }, epoch);
    client.send({ event: "executor.resync", data: { epoch: client.epoch, owned, protocol_version: "1.0.0" } });
    await client.next("executor.resynced");
    return client;
  }

  send(frame: Record<string, unknown>): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Sends a report under the next src_seq and returns it. */
  report(event: string, mission_id: string, attempt: number, data: Record<string, unknown> = {}, srcSeq = this.#srcSeq + 1): number {
    this.#srcSeq = Math.max(this.#srcSeq, srcSeq);
    this.send({ event, mission_id, attempt, src_seq: srcSeq, data });
    return srcSeq;
  }

  /** Sends a report and waits until it is acknowledged. */
  async say(event: string, mission_id: string, attempt: number, data: Record<string, unknown> = {}): Promise<void> {
    const seq = this.report(event, mission_id, attempt, data);
    await this.until(() => this.frames.some((frame) => frame.event === "executor.ack" && Number(frame.data["src_seq"]) >= seq));
  }

  /** The first frame of this event (and mission) not taken yet; waits for it. */
  async next(event: string, missionId?: string): Promise<Frame> {
    const fits = (frame: Frame): boolean => frame.event === event && (missionId === undefined || frame.mission_id === missionId);
    await this.until(() => this.frames.some(fits));
    const [frame] = this.frames.splice(this.frames.findIndex(fits), 1);
    if (!frame) throw new Error(`no ${event}`);
    return frame;
  }

  /** Waits for a condition over frames or the close; fails after 10 s. */
  async until(condition: () => boolean): Promise<void> {
    const end = performance.now() + 10_000;
    while (!condition()) {
      if (performance.now() > end)
        throw new Error(`waited in vain; frames: ${JSON.stringify(this.frames).slice(0, 2_000)}, closed: ${JSON.stringify(this.closed)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.until(() => this.closed !== undefined);
  }
}
