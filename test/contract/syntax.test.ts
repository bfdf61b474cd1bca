// Requests that are wrong before any mission is looked at: each a problem document, none a 5xx (contract §2, security 5–9, 18).
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problem, startRig, type Rig } from "./serve-rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());

const DISPATCH = "/api/v1/sessions/s1/dispatch";
const JSON_TYPE = { "content-type": "application/json" };

/** Sends bytes on a bare socket and gives all that comes back. */
function bytes(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(rig.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => (got += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(got));
  });
}

describe("bodies", () => {
  test.each([
    ["not JSON", "{"],
    ["empty", ""],
    ["a byte order mark", '\ufeff{"mission_id":"m-1","objective":"x"}'],
    ["no object", "[]"],
    ["null", "null"],
    ["not UTF-8", Buffer.concat([Buffer.from('{"mission_id":"m-1","objective":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ["half a surrogate pair", String.raw`{"mission_id":"m-1","objective":"x","metadata":{"a":"\ud800"}}`],
    ["half a surrogate pair in a name", String.raw`{"mission_id":"m-1","objective":"x","\udc00":1}`],
    ["a number beyond JSON", '{"mission_id":"m-1","objective":"x","metadata":{"a":1e999}}'],
    ["nested without end", `{"mission_id":"m-1","objective":"x","metadata":${"[".repeat(200_000)}`],
    ["nested deeply", `{"mission_id":"m-1","objective":"x","metadata":{"a":${"[".repeat(100)}${"]".repeat(100)}}}`],
    ["wrong types", '{"mission_id":7,"objective":{},"checks":"npm test"}'],
    ["a NUL", String.raw`{"mission_id":"m-1","objective":"a\u0000b"}`],
    ["control characters in the id", String.raw`{"mission_id":"m\n1","objective":"x"}`],
    ["unicode in the id", '{"mission_id":"ｍ-1","objective":"x"}'],
    ["dots as the id", '{"mission_id":"..","objective":"x"}'],
    ["an id of 129", JSON.stringify({ mission_id: "m".repeat(129), objective: "x" })],
    ["an objective above 64 KiB in bytes", JSON.stringify({ mission_id: "m-1", objective: "€".repeat(22_000) })],
  ])("%s is 400", async (_what, raw) => {
    expect(problem(await rig.ask(DISPATCH, { method: "POST", raw, headers: JSON_TYPE }))).toBe("400 invalid_request");
  });

  test("any text in a mission survives as it was, emoji and all", async () => {
    const objective = "fix 🧪 the <b>tests</b>\n\u202e\u001b[31m";
    await rig.post(DISPATCH, { mission_id: "text-1", objective }, { headers: { prefer: "respond-async" } });
    expect((await rig.ask("/api/v1/missions/text-1")).body["objective"]).toBe(objective);
  });

  test("512 KiB is the most for a dispatch, whether its length is said or streamed", async () => {
    const pad = (size: number): string => {
      const body = JSON.stringify({ mission_id: "big-1", objective: "x", metadata: { pad: "" } });
      return body.replace('"pad":""', `"pad":"${"p".repeat(size - body.length)}"`);
    };
    const headers = { ...JSON_TYPE, prefer: "respond-async" };
    expect((await rig.ask(DISPATCH, { method: "POST", raw: pad(512 * 1024), headers })).status).toBe(202);
    expect(problem(await rig.ask(DISPATCH, { method: "POST", raw: pad(512 * 1024 + 1), headers }))).toBe("413 too_large");
    expect(problem(await rig.ask(DISPATCH, { method: "POST", raw: pad(512 * 1024 + 1), headers: { ...headers, "transfer-encoding": "chunked" } }))).toBe(
      "413 too_large",
    );
  });

  test("2 MiB is refused everywhere, and the answer arrives", async () => {
    const raw = Buffer.alloc(2 * 1024 * 1024, 0x20);
    for (const path of [DISPATCH, "/api/v1/tokens", "/api/v1/executors/register", "/api/v1/missions/m/abort"]) {
      expect(problem(await rig.ask(path, { method: "POST", raw, headers: JSON_TYPE }))).toBe("413 too_large");
      expect(problem(await rig.ask(path, { method: "POST", raw, headers: { ...JSON_TYPE, "transfer-encoding": "chunked" } }))).toBe("413 too_large");
    }
  });

  test.each([
    ["no type", {}],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["text, which a foreign page may send unasked", { "content-type": "text/plain" }],
    ["another charset", { "content-type": "application/json; charset=utf-16" }],
    ["a compressed body", { ...JSON_TYPE, "content-encoding": "gzip" }],
  ])("%s is 415", async (_what, headers) => {
    expect(problem(await rig.ask(DISPATCH, { method: "POST", raw: "{}", headers }))).toBe("415 unsupported_media_type");
  });

  test("a JSON type is understood in any case and with a charset", async () => {
    const headers = { "content-type": 'Application/JSON; Charset="UTF-8"', prefer: "respond-async" };
    expect((await rig.ask(DISPATCH, { method: "POST", raw: '{"mission_id":"ct-1","objective":"x"}', headers })).status).toBe(202);
  });

  test("where every member is optional, no body at all stands for {}; any other body is judged", async () => {
    expect(problem(await rig.ask("/api/v1/missions/text-1/abort", { method: "POST", raw: "x=1" }))).toBe("415 unsupported_media_type");
    expect(problem(await rig.ask("/api/v1/missions/text-1/abort", { method: "POST", raw: "[]", headers: JSON_TYPE }))).toBe("400 invalid_request");
    expect((await rig.ask("/api/v1/missions/text-1")).body["state"]).toBe("queued");
    expect(await rig.ask("/api/v1/missions/text-1/abort", { method: "POST" })).toMatchObject({ status: 202, body: { state: "aborted" } });
  });
});

describe("paths", () => {
  test.each([
    "/api/v1/sessions/../dispatch",
    "/api/v1/sessions/%2e%2e/dispatch",
    "/api/v1/sessions/./dispatch",
    "/api/v1/sessions/a%2Fb/dispatch",
    "/api/v1/sessions/a%00b/dispatch",
    "/api/v1/sessions/a%0d%0ab/dispatch",
    "/api/v1/sessions/%E0%A4%A/dispatch",
    "/api/v1/sessions/%C3%A9/dispatch",
    "/api/v1/sessions/a%20b/dispatch",
    `/api/v1/sessions/${"s".repeat(129)}/dispatch`,
    "/api/v1/sessions//dispatch",
  ])("%s names no session", async (path) => {
    expect(problem(await rig.post(path, { mission_id: "m-1", objective: "x" }))).toBe("400 invalid_request");
  });

  test("an encoded but valid id is that id", async () => {
    await rig.post(DISPATCH, { mission_id: "enc-1", objective: "x" }, { headers: { prefer: "respond-async" } });
    expect((await rig.ask("/api/v1/missions/enc%2D1")).body["mission_id"]).toBe("enc-1");
  });

  test.each([
    "/",
    "/api/v1",
    "/api/v1/tokens/x/y",
    "/api/v1/missions/a/b/c",
    "//healthz",
    "/API/v1/version",
    "/x/../api/v1/version",
    "/api/v1/metrics",
    "/metrics/x",
  ])("%s is nothing", async (path) => {
    expect(problem(await rig.ask(path))).toBe("404 not_found");
  });

  test("another method is 405 and says which are possible", async () => {
    const reply = await rig.ask("/api/v1/tokens", { method: "PUT", json: {} });
    expect(problem(reply)).toBe("405 method_not_allowed");
    expect(reply.headers.allow?.split(", ").toSorted()).toEqual(["GET", "HEAD", "POST"]);
    expect(problem(await rig.ask(DISPATCH, { method: "OPTIONS" }))).toBe("405 method_not_allowed");
  });

  test("HEAD is GET without the body", async () => {
    const reply = await rig.ask("/api/v1/version", { method: "HEAD" });
    expect({ status: reply.status, text: reply.text, type: reply.headers["content-type"] }).toEqual({ status: 200, text: "", type: "application/json" });
    expect((await rig.ask("/api/v1/events", { method: "HEAD" })).status).toBe(200);
  });

  test.each([
    "/api/v1/missions?state=flying",
    "/api/v1/missions?limit=0",
    "/api/v1/missions?limit=501",
    "/api/v1/missions?limit=1e2",
    "/api/v1/missions?limit=5&limit=6",
    "/api/v1/missions?sort=name",
    "/api/v1/missions?cursor=%22%27%3B--",
    "/api/v1/missions?cursor=abc",
    "/api/v1/missions?sesion=s1",
    "/api/v1/missions?session=",
    "/api/v1/missions?session=../x",
    "/api/v1/missions/text-1/events?after=-1",
    "/api/v1/missions/text-1/log?after=x",
    "/api/v1/events?after=99999999999999999999",
    "/api/v1/events?token=secret",
    "/api/v1/hitl?state=closed",
    "/api/v1/sessions?x=1",
  ])("%s is not asked rightly", async (path) => {
    expect(problem(await rig.ask(path))).toBe("400 invalid_request");
  });

  test("states are understood as prior art spells them, one or several", async () => {
    expect((await rig.ask("/api/v1/missions?state=queued,cancelled&state=hitl-required&limit=500")).status).toBe(200);
  });
});

describe("who may ask at all", () => {
  test.each(["evil.example", "evil.example:80", "127.0.0.1", "localhost:1", "127.0.0.1.evil.example:7337"])(
    "the Host %j is 421, before anything else",
    async (host) => {
      for (const path of ["/healthz", "/api/v1/version", "/nowhere"])
        expect(problem(await rig.ask(path, { headers: { host } }))).toBe("421 misdirected_request");
    },
  );

  test("a rebound name is refused even with its own Origin", async () => {
    const host = `rebound.example:${rig.port}`;
    expect(problem(await rig.ask("/api/v1/version", { headers: { host, origin: `http://${host}` } }))).toBe("421 misdirected_request");
  });

  test("loopback names with the bound port are ours, in any case", async () => {
    for (const name of ["127.0.0.1", "LOCALHOST", "[::1]"]) expect((await rig.ask("/healthz", { headers: { host: `${name}:${rig.port}` } })).status).toBe(200);
  });

  test.each([
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:1" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ])("%j is 403", async (headers) => {
    const reply = await rig.ask("/api/v1/version", { headers });
    expect(problem(reply)).toBe("403 foreign_origin");
    expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("our own origin passes", async () => {
    const headers = { origin: `http://127.0.0.1:${rig.port}`, "sec-fetch-site": "same-origin" };
    expect((await rig.ask("/api/v1/version", { headers })).status).toBe(200);
  });

  test("upgrades are judged the same way", async () => {
    const upgrade = (headers: string): string =>
      `GET /ws/executors/x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${headers}\r\n`;
    expect(await bytes(upgrade("Host: evil.example\r\n"))).toMatch(/^HTTP\/1.1 421 .*misdirected_request/s);
    expect(await bytes(upgrade(`Host: 127.0.0.1:${rig.port}\r\nOrigin: null\r\n`))).toMatch(/^HTTP\/1.1 403 .*foreign_origin/s);
    expect(await bytes(upgrade(`Host: 127.0.0.1:${rig.port}\r\n`))).toMatch(/^HTTP\/1.1 401 .*unauthorized/s);
    expect(await bytes(upgrade(`Host: 127.0.0.1:${rig.port}\r\nAuthorization: Bearer ${rig.admin}\r\n`))).toMatch(/^HTTP\/1.1 403 .*forbidden/s);
  });

  test("an offer of HTTP/2 is declined by answering", async () => {
    const headers = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
    expect((await rig.ask("/healthz", { headers })).status).toBe(200);
  });

  test("refused tokens are slowed down; a valid one from the same address is not", async () => {
    const replies = await Promise.all(Array.from({ length: 150 }, (_, i) => rig.ask("/api/v1/version", { token: `guess-${i}` })));
    const limited = replies.filter((reply) => reply.status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.body["code"]).toBe("rate_limited");
    expect(Number(limited[0]?.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect((await rig.ask("/api/v1/version")).status).toBe(200);
  });
});

describe("HTTP itself", () => {
  test("headers above 16 KiB are 431", async () => {
    expect(await bytes(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 .*application\/problem\+json.*header_too_large/s,
    );
  });

  test.each([
    "nonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n",
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
  ])("%j is 400", async (text) => {
    expect(await bytes(text)).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*invalid_request/s);
  });

  test("a request without Host is 400", async () => {
    expect(await bytes("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 400 .*invalid_request/s);
    expect(await bytes("GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1.1 421 .*misdirected_request/s);
  });

  test("a target that is no path is 400", async () => {
    const end = `Host: 127.0.0.1:${rig.port}\r\nConnection: close\r\n\r\n`;
    expect(await bytes(`GET http://127.0.0.1:${rig.port}/healthz HTTP/1.1\r\n${end}`)).toMatch(/^HTTP\/1.1 400 .*invalid_request/s);
    expect(await bytes(`OPTIONS * HTTP/1.1\r\n${end}`)).toMatch(/^HTTP\/1.1 400 .*invalid_request/s);
  });

  test("what is broken behind a good request never passes for its answer", async () => {
    const good = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\n\r\n`;
    const got = await bytes(`${good}nonsense\r\n\r\n${good}`);
    expect(got.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
  });
});

test("whatever the body is, the answer is never 5xx but for a missing executor", async () => {
  const body = fc.oneof(
    fc.json({ maxDepth: 6 }),
    fc.string({ unit: "binary" }),
    fc.uint8Array().map((array) => Buffer.from(array)),
    fc
      .record(
        {
          mission_id: fc.oneof(fc.string(), fc.jsonValue(), fc.constant("p-1")),
          objective: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
          completion: fc.jsonValue(),
          executor_filter: fc.jsonValue(),
          workspace: fc.oneof(fc.jsonValue(), fc.record({ repo: fc.jsonValue() })),
          checks: fc.oneof(fc.jsonValue(), fc.array(fc.record({ run: fc.jsonValue(), timeout_s: fc.jsonValue() }))),
          limits: fc.oneof(fc.jsonValue(), fc.record({ cost_usd: fc.jsonValue(), tokens: fc.jsonValue() })),
          metadata: fc.oneof(fc.jsonValue(), fc.constantFrom(JSON.parse('{"__proto__":{"a":1}}'), { constructor: 1 })),
          __proto__: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  const paths = fc.constantFrom(
    DISPATCH,
    "/api/v1/executors/register",
    "/api/v1/tokens",
    "/api/v1/missions/text-1/hitl_response",
    "/api/v1/missions/unknown/resume",
  );
  await fc.assert(
    fc.asyncProperty(paths, body, async (path, raw) => {
      const reply = await rig.ask(path, { method: "POST", raw, headers: JSON_TYPE });
      if (reply.status >= 500) expect({ status: reply.status, code: reply.body["code"], raw }).toMatchObject({ status: 503, code: "no_executor_available" });
      if (reply.status >= 400) expect(reply.headers["content-type"]).toBe("application/problem+json");
    }),
    { numRuns: 400 },
  );
});
