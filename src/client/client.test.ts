// The typed client against a real HTTP server: what it accepts, what it refuses to believe, and streams that break.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServe, problem } from "../../test/support/fake-serve.ts";
import { systemClock } from "../core/time.ts";
import { createClient, type StreamItem } from "./client.ts";
import { isForeignAnswer } from "./errors.ts";

let serve: FakeServe;
beforeEach(async () => {
  serve = await new FakeServe().start();
});
afterEach(() => serve.stop());

const client = (extra: { readonly timeoutMs?: number } = {}) => createClient({ url: `${serve.url}/`, token: serve.token, ...extra });
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test("an answer is parsed, the token travels in a header and never in the URL", async () => {
  expect(await client().version()).toEqual({ version: "0.0.0", serve_id: "serve-1", protocol: "1.0.0" });
  expect(serve.requests[0]).toMatchObject({ path: "/api/v1/version", headers: { authorization: "Bearer secret-token" } });
});

test("a problem becomes our error with the same code, its issues and its Retry-After", async () => {
  serve.script = () => problem("rate_limited", "slowly", { "Retry-After": "7" });
  expect(await caught(client().mission("m-1"))).toMatchObject({ name: "AiwgError", code: "rate_limited", message: "slowly", retryAfterS: 7 });
  serve.script = () => ({
    status: 422,
    json: { type: "urn:aiwg:problem:brand_new", title: "t", status: 422, detail: "d", code: "brand_new", errors: [{ pointer: "/a", message: "m" }] },
  });
  expect(await caught(client().mission("m-1"))).toMatchObject({ code: "invalid_request", message: "d", issues: [{ pointer: "/a", message: "m" }] });
});

test.each([
  ["HTML with 200", { status: 200, text: "<html>hello</html>" }],
  ["JSON of another program", { status: 200, json: { ok: true } }],
  ["an HTML 502", { status: 502, text: "<html>Bad Gateway</html>" }],
  ["somebody else's 401", { status: 401, json: { error: "login" } }],
  ["somebody else's problem", { status: 404, json: { type: "https://other/not-found", title: "t", status: 404, detail: "d", code: "not_found" } }],
  ["a redirect", { status: 302, headers: { location: "/elsewhere" } }],
])("%s is not believed: unreachable, another program", async (_, answer) => {
  serve.script = () => answer;
  for (const promise of [client().version(), client().events()[Symbol.asyncIterator]().next()]) {
    const error = await caught(promise);
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringContaining("another program") });
    expect(isForeignAnswer(error)).toBe(true);
  }
  expect(serve.requests).toHaveLength(2);
});

test("nobody there, a cut and silence are unreachable, and not a foreign answer", async () => {
  serve.script = () => "cut";
  const cut = await caught(client().version());
  serve.script = () => "hang";
  const hang = await caught(client({ timeoutMs: 50 }).version());
  await serve.stop();
  const gone = await caught(client().version());
  for (const error of [cut, hang, gone]) {
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringContaining("does not answer") });
    expect(isForeignAnswer(error)).toBe(false);
  }
});

test("a URL, token or id that can never work is refused before anything is sent", async () => {
  expect(() => createClient({ url: "localhost:7337", token: "t" })).toThrow(expect.objectContaining({ code: "usage" }));
  expect(() => createClient({ url: "http://u:p@localhost", token: "t" })).toThrow(expect.objectContaining({ code: "usage" }));
  expect(() => createClient({ url: serve.url, token: "a\nb" })).toThrow(expect.objectContaining({ code: "unauthorized" }));
  expect(await caught(client().mission(".."))).toMatchObject({ code: "invalid_request" });
  expect(serve.requests).toHaveLength(0);
});

test("ids and filters are encoded", async () => {
  await caught(client().mission("a/../b?c"));
  await caught(client().missions({ state: ["done", "failed"], q: "ü&x", counts: true, cursor: undefined }));
  expect(serve.requests.map((request) => request.path)).toEqual([
    "/api/v1/missions/a%2F..%2Fb%3Fc",
    "/api/v1/missions?state=done%2Cfailed&q=%C3%BC%26x&counts=true",
  ]);
});

async function collect(stream: AsyncIterable<StreamItem>, until: (items: readonly StreamItem[]) => boolean): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  for await (const item of stream) {
    items.push(item);
    if (until(items)) break;
  }
  return items;
}

const dispatch = (id: string) =>
  fetch(`${serve.url}/api/v1/sessions/s-1/dispatch`, {
    method: "POST",
    headers: { authorization: `Bearer ${serve.token}` },
    body: JSON.stringify({ mission_id: id, objective: "x" }),
  });

test("a stream says hello, then every event after the cursor in order, and leaves no connection behind", async () => {
  await dispatch("m-1");
  await dispatch("m-2");
  const items = await collect(client().events({ after: 2 }), (seen) => seen.length === 2);
  expect(items).toMatchObject([
    { kind: "hello", serve_id: "serve-1", head: 3 },
    { kind: "event", event: { seq: 3, event: "mission.queued", mission_id: "m-2", state: "queued" } },
  ]);
  await expect.poll(() => serve.streams).toBe(0);
});

test("a cursor that cannot be resumed is a reset", async () => {
  expect(await collect(client().events({ after: 99 }), () => false)).toEqual([{ kind: "hello", serve_id: "serve-1", head: 0 }, { kind: "reset" }]);
});

test("a cut stream throws, an aborted one ends quietly", async () => {
  const cut = caught(
    collect(client().events(), (items) => {
      if (items.length === 1) serve.cutStreams();
      return false;
    }),
  );
  expect(await cut).toMatchObject({ code: "unreachable" });
  const controller = new AbortController();
  const ended = await collect(client().events({}, controller.signal), () => {
    controller.abort();
    return false;
  });
  expect(ended).toHaveLength(1);
  expect(await collect(client().events({}, AbortSignal.abort()), () => false)).toEqual([]);
});

test("a stream silent for longer than three comments' time is given up", async () => {
  const fired: (() => void)[] = [];
  const clock = { ...systemClock, after: (ms: number, fn: () => void) => (ms === 45_000 ? (fired.push(fn), () => undefined) : systemClock.after(ms, fn)) };
  const stream = createClient({ url: serve.url, token: serve.token, clock }).events();
  expect((await stream.next()).value).toMatchObject({ kind: "hello" });
  const next = caught(stream.next());
  fired.at(-1)?.();
  expect(await next).toMatchObject({ code: "unreachable", message: expect.stringContaining("silent") });
});

test("events of a newer serve are passed over, an endless one ends the stream", async () => {
  const chunks = [
    'event: hello\ndata: {"serve_id":"s","head":0}\n\n',
    "event: mission.invented\ndata: {}\n\n",
    "data: nonsense\n\n",
    `data: ${"x".repeat(5 * 1024 * 1024)}`,
  ];
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const chunk of chunks) response.write(chunk);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stream = createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: "t" }).events();
  expect((await stream.next()).value).toMatchObject({ kind: "hello" });
  expect(await caught(stream.next())).toMatchObject({ code: "unreachable", message: expect.stringContaining("longer than any") });
  server.closeAllConnections();
  server.close();
});

test("all sessions are read page by page; a serve without pages, or that gives the same place again, ends it", async () => {
  const session = (id: string) => ({
    session_id: id,
    state: "active",
    project: null,
    counts: {},
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  });
  const pages: Readonly<Record<string, unknown>> = {
    "/api/v1/sessions": { sessions: [session("s-1")], next_cursor: "one" },
    "/api/v1/sessions?cursor=one": { sessions: [session("s-2")], next_cursor: "two" },
    "/api/v1/sessions?cursor=two": { sessions: [session("s-3")], next_cursor: null },
  };
  const ids = async (): Promise<readonly string[]> => (await client().sessions()).map(({ session_id }) => session_id);
  serve.script = ({ path }) => ({ status: 200, json: pages[path] });
  expect(await ids()).toEqual(["s-1", "s-2", "s-3"]);
  serve.script = () => ({ status: 200, json: { sessions: [session("s-1")] } });
  expect(await ids()).toEqual(["s-1"]);
  serve.script = () => ({ status: 200, json: { sessions: [session("s-1")], next_cursor: "stuck" } });
  expect(await ids()).toEqual(["s-1", "s-1"]);
});
