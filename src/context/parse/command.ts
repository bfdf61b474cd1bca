// commands/*.md: a prompt that a person calls by name.
import type { Command } from "../model.ts";
import { parseDocument, type Source } from "./document.ts";
import type { Parsed } from "./fields.ts";

/** `argument-hint: [file]` is a list to YAML; people mean the text. */
export function parseCommand(source: Source): Parsed<Command> {
  return parseDocument<Command>("command", source, [source.file], (fields, body, shared) => {
    const description = fields.text("description");
    const argumentHint = fields.bracketText("argument-hint");
    return { ...shared(), kind: "command", description, argumentHint, body, bytes: source.file.bytes };
  });
}
