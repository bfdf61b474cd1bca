// A small serve for tests of its clients: keeps missions in memory as the contract says, follows a script where one is
// given, records every request. Not the real one: it decides nothing by itself.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ERRORS, type ErrorCode } from "../../src/core/errors.ts";
import type { MissionState, SessionState } from "../../src/mission/model.ts";

export type Recorded = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** What a script answers: a response, a cut connection, silence, or undefined for the default behaviour. */
export type Scripted =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly json?: unknown; readonly text?: string }
  | "cut"
  | "hang"
  /** Takes the mission, then cuts the connection before the answer. */
  | "accept-then-cut"
  /** Takes the mission and never answers. */
  | "accept-then-hang"
  | undefined;
export type Script = (request: Recorded, n: number) => Scripted | Promise<Scripted>;

type StoredMission = {
  readonly mission_id: string;
  readonly session_id: string;
  readonly objective: string;
  readonly project: unknown;
  state: MissionState;
  reason: string;
  seq: number;
  result?: unknown;
  abort_requested: boolean;
};
type StoredEvent = { readonly seq: number; readonly event: string; readonly mission_id?: string } & Readonly<Record<string, unknown>>;

const NOW = "2026-01-01T00:00:00.000Z";

/** A problem answer with one of our codes. */
export function problem(code: ErrorCode, detail: string = ERRORS[code].title, headers: Readonly<Record<string, string>> = {}): Scripted {
  const { status, title } = ERRORS[code];
  return {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    json: { type: `urn:aiwg:problem:${code}`, title, status, detail, code },
  };
}

export class FakeServe {
  serveId: string;
  token = "secret-token";
  script: Script = () => undefined;
  readonly requests: Recorded[] = [];
  readonly missions = new Map<string, StoredMission>();
  readonly sessions = new Map<string, SessionState>();
  /** Events older than this are no longer kept. */
  keptFrom = 0;
  /** Says nothing on streams, and keeps no events. */
  muted = false;
  head = 0;
  /** The most dispatches that were open at a time. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #events: StoredEvent[] = [];
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;

  constructor(serveId = "serve-1") {
    this.serveId = serveId;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get streams(): number {
    return this.#streams.size;
  }

  /** Listens on a free port, or again on the one it had. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Stops as a killed process would: every connection is cut. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    this.#streams.clear();
  }

  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  dispatches(): Recorded[] {
    return this.requests.filter((request) => request.method === "POST" && request.path.endsWith("/dispatch"));
  }

  /** Moves a mission and tells the streams. */
  move(missionId: string, state: MissionState, event: string, reason = "", data: unknown = {}): void {
    const mission = this.missions.get(missionId);
    if (!mission) throw new Error(`no mission ${missionId}`);
    this.head += 1;
    Object.assign(mission, { state, reason, seq: this.head });
    this.#publish({ seq: this.head, event, session_id: mission.session_id, mission_id: missionId, attempt: 1, state, reason, ts: NOW, data });
  }

  /** Moves a session and tells the streams. */
  moveSession(sessionId: string, state: SessionState): void {
    this.head += 1;
    this.sessions.set(sessionId, state);
    this.#publish({ seq: this.head, event: "session.changed", session_id: sessionId, ts: NOW, data: { state } });
  }

  /** Changes a mission without an event, as if it happened while nobody listened and the events are gone. */
  moveSilently(missionId: string, state: MissionState, reason = ""): void {
    this.head += 1;
    const mission = this.missions.get(missionId);
    if (mission) Object.assign(mission, { state, reason, seq: this.head });
  }

  #publish(event: StoredEvent): void {
    if (this.muted) return;
    this.#events.push(event);
    for (const stream of this.#streams) stream.write(sse(event));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const recorded: Recorded = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    this.requests.push(recorded);
    if (recorded.path.endsWith("/dispatch")) {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
      response.on("close", () => void this.#atOnce--);
    }
    const scripted = await this.script(recorded, this.requests.length);
    if (scripted === "hang") return;
    if (scripted === "cut") return void response.destroy();
    if (scripted === "accept-then-cut" || scripted === "accept-then-hang") {
      this.#dispatch(recorded);
      if (scripted === "accept-then-cut") response.destroy();
      return;
    }
    const url = new URL(recorded.path, "http://fake");
    if (scripted === undefined && url.pathname === "/api/v1/events" && this.#authorized(recorded)) return this.#stream(recorded, url, response);
    const answer = scripted ?? this.#route(recorded, url) ?? problem("not_found");
    if (typeof answer !== "object") throw new Error("no answer");
    const text = answer.json === undefined ? (answer.text ?? "") : JSON.stringify(answer.json);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(text);
  }

  #authorized(request: Recorded): boolean {
    return request.headers["authorization"] === `Bearer ${this.token}`;
  }

  #stream(request: Recorded, url: URL, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`event: hello\ndata: ${JSON.stringify({ serve_id: this.serveId, head: this.head })}\n\n`);
    const after = Number(request.headers["last-event-id"] ?? url.searchParams.get("after") ?? this.head);
    if (after > this.head || after < this.keptFrom) {
      response.end("event: reset\ndata: {}\n\n");
      return;
    }
    for (const event of this.#events.filter((entry) => entry.seq > after)) response.write(sse(event));
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  #route(request: Recorded, url: URL): Scripted {
    if (!this.#authorized(request)) return problem("unauthorized");
    const [, , , kind = "", id = "", verb = ""] = url.pathname.split("/").map(decodeURIComponent);
    if (kind === "version") return { status: 200, json: { version: "0.0.0", serve_id: this.serveId, protocol: "1.0.0" } };
    if (kind === "sessions" && verb === "dispatch" && request.method === "POST") return this.#dispatch(request);
    if (kind === "sessions" && id === "") return { status: 200, json: { sessions: [...this.sessions.entries()].map(sessionJson), next_cursor: null } };
    const mission = this.missions.get(id);
    if (kind === "missions" && verb === "" && mission) return { status: 200, json: missionJson(mission) };
    if (kind === "missions" && verb === "abort" && request.method === "POST") return this.#abort(id, mission);
    return undefined;
  }

  #abort(id: string, mission: StoredMission | undefined): Scripted {
    if (!mission) {
      this.missions.set(id, { mission_id: id, session_id: "", objective: "", project: null, state: "aborted", reason: "", seq: 0, abort_requested: true });
      return { status: 202, json: { mission_id: id, state: "aborted" } };
    }
    mission.abort_requested = true;
    if (mission.state === "queued" || mission.state === "suspended") this.move(id, "aborted", "mission.aborted", "aborted by an operator");
    return { status: 202, json: { mission_id: id, state: mission.state, abort_requested: true } };
  }

  #dispatch(request: Recorded): Scripted {
    const body = JSON.parse(request.body) as { mission_id: string; objective: string; project?: unknown };
    const session = decodeURIComponent(request.path.split("/")[4] ?? "");
    const known = this.missions.get(body.mission_id);
    if (known?.session_id === "") return problem("tombstone");
    if (known && known.objective !== body.objective) return problem("idempotency_key_reused");
    if (!known) {
      if (!this.sessions.has(session)) this.moveSession(session, "active");
      this.missions.set(body.mission_id, {
        mission_id: body.mission_id,
        session_id: session,
        objective: body.objective,
        project: body.project ?? null,
        state: "queued",
        reason: "",
        seq: 0,
        abort_requested: false,
      });
      this.move(body.mission_id, "queued", "mission.queued", "no executor connected");
    }
    return {
      status: 202,
      json: {
        mission_id: body.mission_id,
        session_id: session,
        status: "queued",
        executor_id: null,
        attempt: 0,
        dispatch_path: null,
        idempotent_replayed: known !== undefined,
      },
    };
  }
}

const sse = (event: StoredEvent): string => `id: ${event.seq}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;

function missionJson(mission: StoredMission): unknown {
  return {
    ...mission,
    completion: null,
    attempt: 1,
    attempts_started: 0,
    max_attempts: 3,
    executor_id: null,
    agent: null,
    priority: "normal",
    on_lost: "hold",
    held: false,
    created_at: NOW,
    updated_at: NOW,
    started_at: null,
    ended_at: null,
  };
}

const sessionJson = ([session_id, state]: [string, SessionState]): unknown => ({
  session_id,
  state,
  project: null,
  counts: {},
  created_at: NOW,
  updated_at: NOW,
});
