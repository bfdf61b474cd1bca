// Codec: a command as a prompt file of .github/prompts. VS Code asks for the arguments by a variable of its own.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

// `model` is left out: a name of another vendor would be wrong here.
const KNOWN: ReadonlySet<string> = new Set(["agent", "mode", "tools", "name"]);

export const copilotPrompt = codecOf("command", (command, { override }) => {
  const { kept, losses: lost } = keepKnown(command.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  const hasArguments = command.body.includes("$ARGUMENTS");
  if (hasArguments) losses.push({ field: "$ARGUMENTS", grade: "translated", note: "asked for as ${input:arguments}" });
  const text = markdownOf(
    {
      description: command.description ?? undefined,
      "argument-hint": command.argumentHint ?? undefined,
      agent: "agent",
      ...kept,
      ...override,
    },
    command.body.replaceAll("$ARGUMENTS", "${input:arguments}"),
  );
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
