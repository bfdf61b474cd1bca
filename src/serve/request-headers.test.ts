import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAiwgError } from "../core/errors.ts";
import { parseIdempotencyKey } from "./idempotency-key.ts";
import { prefers } from "./prefer.ts";

describe("parseIdempotencyKey", () => {
  test.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ["8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"],
    [String.raw`"a \"quoted\" \\ key"`, String.raw`a "quoted" \ key`],
    ['  "spaced"  ', "spaced"],
    ['"k";a;b=1;c="x"', "k"],
    ["m-1:2.3_4", "m-1:2.3_4"],
  ])("%s is the key %s", (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test("quoted and unquoted spellings are one key", () => {
    expect(parseIdempotencyKey('"abc"')).toBe(parseIdempotencyKey("abc"));
  });

  test("no header is no key", () => {
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  test.each([
    "",
    " ",
    '""',
    '"',
    '"a',
    'a"',
    '"a" b',
    '"a", "b"',
    "a,b",
    "a;b",
    "a b",
    '"é"',
    "é",
    '"a\tb"',
    String.raw`"\a"`,
    "k".repeat(256),
    `"${"k".repeat(256)}"`,
  ])("%j is refused", (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });

  test("every printable key survives quoting", () => {
    const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), minLength: 1, maxLength: 255 });
    fc.assert(
      fc.property(printable, (key) => {
        expect(parseIdempotencyKey(`"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`)).toBe(key);
      }),
    );
  });

  test("any text gives a key or our error, quickly", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (header) => {
        try {
          expect(parseIdempotencyKey(header)).toEqual(expect.any(String));
        } catch (error) {
          expect(isAiwgError(error)).toBe(true);
        }
      }),
    );
    const hostile = `"a"${";a=".repeat(5_000)}\u0000`;
    expect(() => parseIdempotencyKey(hostile)).toThrow(expect.objectContaining({ code: "invalid_request" }));
  });
});

describe("prefers", () => {
  test.each([
    "respond-async",
    "Respond-Async",
    " respond-async ;x=1",
    "wait=10, respond-async",
    'a="b, c" , respond-async',
    "respond-async=",
    'x="\\"", respond-async',
  ])("%j asks", (header) => {
    expect(prefers(header, "respond-async")).toBe(true);
  });

  test.each([undefined, "", "wait=10", 'x="respond-async"', 'x="a, respond-async, b"', "respond-asynchronously", "no-respond-async", ";respond-async"])(
    "%j does not ask",
    (header) => {
      expect(prefers(header, "respond-async")).toBe(false);
    },
  );
});
