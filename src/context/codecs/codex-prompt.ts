// Codec: a command as a prompt of ~/.codex/prompts.
import { codecOf } from "./codec.ts";
import { asWritten, fileOf, keepKnown, markdownOf } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set();
const OWN: ReadonlySet<string> = new Set(["description", "argument-hint"]);

export const codexPrompt = codecOf("command", (command, { override }) => {
  const { losses } = keepKnown(command.extra, KNOWN);
  const text = markdownOf({ description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined, ...override }, command.body);
  return {
    as: "files",
    files: [
      fileOf(
        text,
        asWritten(command, override, (keys) => keys.every((key) => OWN.has(key))),
      ),
    ],
    losses,
  };
});
