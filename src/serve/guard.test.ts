import { describe, expect, test } from "vitest";
import { allowedFor, judgeRequest } from "./guard.ts";

const allowed = allowedFor("127.0.0.1", 7337);
const codeOf = (headers: Record<string, string>): string | undefined => judgeRequest(headers, allowed)?.code;

describe("judgeRequest", () => {
  test("loopback names with the bound port pass, in any case", () => {
    for (const host of ["127.0.0.1:7337", "localhost:7337", "LocalHost:7337", "[::1]:7337"]) expect(codeOf({ host })).toBeUndefined();
  });

  test.each([
    "127.0.0.1",
    "127.0.0.1:80",
    "evil.example:7337",
    "localhost.:7337",
    "127.0.0.1:7337.evil.example",
    "0.0.0.0:7337",
    "127.1:7337",
    " 127.0.0.1:7337",
    "",
  ])("Host %j is misdirected", (host) => {
    expect(codeOf({ host })).toBe("misdirected_request");
  });

  test("no Host is no request", () => {
    expect(codeOf({})).toBe("invalid_request");
  });

  test.each(["null", "https://127.0.0.1:7337", "http://127.0.0.1", "http://evil.example", "http://127.0.0.1:7337, http://evil.example", ""])(
    "Origin %j is foreign",
    (origin) => {
      expect(codeOf({ host: "127.0.0.1:7337", origin })).toBe("foreign_origin");
    },
  );

  test("Origin is judged by the list, not by Host", () => {
    expect(codeOf({ host: "127.0.0.1:7337", origin: "http://localhost:7337" })).toBeUndefined();
    expect(judgeRequest({ host: "evil.example:7337", origin: "http://evil.example:7337" }, allowed)?.code).toBe("misdirected_request");
  });

  test("a browser that says another site asks is believed", () => {
    for (const site of ["cross-site", "same-site", "anything"]) expect(codeOf({ host: "localhost:7337", "sec-fetch-site": site })).toBe("foreign_origin");
    for (const site of ["same-origin", "none"]) expect(codeOf({ host: "localhost:7337", "sec-fetch-site": site })).toBeUndefined();
  });

  test("on HTTP's own port the port may be left out", () => {
    const web = allowedFor("127.0.0.1", 80);
    expect(judgeRequest({ host: "localhost", origin: "http://localhost" }, web)).toBeUndefined();
  });
});
