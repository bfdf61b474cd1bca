// How much a source from elsewhere may be, and how long fetching it may take. Data only.
import { LIMITS } from "../parse/tree.ts";

/** `idleMs`: without a byte; `totalMs`: in all. `packedBytes` is what is transferred; `unpackedBytes` what an archive may swell to. */
export type FetchLimits = {
  readonly idleMs: number;
  readonly totalMs: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly entries: number;
  readonly fileBytes: number;
  readonly contentBytes: number;
};

const MIB = 1024 * 1024;

export const FETCH_LIMITS: FetchLimits = {
  idleMs: 60_000,
  totalMs: 10 * 60_000,
  packedBytes: 64 * MIB,
  // Contents, and a header of up to two blocks for each entry.
  unpackedBytes: LIMITS.totalBytes + LIMITS.files * 1024,
  entries: LIMITS.files,
  fileBytes: LIMITS.fileBytes,
  contentBytes: LIMITS.totalBytes,
};
