// An error without the whole of what a person typed: a long argument is told by its beginning, whoever's message repeats it.
// Must not know any command.
import { AiwgError, isAiwgError } from "../core/errors.ts";
import { inert, oneLine } from "../core/text.ts";

// A path may be long and is worth reading; more than a few lines of a screen say nothing any more.
const LONG = 300;
const SHOWN = 80;

// Words, and the values in them: after `=`, between commas. The longest first, since others are parts of it.
function longTexts(argv: readonly string[]): string[] {
  const parts = argv.filter(({ length }) => length > LONG).flatMap((word) => [word, ...word.split(/[=,]/)]);
  const forms = parts.flatMap((part) => [part, inert(part)]).filter(({ length }) => length > LONG);
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}

/** The same error, with long words of this command line cut in its texts; what is not ours is left as it is. */
export function shortened(error: unknown, argv: readonly string[]): unknown {
  const texts = longTexts(argv);
  if (texts.length === 0 || !isAiwgError(error)) return error;
  const cut = (said: string): string => texts.reduce((text, whole) => text.replaceAll(whole, () => oneLine(whole, SHOWN)), said);
  const { code, message, hint, issues, cause, retryAfterS } = error;
  return new AiwgError(code, cut(message), {
    hint: cut(hint),
    issues: issues.map(({ pointer, message: said }) => ({ pointer: cut(pointer), message: cut(said) })),
    ...(cause === undefined ? {} : { cause }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
}
