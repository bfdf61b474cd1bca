// docs/errors.md: every error code with its HTTP status and exit code, read off the one table. Must not know who throws them.
import { ERRORS } from "../../src/core/errors.ts";
import { generatedFrom, markdownTable } from "./markdown.ts";

const INTRO = `Every error has a \`code\`, which programs may rely on; its message is for people. Serve answers \`application/problem+json\` with \`type: urn:aiwg:problem:<code>\` and the status below; the command line exits with the number below and, with \`--json\`, prints \`{"error": {code, message, hint}}\`.`;

/** The page, by code. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, exit, title, hint }]) => [`\`${code}\``, String(status), String(exit), title, hint]);
  return `# Errors\n\n${generatedFrom("src/core/errors.ts")}\n\n${INTRO}\n\n${markdownTable(["code", "HTTP", "exit", "what it means", "what to do"], rows)}`;
}
