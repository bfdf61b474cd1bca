// Codec: a command as a prompt of ~/.codex/prompts.
import { codecOf } from "./codec.ts";
import { keepKnown, markdownOf, utf8 } from "./front-matter.ts";

const KNOWN: ReadonlySet<string> = new Set();

export const codexPrompt = codecOf("command", (command, { override }) => {
  const { losses } = keepKnown(command.extra, KNOWN);
  const text = markdownOf({ description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined, ...override }, command.body);
  return { as: "files", files: [{ path: "", bytes: utf8(text), executable: false }], losses };
});
