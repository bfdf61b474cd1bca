// Codec: a command as a prompt of ~/.codex/prompts.
import { codecOf } from "./codec.ts";
import { keepKnown } from "./front-matter.ts";
import { markdownFile } from "./markdown-file.ts";

const KNOWN: ReadonlySet<string> = new Set();
const OWN: ReadonlySet<string> = new Set(["description", "argument-hint"]);

export const codexPrompt = codecOf("command", (command, { override }) => {
  const { losses } = keepKnown(command.extra, KNOWN);
  const fields = { description: command.description ?? undefined, "argument-hint": command.argumentHint ?? undefined };
  const file = markdownFile(command, { fields, override, isNative: (keys) => keys.every((key) => OWN.has(key)) });
  return { as: "files", files: [file], losses };
});
