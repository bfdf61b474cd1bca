// The dispatch client against a real HTTP server: what it sends, what it makes of each answer, how it waits and stops.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServe, problem, type Scripted } from "../../test/support/fake-serve.ts";
import { backoffMs, classifyStatus, dispatchMission, reasonForStatus, sleep, type DispatchOptions } from "./dispatch.ts";
import { jitteredMs, retryAfterMs } from "../core/backoff.ts";

let serve: FakeServe;
beforeEach(async () => {
  serve = await new FakeServe().start();
});
afterEach(() => serve.stop());

const payload = { mission_id: "m-1", objective: "write it" };
const answers = (...list: Scripted[]): void => {
  let n = 0;
  serve.script = () => list[Math.min(n++, list.length - 1)];
};
const run = (extra: Partial<DispatchOptions> = {}, signal?: AbortSignal) =>
  dispatchMission({ aiwgServeUrl: serve.url, token: serve.token, retryBaseMs: 1, ...extra }, "s-1", payload, signal);

test("a dispatch carries type, token, quoted key and preference, and its outcome says what serve said", async () => {
  answers({ status: 202, json: { executor_id: "e-1", estimated_start: "soon", dispatch_path: "ws", idempotent_replayed: true } });
  const outcome = await dispatchMission({ aiwgServeUrl: serve.url, token: "t", respondAsync: true }, "s/ö 1", { ...payload, mission_id: 'a"b\\c' });
  expect(outcome).toEqual({
    outcome: "accepted",
    missionId: 'a"b\\c',
    executorId: "e-1",
    estimatedStart: "soon",
    dispatchPath: "ws",
    idempotentReplayed: true,
    attempts: 1,
  });
  const [request] = serve.requests;
  expect(request).toMatchObject({
    method: "POST",
    path: "/api/v1/sessions/s%2F%C3%B6%201/dispatch",
    headers: { "content-type": "application/json", authorization: "Bearer t", "idempotency-key": '"a\\"b\\\\c"', prefer: "respond-async" },
  });
  expect(JSON.parse(request?.body ?? "")).toEqual({ ...payload, mission_id: 'a"b\\c' });
});

test("without token and respondAsync neither header is sent", async () => {
  await run({ token: undefined, maxAttempts: 1 });
  expect(serve.requests[0]?.headers).not.toHaveProperty("authorization");
  expect(serve.requests[0]?.headers).not.toHaveProperty("prefer");
});

test("a base URL may have a path and trailing slashes", async () => {
  await run({ aiwgServeUrl: `${serve.url}/proxy/aiwg//`, maxAttempts: 1 });
  expect(serve.requests[0]?.path).toBe("/proxy/aiwg/api/v1/sessions/s-1/dispatch");
});

test("a queued mission has a null executor; an answer that names none has an unknown one", async () => {
  expect(await run()).toMatchObject({ outcome: "accepted", executorId: null, idempotentReplayed: false });
  expect(await run()).toMatchObject({ outcome: "accepted", idempotentReplayed: true });
  answers({ status: 200, text: "" });
  expect(await run()).toMatchObject({ outcome: "accepted", executorId: "unknown" });
  answers({ status: 202, json: {}, headers: { "Idempotent-Replayed": "true" } });
  expect(await run()).toMatchObject({ idempotentReplayed: true });
});

test("transient answers are retried under the same key and body until one is accepted", async () => {
  const logged: string[] = [];
  answers(
    { status: 500 },
    { status: 408 },
    { status: 425 },
    problem("rate_limited"),
    "cut",
    problem("idempotency_conflict", "busy", { "Retry-After": "0" }),
    undefined,
  );
  const outcome = await run({ maxAttempts: Infinity, logger: (event) => void logged.push(event) });
  expect(outcome).toMatchObject({ outcome: "accepted", attempts: 7 });
  expect(new Set(serve.requests.map((request) => request.headers["idempotency-key"]))).toEqual(new Set(['"m-1"']));
  expect(new Set(serve.requests.map((request) => request.body)).size).toBe(1);
  expect(logged.filter((event) => event === "dispatch-client:retrying")).toHaveLength(6);
  expect(logged.filter((event) => event === "dispatch-client:network-error")).toHaveLength(1);
  expect(logged.at(-1)).toBe("dispatch-client:accepted");
});

test.each([
  [400, undefined, "invalid_request"],
  [401, undefined, "unauthorized"],
  [403, "forbidden", "unauthorized"],
  [404, undefined, "executor_not_found"],
  [404, "not_found", "executor_not_found"],
  [409, "tombstone", "idempotency_conflict"],
  [422, undefined, "idempotency_key_reused"],
  [413, "too_large", "client_error"],
  [418, undefined, "client_error"],
  [400, "idempotency_key_reused", "idempotency_key_reused"],
  [302, undefined, "client_error"],
])("%i with code %s is final at once: %s", async (status, code, reason) => {
  const logged: string[] = [];
  answers({ status, headers: { location: `${serve.url}/elsewhere` }, json: { code, detail: "because", error: "not this" } });
  expect(await run({ logger: (event) => void logged.push(event) })).toEqual({
    outcome: "failed",
    missionId: "m-1",
    reason,
    ...(code === undefined ? {} : { code }),
    message: "because",
    status,
    attempts: 1,
    retryable: false,
  });
  expect(serve.requests).toHaveLength(1);
  expect(logged).toEqual(["dispatch-client:terminal"]);
});

test.each([
  [problem("no_executor_available"), "no_executor_available", 503],
  [{ status: 503 }, "no_executor_available", 503],
  [problem("store_unavailable"), "dispatch_error", 503],
  [{ status: 502, text: "<html>Bad Gateway</html>" }, "dispatch_error", 502],
] as [Scripted, string, number][])("given up after the last attempt it stays retryable: %j", async (answer, reason, status) => {
  const logged: string[] = [];
  answers(answer);
  expect(await run({ maxAttempts: 3, logger: (event) => void logged.push(event) })).toMatchObject({ reason, status, attempts: 3, retryable: true });
  expect(logged).toEqual(["dispatch-client:retrying", "dispatch-client:retrying", "dispatch-client:exhausted"]);
});

test("the message is the detail, else the error, else the status, whatever the body is", async () => {
  for (const [answer, message] of [
    [{ status: 400, json: { detail: "d", error: "e" } }, "d"],
    [{ status: 400, json: { error: "e" } }, "e"],
    [{ status: 400, json: { detail: 7 } }, "HTTP 400"],
    [{ status: 400, text: "<html>no</html>" }, "HTTP 400"],
    [{ status: 400, json: ["detail"] }, "HTTP 400"],
    [{ status: 400, text: "x".repeat(9 * 1024 * 1024) }, "HTTP 400"],
  ] as const) {
    answers(answer);
    expect(await run()).toMatchObject({ message });
  }
});

test("nobody there is unreachable, status -1, retryable, and names the cause", async () => {
  await serve.stop();
  const outcome = await run({ maxAttempts: 2 });
  expect(outcome).toMatchObject({ reason: "unreachable", status: -1, attempts: 2, retryable: true, message: expect.stringContaining("ECONNREFUSED") });
});

test("an attempt that is not answered in time is retried, also when the body never ends", async () => {
  answers("hang");
  expect(await run({ attemptTimeoutMs: 50, maxAttempts: 2 })).toMatchObject({ reason: "unreachable", attempts: 2, message: expect.stringContaining("50 ms") });
  const endless = createServer((_, response) => void response.writeHead(202).write("{"));
  await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
  const aiwgServeUrl = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  expect(await run({ aiwgServeUrl, attemptTimeoutMs: 50, maxAttempts: 1 })).toMatchObject({ reason: "unreachable", status: -1, retryable: true });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  expect(await run({ aiwgServeUrl }, controller.signal)).toMatchObject({ reason: "aborted", attempts: 1 });
  endless.closeAllConnections();
  endless.close();
});

test("the signal ends a wait, an attempt, or all of it before it begins", async () => {
  expect(await run({}, AbortSignal.abort())).toMatchObject({ reason: "aborted", attempts: 0, status: -1 });
  expect(serve.requests).toHaveLength(0);
  answers({ status: 503, headers: { "Retry-After": "300" } });
  const waiting = new AbortController();
  const logger = (event: string): void => {
    if (event === "dispatch-client:retrying") setImmediate(() => waiting.abort());
  };
  expect(await run({ logger }, waiting.signal)).toMatchObject({ reason: "aborted", attempts: 1, status: 503 });
  const deaf = new AbortController();
  const fetchImpl: typeof fetch = () => {
    setImmediate(() => deaf.abort());
    return new Promise<Response>(() => undefined);
  };
  expect(await run({ fetchImpl }, deaf.signal)).toMatchObject({ reason: "aborted", attempts: 1 });
});

test("what cannot be sent fails at once with a reason, and the token is never quoted", async () => {
  const token = "sécret\n";
  const cases = [
    dispatchMission({ aiwgServeUrl: "not a url" }, "s", payload),
    dispatchMission({ aiwgServeUrl: "ftp://127.0.0.1/" }, "s", payload),
    dispatchMission({ aiwgServeUrl: serve.url, token }, "s", payload),
    dispatchMission({ aiwgServeUrl: serve.url }, "..", payload),
    dispatchMission({ aiwgServeUrl: serve.url }, "\ud800", payload),
    dispatchMission({ aiwgServeUrl: serve.url }, "s", { mission_id: "m", n: 1n }),
    dispatchMission({ aiwgServeUrl: serve.url }, "s", { mission_id: "" }),
  ];
  for (const outcome of await Promise.all(cases)) {
    expect(outcome).toMatchObject({ outcome: "failed", status: -1, attempts: 0, retryable: false });
    expect(JSON.stringify(outcome)).not.toContain("cret");
  }
  expect(serve.requests).toHaveLength(0);
});

test("numbers that make no sense count as the defaults", async () => {
  answers({ status: 500 });
  const bad = { retryBaseMs: Number.NaN, maxAttempts: Number.NaN, attemptTimeoutMs: -1, maxBackoffMs: -5, random: () => Number.NaN };
  expect(await run(bad)).toMatchObject({ attempts: 5 });
  expect(await run({ ...bad, maxAttempts: -3 })).toMatchObject({ attempts: 1 });
});

test("a wait lies in [0, bound], grows by doubling up to the maximum, and is never shorter than Retry-After", async () => {
  const waits: number[] = [];
  const clock = {
    now: () => Date.parse("2026-01-01T00:00:00Z"),
    after(ms: number, fn: () => void) {
      // The long timers are the attempts' own limits.
      if (ms !== 77_777) waits.push(ms);
      const timer = ms === 77_777 ? undefined : setImmediate(fn);
      return () => clearImmediate(timer);
    },
  };
  answers({ status: 500 });
  await run({ clock, random: () => 1, retryBaseMs: 100, maxBackoffMs: 500, attemptTimeoutMs: 77_777 });
  expect(waits.splice(0)).toEqual([100, 200, 400, 500]);
  await run({ clock, random: () => 0.5, retryBaseMs: 100, maxAttempts: 2, attemptTimeoutMs: 77_777 });
  expect(waits.splice(0)).toEqual([50]);
  for (const [header, wait] of [
    ["7", 7_000],
    ["100000", 300_000],
    ["Thu, 01 Jan 2026 00:00:09 GMT", 9_000],
    ["Thursday, 01-Jan-26 00:00:09 GMT", 9_000],
    ["Thu Jan  1 00:00:09 2026", 9_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 100],
    ["-4", 100],
    ["1.5", 100],
    ["soon 5", 100],
  ] as const) {
    answers({ status: 503, headers: { "Retry-After": header } });
    await run({ clock, random: () => 1, retryBaseMs: 100, maxAttempts: 2, attemptTimeoutMs: 77_777 });
    expect([header, ...waits.splice(0)]).toEqual([header, wait]);
  }
  answers({ status: 503, headers: { "Retry-After": "7" } });
  expect(await run({ maxAttempts: 1 })).toMatchObject({ retryAfterMs: 7_000 });
});

test("a logger that throws changes no outcome", async () => {
  const logger = (): never => {
    throw new Error("disk full");
  };
  expect(await run({ logger })).toMatchObject({ outcome: "accepted" });
});

test("every status has exactly one class and a reason", () => {
  const transient = [408, 425, 429, ...Array.from({ length: 100 }, (_, i) => 500 + i)];
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.boolean(), (status, retryAfter) => {
      const success = status >= 200 && status < 300;
      const again = transient.includes(status) || (status === 409 && retryAfter);
      expect(classifyStatus(status, retryAfter)).toBe(success ? "accepted" : again ? "retryable" : "terminal");
      expect(["unreachable", "aborted"]).not.toContain(reasonForStatus(status, "unreachable"));
    }),
  );
  expect(classifyStatus(-1)).toBe("retryable");
  expect(reasonForStatus(-1)).toBe("unreachable");
});

test("bounds never shrink with attempts, never pass the maximum, and waits never leave their bounds", () => {
  const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), ms, ms, fc.double({ min: 0, max: 1 }), fc.option(ms, { nil: undefined }), (n, base, max, share, asked) => {
      const bound = backoffMs(n, base, max);
      expect(bound).toBeLessThanOrEqual(max);
      expect(bound).toBeGreaterThanOrEqual(0);
      expect(backoffMs(n + 1, base, max)).toBeGreaterThanOrEqual(bound);
      const wait = jitteredMs(bound, asked, () => share);
      expect(wait).toBeGreaterThanOrEqual(asked ?? 0);
      expect(wait).toBeLessThanOrEqual(Math.max(bound, asked ?? 0));
    }),
  );
  expect([1, 2, 3, 20].map((n) => backoffMs(n, 500))).toEqual([500, 1_000, 2_000, 30_000]);
  for (const bad of [Number.NaN, -1, 0]) expect(backoffMs(bad, 500)).toBe(500);
  expect(backoffMs(2, Number.NaN)).toBe(1_000);
});

test("a Retry-After is understood or ignored, never NaN", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const wait = retryAfterMs(text, 0);
      expect(wait === undefined || (wait >= 0 && wait <= 300_000)).toBe(true);
    }),
  );
});

test("sleep ends at once when aborted, and never rejects", async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  expect(await Promise.all([sleep(60_000, AbortSignal.abort()), sleep(60_000, controller.signal)])).toEqual([undefined, undefined]);
});
