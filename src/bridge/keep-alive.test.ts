// Exchanges over kept connections against real servers: connections are used again, and nothing that a server does is thrown.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MAX_ANSWER_BYTES, type Exchange, type ExchangeRequest } from "../client/exchange.ts";
import { systemClock } from "../core/time.ts";
import { keepAlive } from "./keep-alive.ts";

let server: Server;
let handle: RequestListener;
let url = "";
let connections = 0;
let door: ReturnType<typeof keepAlive>;
beforeEach(async () => {
  connections = 0;
  handle = (_, response) => response.end("{}");
  server = createServer((request, response) => handle(request, response));
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  door = keepAlive(4, systemClock);
});
afterEach(async () => {
  door.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const send = (more: Partial<ExchangeRequest> = {}): Promise<Exchange> =>
  door.send({ method: "POST", url, headers: { "content-type": "text/plain" }, body: "hellö", timeoutMs: 10_000, ...more });

test("many requests use a few connections, and each gets its own answer with its headers", async () => {
  handle = (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => response.writeHead(202, { "retry-after": "7" }).end(`${body} ${request.headers["content-length"]}`));
  };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => send({ body: `ö${n}` })));
  expect(answers.map((answer) => (answer.kind === "answer" ? answer.text : answer.kind))).toEqual(
    Array.from({ length: 40 }, (_, n) => `ö${n} ${Buffer.byteLength(`ö${n}`)}`),
  );
  const [first] = answers;
  expect(first?.kind === "answer" && [first.status, first.header("retry-after"), first.header("none")]).toEqual([202, "7", null]);
  expect(connections).toBeLessThanOrEqual(4);
});

test("a redirect is an answer; an endless one is cut", async () => {
  handle = (_, response) => response.writeHead(302, { location: "/elsewhere" }).end();
  expect(await send()).toMatchObject({ kind: "answer", status: 302 });
  handle = (_, response) => {
    const more = (): void => void (response.destroyed || response.write(Buffer.alloc(1024 * 1024)) ? setImmediate(more) : response.once("drain", more));
    more();
  };
  const cut = await send();
  expect(cut).toMatchObject({ kind: "answer", cut: true });
  expect(cut.kind === "answer" && cut.text.length).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
});

test("a cut, an answer that stops in the middle and silence have an unknown outcome; nobody there a known one", async () => {
  handle = (_, response) => response.destroy();
  expect(await send()).toMatchObject({ kind: "none", neverSent: false });
  handle = (_, response) => {
    response.writeHead(200, { "content-length": "100" }).write("{");
    setImmediate(() => response.destroy());
  };
  expect(await send()).toMatchObject({ kind: "none", neverSent: false });
  handle = () => undefined;
  expect(await send({ timeoutMs: 50 })).toMatchObject({ kind: "none", message: "no answer within 50 ms", neverSent: false });
  const there = url;
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  expect(await send({ url: there })).toMatchObject({ kind: "none", neverSent: true, message: expect.stringContaining("ECONNREFUSED") });
});

test("the signal ends it at once, before and while it is under way", async () => {
  expect(await send({ signal: AbortSignal.abort() })).toEqual({ kind: "aborted" });
  const controller = new AbortController();
  handle = () => controller.abort();
  expect(await send({ signal: controller.signal })).toEqual({ kind: "aborted" });
});
