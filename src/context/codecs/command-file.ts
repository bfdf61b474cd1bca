// Codec: a command as a Markdown file, in any dialect of command-dialects.ts.
import { codecOf, type Codec } from "./codec.ts";
import type { FieldLoss } from "./field-loss.ts";
import { ARGS_IN_WORDS, type CommandDialect } from "./command-dialects.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

/** The text with what a client understands in the place of `$ARGUMENTS`, and what that means for them. */
export function withArguments(body: string, args: string | null | undefined, note?: string): { readonly body?: string; readonly losses: readonly FieldLoss[] } {
  if (args === undefined || !body.includes("$ARGUMENTS")) return { losses: [] };
  const said = note ?? (args === null ? "said in words; the client puts nothing in" : `as ${args}`);
  return { body: body.replaceAll("$ARGUMENTS", () => args ?? ARGS_IN_WORDS), losses: [{ field: "$ARGUMENTS", grade: "translated", note: said }] };
}

export function commandFile({ fields, fixed, known: others, native, hintNote, args, argsNote }: CommandDialect): Codec {
  const known = new Set(others);
  const { needs, may = [] } = native ?? {};
  const own = new Set<string>([...fields, ...known, ...may]);
  return codecOf("command", (command, { override }) => {
    const { kept, losses: lost } = keepKnown(command.extra, known);
    const losses: FieldLoss[] = [...lost];
    const values = { description: command.description, "argument-hint": command.argumentHint };
    for (const field of ["description", "argument-hint"] as const)
      if (values[field] !== null && !fields.includes(field))
        losses.push({ field, grade: "unsupported", note: (field === "argument-hint" ? hintNote : undefined) ?? "has no place here" });
    const asked = withArguments(command.body, args, argsNote);
    const file = markdownFile(command, {
      fields: { ...Object.fromEntries(fields.map((field) => [field, values[field] ?? undefined])), ...fixed, ...kept },
      override,
      isNative: (keys) => native === undefined || (needs?.some((key) => keys.includes(key)) !== false && keys.every((key) => own.has(key))),
      ...(asked.body !== undefined && { body: asked.body }),
    });
    return { as: "files", files: [file], losses: [...losses, ...asked.losses] };
  });
}
