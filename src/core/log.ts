// The log as a dependency: what happened, with facts beside it. Must not know where lines go or how they look.

/** Structured detail of a line. Never a secret, never a body. */
export type Facts = Readonly<Record<string, unknown>>;

/** Where long-running programs say what they do; the composition root decides on the format. */
export interface Log {
  info(what: string, facts?: Facts): void;
  warn(what: string, facts?: Facts): void;
  error(what: string, facts?: Facts): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
