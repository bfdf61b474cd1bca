import { describe, expect, test } from "vitest";
import { AiwgError, ERRORS, type ErrorCode } from "../core/errors.ts";
import { problemSchema } from "../mission/wire/http.ts";
import { problemOf, rawProblem } from "./problem.ts";

describe("problemOf", () => {
  test("every code becomes a whole problem document with the status of its row", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { status, body } = problemOf(new AiwgError(code, "what happened"));
      expect(problemSchema.parse(body)).toEqual(body);
      expect(body).toMatchObject({ type: `urn:aiwg:problem:${code}`, status, code });
      expect(status).toBe(ERRORS[code].status);
    }
  });

  test("each 429 and 503 says when to come back, in whole seconds from 1 on", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { status, headers } = problemOf(new AiwgError(code, "x", { retryAfterS: 0.2 }));
      if (status === 429 || status === 503) expect(headers["Retry-After"]).toBe("1");
    }
    expect(problemOf(new AiwgError("rate_limited", "x", { retryAfterS: 4.1 })).headers["Retry-After"]).toBe("5");
  });

  test("what is not our error shows nothing of its inside", () => {
    for (const thrown of [new Error("SELECT secret FROM /home/me"), "text", undefined, new AiwgError("internal", "broken invariant: secret")]) {
      const { status, body } = problemOf(thrown);
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toContain("secret");
    }
  });

  test("issues become errors with pointers", () => {
    const error = new AiwgError("invalid_request", "x", { issues: [{ pointer: "/a/0", message: "is wrong" }] });
    expect(problemOf(error).body.errors).toEqual([{ pointer: "/a/0", message: "is wrong" }]);
  });
});

test("a raw problem is one complete HTTP message that ends its connection", () => {
  const text = rawProblem(new AiwgError("header_too_large", "too many – ü"));
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 431 /);
  expect(head).toContain("Connection: close");
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
  expect(JSON.parse(body)).toMatchObject({ code: "header_too_large" });
});
