// The values of the secrets that a mission names: from a private file of the user, else from the executor's own environment.
// Must not store or print a value.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { hasErrno } from "../core/node/fs.ts";
import type { Env } from "../core/node/paths.ts";

export type SecretSources = {
  /** `NAME=VALUE` lines, 0600. Need not exist. */
  readonly file: string | undefined;
  readonly env: Env;
};

const MAX_FILE = 1024 * 1024;
/** A shorter value could not be kept out of transcripts without making ordinary text unreadable. */
const MIN_CHARS = 4;

type Read = { readonly values: ReadonlyMap<string, string> } | { readonly fault: string };

const unquoted = (text: string): string => /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;

/** Reads `NAME=VALUE` lines; empty lines and those that begin with # are passed over. A fault names the line, never its text. */
export function parseSecrets(text: string): Read {
  const values = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (!match) return { fault: `line ${index + 1} is not NAME=VALUE` };
    values.set(match[1] ?? "", unquoted((match[2] ?? "").trim()));
  }
  return { values };
}

function readFile(path: string | undefined): Read {
  if (path === undefined) return { values: new Map() };
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    return hasErrno(error, "ENOENT") || hasErrno(error, "ENOTDIR") ? { values: new Map() } : { fault: "it cannot be read" };
  }
  try {
    // Of the open file: what is judged is what is read.
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > MAX_FILE) return { fault: "it is not a file of at most 1 MiB" };
    if ((stat.mode & 0o077) !== 0) return { fault: "others may read it; chmod 600 it" };
    if (process.getuid !== undefined && stat.uid !== process.getuid()) return { fault: "it belongs to another user" };
    return parseSecrets(readFileSync(file, "utf8"));
  } finally {
    closeSync(file);
  }
}

/** The named values, or why the mission cannot have them: a sentence that tells names only. */
export function resolveSecrets(names: readonly string[], sources: SecretSources): { values: Record<string, string> } | { refused: string } {
  if (names.length === 0) return { values: {} };
  const own = names.find((name) => name.startsWith("AIWG_"));
  if (own !== undefined) return { refused: `secret ${own} is a variable of aiwg's own` };
  const file = readFile(sources.file);
  if ("fault" in file) return { refused: `the secrets file ${sources.file ?? ""} of this executor cannot be used: ${file.fault}` };
  const found = names.map((name) => ({ name, value: file.values.get(name) ?? sources.env[name] ?? "" }));
  const missing = found.filter(({ value }) => value === "").map(({ name }) => name);
  if (missing.length > 0) return { refused: `this executor has no secret ${missing.join(", ")}: neither in its secrets file nor in its environment` };
  const short = found.filter(({ value }) => value.length < MIN_CHARS).map(({ name }) => name);
  if (short.length > 0) return { refused: `secret ${short.join(", ")} has fewer than ${MIN_CHARS} characters, which cannot be kept out of logs` };
  return { values: Object.fromEntries(found.map(({ name, value }) => [name, value])) };
}
