// Codec: a command as a file of .opencode/commands.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

// `model` is left out: a name without a provider breaks the command.
const KNOWN: ReadonlySet<string> = new Set(["agent", "subtask"]);

export const opencodeCommand = codecOf("command", (command, { override }) => {
  const { kept, losses: lost } = keepKnown(command.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  if (command.argumentHint !== null) losses.push({ field: "argument-hint", grade: "unsupported", note: "OpenCode shows no hint" });
  const text = markdownOf({ description: command.description ?? undefined, ...kept, ...override }, command.body);
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
