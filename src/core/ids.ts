// Identifiers: which are valid, and how ours are minted. Must not know what an id stands for.

/** Ids on the wire: 1–128 of `[A-Za-z0-9._:-]`, neither `.` nor `..`. */
export const ID_PATTERN = /^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/;

/** True if `text` may name a mission, session or executor. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

/** A UUID version 7 (RFC 9562 §5.7) for the given wall time: sorts by time. */
export function uuidv7(nowMs: number): string {
  const time = Math.trunc(nowMs).toString(16).padStart(12, "0").slice(-12);
  // The platform takes its randomness by the block; of its version 4 all but the first 48 bits and the version stay.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${globalThis.crypto.randomUUID().slice(15)}`;
}

/** Prefixes of minted ids, by what they name. */
export type IdKind = "m" | "s" | "q" | "t" | "e" | "serve";

/** A new id such as `m-01935c…`: unique without asking anyone, sortable by time. */
export function mintId(kind: IdKind, nowMs: number): string {
  return `${kind}-${uuidv7(nowMs)}`;
}

/** 256 random bits as base64url, for tokens. */
export function mintSecret(): string {
  return btoa(String.fromCharCode(...globalThis.crypto.getRandomValues(new Uint8Array(32))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
