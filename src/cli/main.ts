// The program `aiwg`: hands the process's words and streams to the command line and ends with its exit code.
import { ERRORS } from "../core/errors.ts";
import { inert } from "../core/text.ts";
import { runCli } from "./run-cli.ts";
import { ownSignals } from "./signals.ts";

// A reader that went away (`aiwg mc list | head -1`) is no error of ours; nor is a full disk.
process.stdout.on("error", (error: Error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  process.stderr.write(`${inert(`✗ stdout cannot be written: ${error.message}`)}\n`);
  process.exit(ERRORS.output_failed.exit);
});
// Nobody is left who could be told; the exit code still says how it went.
process.stderr.on("error", () => undefined);

// What nobody caught is a bug: the whole stack is what a report needs.
process.on("uncaughtException", (error) => {
  process.stderr.write(`${inert(`✗ internal error, please report: ${error.stack ?? error.message}`)}\n`);
  process.exit(ERRORS.internal.exit);
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: () => process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdinTty: process.stdin.isTTY,
  signals: ownSignals(),
});
