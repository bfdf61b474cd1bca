// Codec: a command as a prompt file of .github/prompts. VS Code asks for the arguments by a variable of its own.
import { codecOf, type FieldLoss } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

// `model` is left out: a name of another vendor would be wrong here.
const KNOWN: ReadonlySet<string> = new Set(["agent", "mode", "tools", "name"]);
const OWN: ReadonlySet<string> = new Set(["description", "argument-hint", "model", ...KNOWN]);

export const copilotPrompt = codecOf("command", (command, { override }) => {
  const { kept, losses: lost } = keepKnown(command.extra, KNOWN);
  const losses: FieldLoss[] = [...lost];
  const asks = command.body.includes("$ARGUMENTS");
  if (asks) losses.push({ field: "$ARGUMENTS", grade: "translated", note: "asked for as ${input:arguments}" });
  const file = markdownFile(command, {
    fields: { description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined, agent: "agent", ...kept },
    override,
    isNative: (keys) => (keys.includes("agent") || keys.includes("mode")) && keys.every((key) => OWN.has(key)),
    ...(asks && { body: command.body.replaceAll("$ARGUMENTS", "${input:arguments}") }),
  });
  return { as: "files", files: [file], losses };
});
