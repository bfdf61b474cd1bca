// `${VAR}` and `${VAR:-default}` in the strings of an MCP entry, as bundles (and Claude Code) write them, in another dialect.
// Must not know which client that is.
import type { FieldLoss } from "./field-loss.ts";

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** True where the client would have to put in a variable. */
export function hasVariable(text: string): boolean {
  return text.search(VARIABLE) !== -1;
}

/** The variable's name if the text is nothing but one, without a default. */
export function soleVariable(text: string): string | undefined {
  return /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
}

/** What a dialect without defaults makes of one; collects a loss for each default. */
export function translator(write: (name: string) => string): { readonly text: (text: string) => string; readonly losses: FieldLoss[] } {
  const losses: FieldLoss[] = [];
  const text = (from: string): string =>
    from.replaceAll(VARIABLE, (_, name: string, fallback: string | undefined) => {
      if (fallback !== undefined) losses.push({ field: `\${${name}}`, grade: "degraded", note: `without its default "${fallback}"` });
      return write(name);
    });
  return { text, losses };
}
