// One-time codes for browsers (contract §2.2, session-code): once, within a minute, and not to be guessed.
import { afterEach, beforeEach, expect, test } from "vitest";
import { sessionCodeSchema } from "../../src/mission/wire/http.ts";
import { LIMITS, REFUSALS } from "../../src/serve/limits.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { problem, startRig, type Reply, type Rig } from "./serve-rig.ts";

let rig: Rig;
let clock: VirtualClock;
beforeEach(async () => {
  clock = new VirtualClock();
  rig = await startRig({ clock });
});
afterEach(() => rig.end());

const exchange = (code: string): Promise<Reply> => rig.post("/api/v1/session-code", { code }, { token: null });

test("a code is a browser's token of role operate for twelve hours, once", async () => {
  const code = rig.serve.mintCode();
  const reply = await exchange(code);
  expect(reply).toMatchObject({ status: 200, body: { role: "operate", expires_at: new Date(clock.now() + 12 * 3_600_000).toISOString() } });
  expect(sessionCodeSchema.parse(reply.body)).toEqual(reply.body);
  expect(reply.headers["cache-control"]).toBe("no-store");
  const token = String(reply.body["token"]);
  expect((await rig.ask("/api/v1/missions", { token })).status).toBe(200);
  expect(problem(await rig.ask("/api/v1/tokens", { token }))).toBe("403 forbidden");
  expect(problem(await exchange(code))).toBe("401 unauthorized");
  expect((await rig.ask("/api/v1/tokens")).text).not.toContain(token);
  clock.advance(12 * 3_600_000);
  expect(problem(await rig.ask("/api/v1/missions", { token }))).toBe("401 unauthorized");
});

test("an admin's token mints a code that ends when it says", async () => {
  const minted = await rig.post("/api/v1/session-codes", undefined);
  expect(minted).toMatchObject({ status: 201, body: { expires_at: new Date(clock.now() + LIMITS.codeTtlMs).toISOString() } });
  expect(minted.headers["cache-control"]).toBe("no-store");
  expect((await exchange(String(minted.body["code"]))).status).toBe(200);
  expect(problem(await rig.post("/api/v1/session-codes", undefined, { token: (await rig.mint("operate")).token }))).toBe("403 forbidden");
});

test("of many who send one code at once exactly one gets a token", async () => {
  const code = rig.serve.mintCode();
  const replies = await Promise.all(Array.from({ length: 10 }, () => exchange(code)));
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
});

test("a code ends after a minute, and when too many newer ones wait", async () => {
  const code = rig.serve.mintCode();
  clock.advance(LIMITS.codeTtlMs - 1);
  const kept = rig.serve.mintCode();
  clock.advance(1);
  expect(problem(await exchange(code))).toBe("401 unauthorized");
  for (let i = 0; i < LIMITS.codes; i++) rig.serve.mintCode();
  expect(problem(await exchange(kept))).toBe("401 unauthorized");
});

test("guessing is slowed down, and a valid token from the same address still passes", async () => {
  for (let i = 0; i < REFUSALS.burst; i++) expect((await exchange(`guess-${i}`)).status).toBe(401);
  const slowed = await exchange("guess");
  expect(problem(slowed)).toBe("429 rate_limited");
  expect(Number(slowed.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect((await rig.ask("/api/v1/version")).status).toBe(200);
  expect((await exchange(rig.serve.mintCode())).status).toBe(200);
});

test("who has no token can send no more than a code, and only from our own pages", async () => {
  expect(problem(await exchange("x".repeat(LIMITS.codeBody)))).toBe("413 too_large");
  expect(problem(await rig.post("/api/v1/session-code", {}, { token: null }))).toBe("400 invalid_request");
  const code = rig.serve.mintCode();
  const foreign = { origin: "https://evil.example" };
  expect(problem(await rig.post("/api/v1/session-code", { code }, { token: null, headers: foreign }))).toBe("403 foreign_origin");
  expect((await exchange(code)).status).toBe(200);
});
