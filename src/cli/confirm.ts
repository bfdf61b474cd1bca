// Asks a person at the terminal to agree, where nothing said so beforehand. Must not know to what.
import { createInterface } from "node:readline/promises";
import { AiwgError } from "../core/errors.ts";
import { inert } from "../core/text.ts";
import type { Cli } from "./command.ts";

/** One question with a short answer; undefined if the terminal went away. */
export async function askLine(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode the terminal sends no signal by itself.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new AbortController();
  lines.on("close", () => closed.abort());
  try {
    return await lines.question(inert(question), { signal: closed.signal });
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}

/** True if `--yes` was given or the person agrees. Throws `usage` where nobody can be asked. */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  if (cli.globals.yes) return true;
  if (!cli.ui.interactive || cli.ui.json)
    throw new AiwgError("usage", `${question} Nobody can be asked here`, { hint: "Add --yes to agree, or --dry-run to look only." });
  return /^y(?:es)?$/i.test((await askLine(`${question} [y/N] `))?.trim() ?? "");
}
