// What a client is made with. Types only.
import type { Clock } from "../core/time.ts";
import type { Fetch } from "./exchange.ts";

export type ClientOptions = {
  /** Base URL of serve; may have a path. */
  readonly url: string;
  /** Issued for exactly that origin; sent nowhere else. */
  readonly token: string;
  readonly fetchImpl?: Fetch | undefined;
  /** Longest wait for a whole answer. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
};
