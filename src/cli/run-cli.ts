// One command line from words to exit code: global flags, the parser, and what became of the command. Must not know any
// command, nor end the process.
import { ExitCode, run } from "@stricli/core";
import { readFileSync } from "node:fs";
import { AiwgError, invariant } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import type { Env } from "../core/node/paths.ts";
import { buildApp } from "./app.ts";
import { makeCli } from "./command.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { shortened } from "./shorten.ts";
import type { Signals } from "./signals.ts";
import { type Globals, type Output, Ui } from "./ui.ts";

export type Surroundings = {
  readonly env: Env;
  /** Asked when a command is run; throws where the folder is gone. */
  readonly cwd: () => string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdinTty: boolean;
  readonly signals: Signals;
};

/** Our version, from the package's own description. */
export function readVersion(): string {
  // Two folders up from src/cli, one up from dist: the nearest package.json that is ours.
  for (const above of ["../package.json", "../../package.json"]) {
    try {
      const value = parseJson(readFileSync(new URL(above, import.meta.url), "utf8"))?.value;
      if (typeof value === "object" && value !== null && "version" in value && typeof value.version === "string") return value.version;
    } catch {
      continue;
    }
  }
  throw new AiwgError("internal", "the package.json of aiwg is missing");
}

// Global flags may stand anywhere before `--`; the parser sees the rest.
function splitGlobals(argv: readonly string[]): { readonly globals: Globals; readonly rest: string[] } {
  const end = argv.indexOf("--");
  const before = end === -1 ? argv : argv.slice(0, end);
  const given = new Set(before.filter((word) => word.startsWith("--") && Object.hasOwn(GLOBAL_FLAGS, word.slice(2))));
  const rest = [...before.filter((word) => !given.has(word)), ...(end === -1 ? [] : argv.slice(end))];
  return {
    globals: { json: given.has("--json"), color: given.has("--no-color") ? false : undefined, input: !given.has("--no-input"), yes: given.has("--yes") },
    rest,
  };
}

function workingFolder({ cwd }: Surroundings): string {
  try {
    return cwd();
  } catch (error) {
    throw new AiwgError("not_found", "the folder that you are in is not there any more", {
      hint: "Change to one that exists, and run it again.",
      cause: error,
    });
  }
}

/** Runs one command line and returns its exit code (contract §5). Never throws. */
export async function runCli(argv: readonly string[], at: Surroundings): Promise<number> {
  const { globals, rest } = splitGlobals(argv);
  const ui = new Ui(globals, at.env, at);
  try {
    const version = readVersion();
    if (rest[0] === "--version" || rest[0] === "-V") {
      ui.result("version", { version, node: process.version }, () => ui.data(version));
      return 0;
    }
    const end = argv.indexOf("--");
    if (globals.json && (end === -1 ? argv : argv.slice(0, end)).includes("--jsonl"))
      throw new AiwgError("usage", "--json and --jsonl exclude each other: one object, or one a line");
    const words = rest.length === 0 ? ["home"] : rest[0] === "help" ? [...rest.slice(1), "--help"] : rest;
    const app = await buildApp(words.filter((word) => !word.startsWith("-")));
    return await runApp(app, words, argv, { ui, globals, env: at.env, cwd: workingFolder(at), version, signals: at.signals });
  } catch (error) {
    return ui.fail(shortened(error, argv));
  }
}

type App = Awaited<ReturnType<typeof buildApp>>;
type Own = Pick<Parameters<typeof makeCli>[0], "ui" | "globals" | "env" | "cwd" | "version" | "signals">;

async function runApp(app: App, words: readonly string[], argv: readonly string[], own: Own): Promise<number> {
  const { ui } = own;
  let written = "";
  let complaint = "";
  let outcome: { readonly code: number } | { readonly error: unknown } | undefined;
  const streams: { exitCode?: number | string | null; stdout: { write(text: string): void }; stderr: { write(text: string): void } } = {
    stdout: { write: (text) => void (written += text) },
    stderr: { write: (text) => void (complaint += text) },
  };
  const cli = makeCli({ ...own, process: streams, parserFor: buildApp, settle: (value) => void (outcome = value) });
  await run(app, words, cli);
  const code = streams.exitCode;
  if (outcome) return "error" in outcome ? ui.fail(shortened(outcome.error, argv)) : outcome.code;
  if (code === ExitCode.InvalidArgument || code === ExitCode.UnknownCommand) {
    const path = words.filter((word) => !word.startsWith("-")).slice(0, code === ExitCode.UnknownCommand ? 0 : 2);
    const hint = `See aiwg ${[...knownPath(path), "--help"].join(" ")}.`;
    return ui.fail(shortened(new AiwgError("usage", complaint.trim(), { hint }), argv));
  }
  if (complaint !== "" || code !== ExitCode.Success) throw new AiwgError("internal", complaint.trim() || `the parser ended with ${String(code)}`);
  invariant(written !== "", "a command that did nothing");
  ui.result("help", { text: written }, () => ui.raw(written));
  return 0;
}

// The words of a command line that name the command: one, or two for a group.
function knownPath(words: readonly string[]): string[] {
  return words[0] === "mc" || words[0] === "token" ? [...words] : words.slice(0, 1);
}
