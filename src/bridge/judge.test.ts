// Judgement of answers: what may fail a mission and what may not, for every status and code there is.
import fc from "fast-check";
import { expect, test } from "vitest";
import { AiwgError, ERRORS, type ErrorCode } from "../core/errors.ts";
import type { Attempt } from "./dispatch/attempt.ts";
import { failureOf, judge, type Verdict } from "./judge.ts";

const codes = Object.keys(ERRORS) as ErrorCode[];
const answer = (status: number, code?: string, body: Record<string, unknown> | null = {}): Attempt => ({
  kind: "answer",
  status,
  code,
  body,
  message: "because",
  retryAfterMs: undefined,
  replayed: false,
});
const verdict = (attempt: Attempt): Verdict => judge("m-1", "http://serve", attempt);
const mayRefuse = (code: string): boolean =>
  code === "executor_not_found" || codes.some((known) => known === code && [400, 413, 422].includes(ERRORS[known].status));

test("only a final answer with a code of 400, 413, 422 or executor_not_found refuses a mission", () => {
  const status = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(...codes.map((code) => ERRORS[code].status)));
  fc.assert(
    fc.property(status, fc.option(fc.oneof(fc.constantFrom<string>(...codes), fc.string()), { nil: undefined }), (given, code) => {
      const { kind } = verdict(answer(given, code));
      const refused = given >= 400 && given < 500 && code !== undefined && mayRefuse(code);
      expect(kind === "refused").toBe(refused);
    }),
    { numRuns: 1_000 },
  );
});

test("every answer that fails nothing states a reason", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.option(fc.constantFrom<string>(...codes), { nil: undefined }), (status, code) => {
      const given = verdict(answer(status, code));
      const reason = given.kind === "accepted" ? "accepted" : given.kind === "line" ? given.failure.reason : given.reason;
      expect(reason.length).toBeGreaterThan(5);
    }),
  );
});

test.each([
  [answer(401, "unauthorized"), "line", "fault"],
  [answer(403, "forbidden"), "line", "fault"],
  [answer(415, "unsupported_media_type"), "line", "fault"],
  [answer(404, "not_found"), "line", "fault"],
  [answer(421, "misdirected_request"), "line", "fault"],
  [answer(302), "line", "fault"],
  [answer(502), "line", "fault"],
  [answer(400), "line", "fault"],
  [answer(400, "made_up"), "line", "fault"],
  [answer(200, undefined, null), "line", "fault"],
  [answer(200, undefined, { mission_id: "m-2" }), "line", "fault"],
  [answer(429, "rate_limited"), "line", "silent"],
  [answer(503, "store_unavailable"), "line", "silent"],
  [answer(500, "internal"), "line", "silent"],
  [{ kind: "none", message: "reset", neverSent: false } as const, "line", "silent"],
  [answer(409, "idempotency_conflict"), "again", undefined],
  [answer(409, "state_conflict"), "again", undefined],
  [answer(503, "no_executor_available"), "again", undefined],
  [answer(409, "tombstone"), "tombstone", undefined],
  [{ kind: "aborted" } as const, "again", undefined],
])("%j is %s (%s)", (attempt, kind, failure) => {
  const given = verdict(attempt);
  expect([given.kind, given.kind === "line" ? given.failure.kind : undefined]).toEqual([kind, failure]);
});

test("an outcome counts as unknown exactly where serve may have stored the mission", () => {
  const unknown = (attempt: Attempt): boolean => {
    const given = verdict(attempt);
    return (given.kind === "line" || given.kind === "again") && given.unknown;
  };
  for (const attempt of [
    { kind: "none", message: "cut", neverSent: false } as const,
    answer(502),
    answer(408),
    answer(500, "internal"),
    answer(409, "idempotency_conflict"),
  ]) {
    expect(unknown(attempt)).toBe(true);
  }
  for (const attempt of [
    { kind: "none", message: "refused", neverSent: true } as const,
    answer(401, "unauthorized"),
    answer(302),
    answer(503, "no_executor_available"),
    answer(429, "rate_limited"),
  ]) {
    expect(unknown(attempt)).toBe(false);
  }
});

test("an accepted mission says where it is, whoever accepted it", () => {
  const ours = { mission_id: "m-1", status: "queued", executor_id: null, attempt: 0 };
  expect(verdict(answer(202, undefined, ours))).toMatchObject({ kind: "accepted", state: "queued", executorId: null });
  expect(verdict(answer(202, undefined, { ...ours, status: "assigned", executor_id: "e-1", attempt: 1 }))).toMatchObject({
    state: "assigned",
    executorId: "e-1",
    attempt: 1,
  });
  expect(verdict(answer(202, undefined, { mission_id: "m-1", executor_id: "e-1" }))).toMatchObject({ kind: "accepted", state: "assigned" });
});

test("other calls of serve fail the line: by fault where only configuration helps, else for a while", () => {
  expect(failureOf(new AiwgError("unauthorized", "no"))).toEqual({ kind: "fault", reason: "serve refused the token" });
  expect(failureOf(new AiwgError("stopping", "bye", { retryAfterS: 2 }))).toMatchObject({ kind: "silent", retryAfterMs: 2_000 });
  expect(failureOf(new TypeError("odd"))).toMatchObject({ kind: "silent" });
});
