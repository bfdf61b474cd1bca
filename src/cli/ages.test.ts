import { expect, test } from "vitest";
import { age, ago, until } from "./ages.ts";

test("a time is said as its distance, and as now within a second or where a clock is ahead", () => {
  const now = Date.parse("2026-01-01T00:00:10.000Z");
  expect([age("2026-01-01T00:00:07.000Z", now), age("2026-01-01T00:00:09.500Z", now), age("2026-01-01T00:01:00.000Z", now)]).toEqual(["3 s", "now", "now"]);
  expect([ago("2026-01-01T00:00:07.000Z", now), ago("2026-01-01T00:00:09.500Z", now)]).toEqual(["3 s ago", "just now"]);
  expect([until("2026-01-01T00:00:13.000Z", now), until("2026-01-01T00:00:10.500Z", now)]).toEqual(["in 3 s", "now"]);
});
