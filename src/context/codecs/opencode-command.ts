// Codec: a command as a file of .opencode/commands.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

// `model` is left out: a name without a provider breaks the command.
const KNOWN: ReadonlySet<string> = new Set(["agent", "subtask"]);
const OWN: ReadonlySet<string> = new Set(["description", ...KNOWN]);

export const opencodeCommand = codecOf("command", (command, { override }) => {
  const { kept, losses: lost } = keepKnown(command.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  if (command.argumentHint !== null) losses.push({ field: "argument-hint", grade: "unsupported", note: "OpenCode shows no hint" });
  const fields = { description: command.description ?? undefined, ...kept };
  const file = markdownFile(command, { fields, override, isNative: (keys) => keys.every((key) => OWN.has(key)) });
  return { as: "files", files: [file], losses };
});
