// The log of long-running processes: JSON lines for programs, one readable line for a person at a terminal; always on stderr.
// Must not know what is logged.
import { inert } from "../text.ts";

export type LogFields = Readonly<Record<string, unknown>>;
type Write = (fields: LogFields, message: string) => void;

/** Where long-running rooms report what they do. Fields first, then the sentence, as pino has it. */
export type Log = { readonly debug: Write; readonly info: Write; readonly warn: Write; readonly error: Write };

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** A log that drops everything: for tests and for short commands. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The same log with fields that every line carries. */
export function logWith(log: Log, fixed: LogFields): Log {
  const bind =
    (write: Write): Write =>
    (fields, message) =>
      write({ ...fixed, ...fields }, message);
  return { debug: bind(log.debug), info: bind(log.info), warn: bind(log.warn), error: bind(log.error) };
}

const textOf = (value: unknown): string => {
  if (value instanceof Error) return value.message;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
};

/** One line for a person: time, level unless info, sentence, fields. Control characters are made inert. */
export function readableLine(now: Date, level: LogLevel, fields: LogFields, message: string): string {
  const time = now.toTimeString().slice(0, 8);
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ` ${key}=${textOf(value)}`)
    .join("");
  return inert(`${time} ${level === "info" ? "" : `${level} `}${message}${rest}`).replaceAll("\n", " ");
}

/** Opens the log on stderr: readable at a terminal, JSON lines (pino) elsewhere. */
export async function openLog(options: { readonly level?: LogLevel; readonly tty: boolean; readonly write?: (line: string) => void }): Promise<Log> {
  const { level = "info", tty } = options;
  if (tty) {
    const write = options.write ?? ((line: string) => void process.stderr.write(line));
    const at =
      (own: LogLevel): Write =>
      (fields, message) => {
        if (LEVELS.indexOf(own) >= LEVELS.indexOf(level)) write(`${readableLine(new Date(), own, fields, message)}\n`);
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }
  const { pino } = await import("pino");
  // Synchronous, so that the last lines before an exit or a crash are there.
  const target = options.write ? { write: options.write } : pino.destination({ fd: 2, sync: true });
  const logger = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    target,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
