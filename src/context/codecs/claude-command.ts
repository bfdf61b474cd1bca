// Codec: a command as a file of .claude/commands.
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

const KNOWN: ReadonlySet<string> = new Set(["allowed-tools", "disallowed-tools", "model", "disable-model-invocation"]);

export const claudeCommand = codecOf("command", (command, { override }) => {
  const { kept, losses } = keepKnown(command.extra, KNOWN);
  const fields = { description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined, ...kept };
  return { as: "files", files: [markdownFile(command, { fields, override, isNative: () => true })], losses };
});
