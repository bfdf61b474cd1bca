// Codec: a command as a skill, for clients that have no commands but let a person call a skill by its name. The model is asked
// to leave it alone, as far as the client knows how.
import { nameFault } from "../parse/names.ts";
import { codecOf } from "./codec.ts";
import { withArguments } from "./command-file.ts";
import { fileOf, keepKnown, markdownOf } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set(["allowed-tools", "license", "metadata"]);

export const commandAsSkill = codecOf("command", (command, { override }) => {
  const fault = nameFault("skill", command.name);
  if (fault !== undefined) return { as: "nothing", losses: [{ field: "*", grade: "unsupported", note: `it would be a skill here, and ${fault}` }] };
  const { kept, losses } = keepKnown(command.extra, KNOWN);
  const asked = withArguments(command.body, null);
  const fields = {
    name: command.name,
    description: command.description ?? `The command ${command.name}`,
    "argument-hint": command.argumentHint ?? undefined,
    "disable-model-invocation": true,
    ...kept,
    ...override,
  };
  return {
    as: "files",
    files: [fileOf(markdownOf(fields, asked.body ?? command.body))],
    losses: [{ field: "*", grade: "translated", note: "a skill that is called by its name" }, ...losses, ...asked.losses],
  };
});
