// Codec: a command as a file of .claude/commands.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set(["allowed-tools", "disallowed-tools", "model", "disable-model-invocation"]);

export const claudeCommand = codecOf("command", (command, { override }) => {
  const { kept, losses } = keepKnown(command.extra, KNOWN);
  const text = markdownOf(
    { description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined, ...kept, ...override },
    command.body,
  );
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
