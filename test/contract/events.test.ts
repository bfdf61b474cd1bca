// The event stream through real sockets (contract §2.2, GET /api/v1/events; security statements 3 and 18).
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { createParser } from "eventsource-parser";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventSchema, helloSchema } from "../../src/mission/wire/events.ts";
import { LIMITS } from "../../src/serve/limits.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { connectExecutor, startRig, until, type Ask, type Rig } from "./serve-rig.ts";

type Message = { readonly id?: string | undefined; readonly event?: string | undefined; readonly data: Record<string, unknown> };
type Stream = {
  readonly messages: Message[];
  readonly comments: string[];
  readonly ended: () => boolean;
  readonly seqs: () => number[];
  readonly close: () => void;
};

let rig: Rig;
const clock = new VirtualClock();
const open: Stream[] = [];

beforeAll(async () => {
  rig = await startRig({ clock });
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});
afterAll(() => rig.end());

async function follow(query = "", ask: Ask = {}): Promise<Stream> {
  const response = await rig.open(`/api/v1/events${query}`, ask);
  expect(response.statusCode).toBe(200);
  expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  const messages: Message[] = [];
  const comments: string[] = [];
  let ended = false;
  const parser = createParser({
    onEvent: ({ id, event, data }) => messages.push({ id, event, data: JSON.parse(data) as Record<string, unknown> }),
    onComment: (comment) => comments.push(comment),
  });
  response.on("data", (chunk: Buffer) => parser.feed(chunk.toString()));
  response.on("error", () => undefined);
  response.on("close", () => (ended = true));
  const stream: Stream = {
    messages,
    comments,
    ended: () => ended,
    seqs: () => messages.filter((message) => message.id !== undefined).map((message) => Number(message.id)),
    close: () => response.destroy(),
  };
  open.push(stream);
  await until("hello", () => messages.length > 0);
  return stream;
}

async function head(): Promise<number> {
  const stream = await follow();
  stream.close();
  return Number(stream.messages[0]?.data["head"]);
}

function add(id: string, session = "s1", more: object = {}): Promise<unknown> {
  return rig.post(`/api/v1/sessions/${session}/dispatch`, { mission_id: id, objective: "x", ...more }, { headers: { prefer: "respond-async" } });
}

describe("what comes", () => {
  test("hello first, without an id, then every event with id, type and data", async () => {
    const stream = await follow();
    expect(stream.messages[0]).toMatchObject({ event: "hello", data: { serve_id: rig.serve.serveId } });
    expect(stream.messages[0]?.id).toBeUndefined();
    expect(helloSchema.parse(stream.messages[0]?.data)).toEqual(stream.messages[0]?.data);
    await add("e-1");
    await until("the event", () => stream.messages.some((message) => message.event === "mission.queued"));
    for (const message of stream.messages.slice(1)) {
      const event = eventSchema.parse(message.data);
      expect(event).toEqual(message.data);
      expect({ id: message.id, event: message.event }).toEqual({ id: String(event.seq), event: event.event });
    }
  });

  test("without a cursor only what comes from now on; after=0 is everything", async () => {
    await add("e-2");
    const now = await follow();
    const all = await follow("?after=0");
    const upTo = Number(now.messages[0]?.data["head"]);
    await until("all events", () => all.seqs().includes(upTo));
    expect(now.seqs()).toEqual([]);
    expect(all.seqs()).toEqual(Array.from({ length: upTo }, (_, i) => i + 1));
  });

  test("it resumes without gap or repeat from Last-Event-ID, which wins over after", async () => {
    for (let i = 0; i < LIMITS.streamPage + 10; i++) await add(`many-${i}`);
    const last = await head();
    const stream = await follow("?after=0", { headers: { "last-event-id": "3" } });
    await until("the newest event", () => stream.seqs().includes(last));
    expect(stream.seqs()).toEqual(Array.from({ length: last - 3 }, (_, i) => i + 4));
  });

  test("no event is lost or doubled between old and new ones while both flow", async () => {
    const from = await head();
    const writing = Promise.all(Array.from({ length: 60 }, (_, i) => add(`flow-${i}`)));
    const streams = await Promise.all([follow(`?after=${from}`), follow(`?after=${from}`), follow(`?after=${from}`)]);
    await writing;
    const last = await head();
    for (const stream of streams) {
      await until("the newest event", () => stream.seqs().includes(last));
      expect(stream.seqs()).toEqual(Array.from({ length: last - from }, (_, i) => from + i + 1));
    }
  });

  test("a cursor beyond head is told to reset, and the stream goes on from head", async () => {
    const from = await head();
    const stream = await follow(`?after=${from + 1_000}`);
    await until("reset", () => stream.messages[1]?.event === "reset");
    expect(stream.messages[1]).toMatchObject({ data: { serve_id: rig.serve.serveId, head: from } });
    expect(stream.messages[1]?.id).toBeUndefined();
    await add("after-reset");
    await until("new events", () => stream.seqs().length > 0);
    expect(stream.seqs()[0]).toBe(from + 1);
  });

  test("session, mission and project narrow it down, also far behind other events", async () => {
    const from = await head();
    await add("f-1", "filter", { project: { id: "p1" } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => add(`noise-${i}`, "noise", { project: { id: "p2" } })));
    await add("f-2", "filter", { project: { id: "p1" } });
    for (const query of ["session=filter", "project=p1", "session=filter&project=p1"]) {
      const stream = await follow(`?after=${from}&${query}`);
      await until("both missions", () => stream.messages.some((message) => message.data["mission_id"] === "f-2"));
      expect(new Set(stream.messages.map((message) => message.data["mission_id"]).filter(Boolean))).toEqual(new Set(["f-1", "f-2"]));
    }
    const one = await follow(`?after=${from}&mission=f-2`);
    await until("the mission", () => one.seqs().length > 0);
    expect(new Set(one.messages.slice(1).map((message) => message.data["mission_id"]))).toEqual(new Set(["f-2"]));
    const other = await follow("?mission=f-1&session=noise&after=0");
    await add("f-3", "filter");
    expect(other.seqs()).toEqual([]);
  });

  test("a silent stream gets a comment each 15 s", async () => {
    const stream = await follow();
    clock.advance(LIMITS.streamCommentMs - 1);
    expect(stream.comments).toEqual([]);
    clock.advance(1);
    await until("a comment", () => stream.comments.length === 1);
    clock.advance(LIMITS.streamCommentMs);
    await until("another", () => stream.comments.length === 2);
  });
});

describe("how it ends", () => {
  test("a revoked token ends its streams and no others", async () => {
    const { id, token } = await rig.mint("read");
    const stream = await follow("", { token });
    const other = await follow();
    await rig.ask(`/api/v1/tokens/${id}`, { method: "DELETE" });
    await until("the end", stream.ended);
    expect(other.ended()).toBe(false);
  });

  test("a token that expires ends its streams", async () => {
    const { body } = await rig.post("/api/v1/tokens", { role: "read", ttl_s: 120 });
    const stream = await follow("", { token: String(body["token"]) });
    clock.advance(119_000);
    expect(stream.ended()).toBe(false);
    clock.advance(1_000);
    await until("the end", stream.ended);
    expect((await rig.ask("/api/v1/version", { token: String(body["token"]) })).status).toBe(401);
  });

  test("there are only so many streams, and a closed one makes room", async () => {
    const streams = await Promise.all(Array.from({ length: LIMITS.streams }, () => follow()));
    const refused = await rig.ask("/api/v1/events");
    expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited" } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    streams[0]?.close();
    await until("room", async () => {
      const response = await rig.open("/api/v1/events");
      response.destroy();
      return response.statusCode === 200;
    });
  });

  test("a reader that takes nothing costs serve a bounded amount, is dropped in time, and holds up nobody", async () => {
    const from = await head();
    const waiting: ServerResponse[] = [];
    const note = (message: unknown): void => void waiting.push((message as { response: ServerResponse }).response);
    subscribe("http.server.request.start", note);
    const socket = await silentReader(`/api/v1/events?after=${from}`);
    await until("the request", () => waiting.length > 0);
    unsubscribe("http.server.request.start", note);
    const keen = await follow(`?after=${from}`);
    // 24 MB of events, far beyond what sockets buffer.
    const summary = "s".repeat(60_000);
    // The fake agent is taken by nobody who does not ask for it: the missions of other tests stay away.
    const executor = await connectExecutor(rig, "flood", { capabilities: ["runtime:fake"] });
    await add("flood-1", "flood", { agents: ["fake"] });
    const report = (src_seq: number, event: string, data: object): void =>
      executor.socket.send(JSON.stringify({ event, executor_id: "flood", mission_id: "flood-1", attempt: 1, src_seq, ts: new Date().toISOString(), data }));
    report(1, "mission.assigned", {});
    report(2, "mission.started", {});
    for (let i = 0; i < 400; i++) report(3 + i, "mission.progress", { summary });
    await until("all progress", () => keen.messages.filter((message) => message.event === "mission.progress").length === 400);
    await executor.close();
    const [unread] = waiting;
    expect(unread?.writableNeedDrain).toBe(true);
    expect(unread?.writableLength).toBeLessThan(256 * 1024);
    expect(dropped.has(socket)).toBe(false);
    clock.advance(LIMITS.streamStalledMs);
    await until("the drop", () => unread?.destroyed);
    socket.destroy();
  });
});

const dropped = new WeakSet<Socket>();

/** Asks for a stream and never reads from it. */
function silentReader(path: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(rig.port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\nAuthorization: Bearer ${rig.admin}\r\n\r\n`, () => resolve(socket));
    });
    socket.pause();
    socket.on("error", () => dropped.add(socket));
    socket.on("close", () => dropped.add(socket));
  });
}
