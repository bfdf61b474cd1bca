// JSON from outside: parsing without throwing, canonical form (RFC 8785), schema issues as JSON Pointers.
// Must not know any particular schema.
import canonicalize from "canonicalize";
import type { z } from "zod";
import { AiwgError, type Issue } from "./errors.ts";

/** The parsed value, or undefined if the text is not JSON. */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** RFC 8785 (JCS) text of a JSON value: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new AiwgError("invalid_request", "the value has no canonical JSON form");
  return text;
}

/** RFC 6901 pointer of a path of keys. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A zod failure as issues with pointers. */
export function issuesOf(error: z.ZodError): Issue[] {
  return error.issues.map((issue) => ({ pointer: jsonPointer(issue.path), message: issue.message }));
}

/** The parsed value of `schema`, or an `invalid_request` that lists every wrong place. `what` names the thing. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  const first = issues[0];
  throw new AiwgError("invalid_request", `${what} is not valid: ${first ? `${first.pointer || "/"}: ${first.message}` : "unknown"}`, { issues });
}
