// How a process that runs until it is told to stop behaves: a log, the first signal stops gracefully, the second forces.
// Must not know what runs.
import { setFlagsFromString } from "node:v8";
import { type Log, openLog } from "../core/node/log.ts";
import type { Cli } from "./command.ts";
import { type SignalName, type Signals, signalExit } from "./signals.ts";

/** Something started that can be ended; `done` settles when it ends by itself, rejecting if that was a failure. */
export type Part = { readonly stop: () => Promise<void>; readonly done?: Promise<void> };

/** The log of this process. */
export function processLog(cli: Cli): Promise<Log> {
  return openLog({ tty: cli.ui.tty, level: cli.env["AIWG_DEBUG"] ? "debug" : "info" });
}

/**
 * Starts parts, runs until a signal or until a part ends by itself, stops them all, last first. Returns 0, as a stop
 * that was asked for is a success; throws what `start` or a part threw. A second signal ends the process at once.
 */
export async function runUntilStopped(signals: Signals, start: (add: (part: Part) => void) => Promise<void>): Promise<number> {
  // V8 lets young objects pile up to 100 MB and more on a large machine; these processes hold a few, for days.
  setFlagsFromString("--semi-space-growth-factor=1");
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const release = signals.take((name: SignalName) => {
    count += 1;
    if (count > 1) process.exit(signalExit(name));
    asked.resolve();
  });
  const parts: Part[] = [];
  const ended = Promise.withResolvers<void>();
  const add = (part: Part): void => {
    parts.push(part);
    part.done?.then(ended.resolve, ended.reject);
  };
  try {
    // A signal while something is still starting stops what is there as soon as it can be stopped.
    await Promise.race([start(add), ended.promise]);
    await Promise.race([asked.promise, ended.promise]);
  } finally {
    for (const part of parts.toReversed()) await part.stop();
    release();
  }
  return 0;
}
