// A file that a person named, or stdin for "-", as text within a bound. Must not know what it holds.
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { AiwgError, messageOf } from "../core/errors.ts";

const MAX_BYTES = 512 * 1024 * 1024;

/** The text of `name`, relative to `cwd`. Throws `not_found`, `usage` (not UTF-8, unreadable) or `too_large`. */
export async function readInput(name: string, cwd: string): Promise<string> {
  const source = name === "-" ? process.stdin : createReadStream(resolve(cwd, name));
  const shown = name === "-" ? "stdin" : name;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new AiwgError("too_large", `${shown} has more than ${MAX_BYTES / 1024 / 1024} MiB`);
      chunks.push(chunk);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    if (error instanceof AiwgError) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw new AiwgError("not_found", `there is no file ${shown}`, { cause: error });
    throw new AiwgError("usage", `${shown} cannot be read: ${messageOf(error)}`, { cause: error, hint: "It must be a text file in UTF-8." });
  }
}
