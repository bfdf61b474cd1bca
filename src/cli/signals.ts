// Signals of the process, owned in one place: by default they end it with 128 + their number; a command may take them over.
// Must not know what a command does with them.
import { constants } from "node:os";

const NAMES = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type SignalName = (typeof NAMES)[number];

export type Signals = {
  /** Calls `handler` instead of what was there before; the returned function gives back. */
  take(handler: (name: SignalName) => void): () => void;
};

/** Exit code of a process ended by a signal, as shells have it. */
export function signalExit(name: SignalName): number {
  return 128 + constants.signals[name];
}

/** Starts to own the signals of this process. For the program's entry only. */
export function ownSignals(): Signals {
  const handlers: ((name: SignalName) => void)[] = [(name) => process.exit(signalExit(name))];
  for (const name of NAMES) process.on(name, () => handlers.at(-1)?.(name));
  return {
    take(handler) {
      handlers.push(handler);
      return () => {
        const at = handlers.lastIndexOf(handler);
        if (at > 0) handlers.splice(at, 1);
      };
    },
  };
}
