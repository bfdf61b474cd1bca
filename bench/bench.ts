// What every part of the benchmark is given. Must not measure.
import type { Scratch } from "./scratch.ts";

export type Bench = {
  readonly scratch: Scratch;
  /** Path of the built command. */
  readonly aiwg: string;
  /** Tiny numbers, only to see that the parts work. */
  readonly quick: boolean;
};

/** Text of about the length that people write. */
export const OBJECTIVE = "Make the failing test pass without touching the tests. ".repeat(4);
