// Identifiers: which are valid, and how ours are minted. Must not know what an id stands for.
import { getRandomValues } from "./random.ts";

/** Ids on the wire: 1–128 of `[A-Za-z0-9._:-]`, neither `.` nor `..`. */
export const ID_PATTERN = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/;

/** True if `text` may name a mission, session or executor. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
};

/** A UUID version 7 (RFC 9562 §5.7) for the given wall time: sorts by time. */
export function uuidv7(nowMs: number): string {
  const bytes = getRandomValues(16);
  let rest = Math.trunc(nowMs);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const text = hex(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

/** Prefixes of minted ids, by what they name. */
export type IdKind = "m" | "s" | "q" | "t" | "e" | "serve";

/** A new id such as `m-01935c…`: unique without asking anyone, sortable by time. */
export function mintId(kind: IdKind, nowMs: number): string {
  return `${kind}-${uuidv7(nowMs)}`;
}

/** 256 random bits as base64url, for tokens. */
export function mintSecret(): string {
  return btoa(String.fromCharCode(...getRandomValues(32)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
