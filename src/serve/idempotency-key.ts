// The Idempotency-Key header: a Structured Field string (RFC 8941 §3.3.3); unquoted is tolerated. Must not know what it identifies.
import { AiwgError } from "../core/errors.ts";
import { LIMITS } from "./limits.ts";

// sf-string, then parameters, which have no meaning here but are no fault either.
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:; *[a-z*][a-z0-9_\-.*]*(?:=(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[^\s";,]+))?)*$/;
// One token-like word: what clients send that do not quote, without the characters that mean a list or a string.
const UNQUOTED = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** The key of the header's text, or undefined without a header. Throws `invalid_request` for anything that is no key. */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const quoted = QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, "$1");
  const key = quoted ?? (UNQUOTED.test(text) ? text : undefined);
  if (key === undefined) throw new AiwgError("invalid_request", 'the Idempotency-Key header is not one string such as "8e03…"');
  if (key === "") throw new AiwgError("invalid_request", "the Idempotency-Key header is empty");
  if (key.length > LIMITS.idempotencyKey)
    throw new AiwgError("invalid_request", `the Idempotency-Key header has more than ${LIMITS.idempotencyKey} characters`);
  return key;
}
