// Readers of flag values: each gives the value or says what is wrong with it; the parser library adds the flag's name.
// Must not know which command asks.
import type { TypedFlagParameter } from "@stricli/core";
import { AiwgError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import { SERVE_URL_RULE, isServeUrl } from "../core/serve-url.ts";
import { nearest, oneLine } from "../core/text.ts";
import { parseDuration } from "../core/time.ts";
import type { Cli } from "./command.ts";

const MIN_LEASE_MS = 100;

const wrong = (message: string): AiwgError => new AiwgError("usage", message);

/** A whole number within bounds. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) throw wrong(`"${text}" is not a whole number from ${least} to ${most}`);
    return value;
  };
}

/** A positive amount such as 2 or 0.50. */
export function amount(text: string): number {
  const value = Number(text);
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(text) || value <= 0) throw wrong(`"${text}" is not a positive amount such as 2 or 0.50`);
  return value;
}

/** A number of attempts, or `Infinity`. */
export function attempts(text: string): number {
  return text === "Infinity" ? Infinity : whole(1, 1_000_000)(text);
}

/** Milliseconds of a duration such as 30s. */
export function duration(text: string): number {
  const value = parseDuration(text, "value");
  if (value < 1) throw wrong(`"${text}" is not longer than nothing`);
  return value;
}

/** The same, of at least 100 ms: what has to be renewed over a socket cannot be shorter. */
export function leaseDuration(text: string): number {
  const value = duration(text);
  if (value < MIN_LEASE_MS) throw wrong(`"${text}" is shorter than ${MIN_LEASE_MS}ms`);
  return value;
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    const like = nearest(text, words);
    throw wrong(`"${text}" is not one of ${words.join(", ")}${like ? `; did you mean ${like}?` : ""}`);
  };
}

/** A valid id. */
export function id(text: string): string {
  if (!isId(text)) throw wrong(`"${text}" is not an id: 1 to 128 of A-Z a-z 0-9 . _ : -`);
  return text;
}

/** Any text but the empty one. */
export function text(value: string): string {
  if (value === "" || value.includes("\0")) throw wrong("must not be empty, nor contain NUL");
  return value;
}

/** The address of a serve. */
export function serveUrl(value: string): string {
  if (!isServeUrl(value)) throw wrong(`"${oneLine(value, 80)}" ${SERVE_URL_RULE}`);
  return value;
}

/** The name of an environment variable, as secrets have. */
export function variable(text: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)) throw wrong(`"${text}" is not the name of an environment variable`);
  return text;
}

/** Words separated by commas. */
export function words(value: string): readonly string[] {
  const parts = value.split(",").map((part) => part.trim());
  if (parts.some((part) => part === "" || /[\u0000-\u001f\u007f]/.test(part))) throw wrong(`"${value}" is not a list such as a,b`);
  return parts;
}

/** A flag that takes a value. */
export function valueFlag<T>(parse: (text: string) => T, brief: string, placeholder: string) {
  return { kind: "parsed", parse, brief, placeholder, optional: true } as const;
}

/** A flag that may be given several times. */
export function repeatedFlag(parse: (text: string) => string, brief: string, placeholder: string) {
  return { kind: "parsed", parse, brief, placeholder, optional: true, variadic: true } as const;
}

/** A switch. */
export function switchFlag(brief: string) {
  return { kind: "boolean", brief, default: false, withNegated: false } as const satisfies TypedFlagParameter<boolean, Cli>;
}

/** The switch of everything that writes: says what would be done, and does nothing. */
export const DRY_RUN = switchFlag("Say what would be done, and do nothing");
