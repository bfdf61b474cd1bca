// Flags of the long-running rooms, shared by their own commands and by `up`. Must not start anything.
import { attempts, duration, id, leaseDuration, repeatedFlag, serveUrl, switchFlag, text, valueFlag, whole } from "./flags.ts";

export type ServeFlags = {
  readonly port?: number | undefined;
  readonly bind?: string | undefined;
  readonly store?: string | undefined;
  readonly leaseTtl?: number | undefined;
  readonly holdTtl?: number | undefined;
};
export const SERVE_FLAGS = {
  port: valueFlag(whole(0, 65_535), "Port, 0 for a free one (default: 7337)", "N"),
  bind: valueFlag(text, "Loopback address to listen on (default: 127.0.0.1)", "ADDR"),
  store: valueFlag(text, "Another store file", "PATH"),
  leaseTtl: valueFlag(leaseDuration, "How long an executor may be silent, on_lost retry (default: 30s)", "DUR"),
  holdTtl: valueFlag(duration, "The same, on_lost hold (default: 15m)", "DUR"),
} as const;

export type ExecutorFlags = {
  readonly id?: string | undefined;
  readonly slots?: number | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly repoRoot?: readonly string[] | undefined;
  readonly aiwgServe?: string | undefined;
};
export const EXECUTOR_FLAGS = {
  slots: valueFlag(whole(1, 100_000), "Missions at once (default: 1)", "N"),
  agent: repeatedFlag(text, "Offer this agent, in this order; repeatable (default: all that are there)", "ID"),
  repoRoot: repeatedFlag(text, "Only repositories below this folder; repeatable", "DIR"),
} as const;
const AIWG_SERVE = valueFlag(serveUrl, "Another serve; its token is AIWG_TOKEN", "URL");
/** Those of an executor that runs alone. */
export const LONE_EXECUTOR_FLAGS = { ...EXECUTOR_FLAGS, id: valueFlag(id, "Its id (default: made from host and home)", "ID"), aiwgServe: AIWG_SERVE } as const;

export type BridgeFlags = {
  readonly queue?: string | undefined;
  readonly aiwgServe?: string | undefined;
  readonly pollIntervalMs?: number | undefined;
  readonly retryBaseMs?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly noAsync: boolean;
};
export const BRIDGE_FLAGS = {
  queue: valueFlag(text, "Another queue file", "PATH"),
  aiwgServe: AIWG_SERVE,
  pollIntervalMs: valueFlag(whole(1, 3_600_000), "Fallback only; a new mission is seen at once (default: 1000)", "N"),
  retryBaseMs: valueFlag(whole(1, 60_000), "First wait before a repeat (default: 500)", "N"),
  maxAttempts: valueFlag(attempts, "POSTs in one go before a longer wait (default: 5)", "N"),
  concurrency: valueFlag(whole(1, 1_024), "POSTs at once (default: 16)", "N"),
  noAsync: switchFlag("Do not let serve queue what no executor can take now"),
} as const;
