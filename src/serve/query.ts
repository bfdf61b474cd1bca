// Parts of query strings that several routes share: whole numbers, page limits, cursors. Must not know any route.
import { z } from "zod";

/** A whole number from 0 up to what JavaScript counts exactly. */
export const wholeNumber = z
  .string()
  .regex(/^\d{1,16}$/, "must be a whole number")
  .transform(Number)
  .refine(Number.isSafeInteger, "is too large");

/** A page size from 1 to `most`. */
export function limitQuery(most: number) {
  return wholeNumber.refine((n) => n >= 1 && n <= most, `must be 1 to ${most}`);
}

/** An opaque cursor as an earlier page gave it. */
export const cursorQuery = z.string().regex(/^[A-Za-z0-9_\-.~:=]{1,512}$/, "is not a cursor of ours");
